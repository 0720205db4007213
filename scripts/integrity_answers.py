"""Short answers in many voices: synthesised with eSpeak and Flite at several speeds, and the recorded ones."""

import io
import json
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import soundfile

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.resample import resample

WORDS = (
    *("yes", "no", "stop", "thank you", "okay", "wait", "right", "sure", "maybe", "next", "cancel", "go on"),
    *("yes please", "no thank you", "never mind", "what", "why", "left"),
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "twenty"),
)
"""What answers a question of the box."""

ESPEAK = tuple(
    product(("en-us", "en-gb", "en-us+f2", "en-gb+f4", "en-us+m3", "en-gb+m7"), ("140", "180", "230"))
)
"""Voice and words per minute."""

FLITE = tuple(product(("awb", "rms", "slt", "kal16"), ("0.85", "1.0", "1.25")))
"""Voice and stretch of its durations."""

LEVELS_DBFS = (-25.0, -35.0, -45.0)
"""Of the voiced parts: close, across the room, and quietly so."""

SHORT_S = 1.35
"""s of a recorded command that still counts as a short answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One short answer."""

    text: str
    voice: str
    sound: Samples


def synthesised(every: int = 1) -> Iterator[Answer]:
    """All words in all voices, or each so-manieth of them, in levels that take turns."""
    asked = [(word, "espeak", *how) for word, how in product(WORDS, ESPEAK)]
    asked += [(word, "flite", *how) for word, how in product(WORDS, FLITE)]
    with ThreadPoolExecutor(2) as pool:
        for number, answer in enumerate(pool.map(lambda how: _speak(*how), asked[::every])):
            level = LEVELS_DBFS[number % len(LEVELS_DBFS)]
            yield Answer(answer.text, f"{answer.voice} at {level:.0f} dB", at_level(answer.sound, level))


def recorded(clips: Path) -> Iterator[Answer]:
    """The short ones among the spoken commands."""
    for name, label in sorted(json.loads((clips / "spoken.json").read_text()).items()):
        if label["seconds"] <= SHORT_S:
            sound = soundfile.read(clips / "spoken" / name, dtype="float32")[0]
            yield Answer(label["text"], label["voice"], at_level(sound, LEVELS_DBFS[0]))


def at_level(sound: Samples, level_dbfs: float) -> Samples:
    """So loud in its louder half."""
    blocks = sound[: len(sound) // 320 * 320].reshape(-1, 320)
    power = np.sort(np.mean(blocks**2, axis=1))
    voiced = float(np.mean(power[len(power) // 2 :])) ** 0.5
    return np.clip(sound * (10 ** (level_dbfs / 20) / voiced), -1, 1).astype(np.float32)


def _speak(text: str, program: str, voice: str, pace: str) -> Answer:
    if program == "espeak":
        command = ["espeak-ng", "-v", voice, "-s", pace, "--stdout", text]
        wav = subprocess.run(command, check=True, capture_output=True, timeout=30).stdout
        sound, rate = soundfile.read(io.BytesIO(wav), dtype="float32")
    else:
        with tempfile.NamedTemporaryFile(suffix=".wav") as file:
            stretch = f"duration_stretch={pace}"
            command = ["flite", "-voice", voice, "--setf", stretch, "-t", text, "-o", file.name]
            subprocess.run(command, check=True, capture_output=True, timeout=30)
            sound, rate = soundfile.read(file.name, dtype="float32")
    return Answer(text, f"{program} {voice} {pace}", resample(sound, rate, CAPTURE_RATE))
