"""What people may utter while the box speaks: hums, commands, content and noises, in many voices.

There are no recordings of hums. They are synthesised, and what a synthesiser would spell out is given to it as
phones; coughs and knocks are shaped noise. Voices whose name hashes to an even number are for tuning.
"""

import hashlib
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

SAID = {
    "hum": "okay;right;yeah;I see;aha;yep;sure;yes;okay okay;yeah yeah;got it;of course;I know;oh okay;yeah right",
    "command": "stop;wait;no;hold on;quiet;shut up;cancel;pause;no no;stop it;enough;be quiet;hang on;nope;"
    "stop please;that's enough;wait a second",
    "content": "what;why;who;when;louder;sorry;pardon;slower;again;repeat;next;help;thanks;what time is it;hey;"
    "turn the volume down;tell me a joke;how about tomorrow;in the kitchen;I meant the other one;red;seven;tea;italy;"
    "but why;how come;and then;not now;not that;wrong;light;where;the blue one;nineteen;call anna;never mind",
}
"""By what they want. “Oh” and “ah” alone are neither."""

ESPEAK_HUMS = {"uh-huh": "uh huh", "mm-hmm": "um hum", "hmm": "hmm"}
"""How eSpeak must be told."""

FLITE_HUMS = {"uh-huh": "ah hh ah", "mm-hmm": "m hh m", "mm": "m m", "hmm": "hh m"}
"""Phones for Flite, which would read out letters."""

ESPEAK = (
    ("en-us+f2", "190"),
    ("en-us+m3", "160"),
    ("en-us+f4", "210"),
    ("en-gb+m7", "200"),
    ("en-us", "175"),
)
"""Voice and words per minute. People hum in passing, so none is slow."""

FLITE = tuple(product(("awb", "rms", "slt", "kal16"), ("0.7", "0.85", "1.0")))
"""Voice and stretch of its durations."""

LEVELS_DBFS = (-22.0, -30.0, -38.0)
"""Of the voice."""

NOISES = 100
"""Coughs, and knocks."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Something to be heard over the reply."""

    kind: str
    text: str
    voice: str
    samples: Samples

    @property
    def tuning(self) -> bool:
        """Whether it is for tuning, not for reporting."""
        return hashlib.sha1(f"{self.text} {self.voice}".encode()).digest()[0] % 2 == 0


def sounds(clips: Path) -> Iterator[Sound]:
    """All of them, at levels that take turns."""
    with ThreadPoolExecutor(2) as pool:
        spoken = pool.map(lambda how: _speak(*how), _orders())
        for number, sound in enumerate([*spoken, *_recorded(clips), *_noises()]):
            level = LEVELS_DBFS[number % len(LEVELS_DBFS)]
            yield Sound(sound.kind, sound.text, sound.voice, _at_level(sound.samples, level))


def _orders() -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Kind, text, voice, and the command that speaks it."""
    texts = [(kind, text, text) for kind, said in SAID.items() for text in said.split(";")]
    hums = [("hum", text, told) for text, told in ESPEAK_HUMS.items()]
    for (kind, text, told), (voice, pace) in product([*texts, *hums], ESPEAK):
        yield kind, text, f"{voice} {pace}", ("espeak-ng", "-v", voice, "-s", pace, "-w", "OUT", told)
    phones = [("hum", text, ("-p", told)) for text, told in FLITE_HUMS.items()]
    for (kind, text, told), (voice, stretch) in product(
        [(k, t, ("-t", x)) for k, t, x in texts] + phones, FLITE
    ):
        setting = f"duration_stretch={stretch}"
        yield (
            kind,
            text,
            f"{voice} {stretch}",
            ("flite", "-voice", voice, "--setf", setting, *told, "-o", "OUT"),
        )


def _speak(kind: str, text: str, voice: str, command: tuple[str, ...]) -> Sound:
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        words = [file.name if word == "OUT" else word for word in command]
        subprocess.run(words, check=True, capture_output=True, timeout=30)
        samples, rate = soundfile.read(io.BytesIO(Path(file.name).read_bytes()), dtype="float32")
    return Sound(kind, text, voice, resample(np.asarray(samples), rate, CAPTURE_RATE))


def _recorded(clips: Path) -> Iterator[Sound]:
    for name, label in sorted(json.loads((clips / "spoken.json").read_text()).items()):
        kind = "command" if label["text"] in SAID["command"].split(";") else "content"
        yield Sound(
            kind, label["text"], label["voice"], soundfile.read(clips / "spoken" / name, dtype="float32")[0]
        )


def _noises() -> Iterator[Sound]:
    rng = np.random.default_rng(0)
    for number in range(NOISES):
        yield Sound("cough", "cough", str(number), _bursts(rng, (0.1, 0.28), (200, 5000), (0.03, 0.1)))
        yield Sound("knock", "knock", str(number), _bursts(rng, (0.03, 0.12), (80, 1500), (0.008, 0.03)))


def _bursts(
    rng: np.random.Generator,
    length_s: tuple[float, float],
    band: tuple[float, float],
    decay_s: tuple[float, float],
) -> Samples:
    """One to three bursts of noise that begin at once and die away."""
    pieces = []
    for _ in range(rng.integers(1, 4)):
        time = np.arange(round(rng.uniform(*length_s) * CAPTURE_RATE)) / CAPTURE_RATE
        spectrum = np.fft.rfft(rng.standard_normal(len(time)))
        hertz = np.fft.rfftfreq(len(time), 1 / CAPTURE_RATE)
        spectrum[(hertz < band[0]) | (hertz > rng.uniform(band[1] / 2, band[1]))] *= 0.05
        burst = np.fft.irfft(spectrum, len(time)) * np.exp(-time / rng.uniform(*decay_s))
        pieces += [burst, np.zeros(round(rng.uniform(0.05, 0.2) * CAPTURE_RATE))]
    return np.concatenate(pieces).astype(np.float32)


def _at_level(samples: Samples, level_dbfs: float) -> Samples:
    """Without the silence around, and so loud where it is loud."""
    levels = np.sqrt(np.mean(samples[: len(samples) // 160 * 160].reshape(-1, 160) ** 2, axis=1))
    heard = np.flatnonzero(levels > 0.01 * levels.max())
    voice = float(np.sqrt(np.mean(levels[levels > 0.1 * levels.max()] ** 2)))
    cut = samples[heard[0] * 160 : (heard[-1] + 1) * 160]
    return np.clip(cut * (10 ** (level_dbfs / 20) / voice), -1, 1).astype(np.float32)
