"""The main job: a recorded human question goes into a microphone, a spoken answer to it leaves a loudspeaker.

All of it is real: `appliance run` as a person starts it, its engines, PortAudio, and a sound card
that only PipeWire knows is not one.
"""

import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.resample import resample
from tests.models import SILERO, needs_model
from tests.program import BUNDLED, COMMAND, PATIENCE_S, running
from tests.shared import clip, needs_shared
from tests.virtual_sound import MONITOR, VirtualSound, needs_sound

QUESTION = "people/9e06cfac.flac"
"""A person asks: “Can I get a double shot iced coffee with cream?”"""

pytestmark = [
    pytest.mark.engines,
    pytest.mark.sound,
    needs_sound,
    needs_shared,
    needs_model(SILERO),
    needs_model("SmolLM2-135M-Instruct.Q4_1.gguf"),
]


ALONE = BUNDLED | {
    "APPLIANCE_HTTP__ENABLED": "false",
    # On a busy machine the first words would be spoken before their clause is complete, and with a pause
    # after them, which a second reading lacks.
    "APPLIANCE_REPLY__FIRST_WORDS_S": "10",
}
"""A box that nobody talks to from elsewhere."""


@contextmanager
def recording(sound: VirtualSound, file: Path) -> Iterator[None]:
    """Record the loudspeaker meanwhile."""
    command = [
        "parec",
        f"--device={MONITOR}",
        "--file-format=wav",
        "--rate=48000",
        "--channels=1",
        "--latency-msec=20",
        str(file),
    ]
    recorder = subprocess.Popen(command, env=sound.environment)
    try:
        yield
    finally:
        recorder.terminate()
        recorder.wait(PATIENCE_S)


def catch_up(file: Path) -> None:
    """Return when a recording has gone on for another second: on a busy machine the recorder lags."""
    enough = file.stat().st_size + 2 * 48_000
    pause = threading.Event()
    for _ in range(int(PATIENCE_S / 0.05)):
        if file.stat().st_size >= enough:
            return
        pause.wait(0.05)
    raise TimeoutError(f"{file} does not grow any more")


def words(sound: Samples) -> Samples:
    """What tells words apart and melody does not: log energy in 16 bands per 10 ms, centred; 16 kHz in."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, 512)[::160] * np.hanning(512)
    spectrum = np.abs(np.fft.rfft(frames)) ** 2
    edges = np.geomspace(4, 200, 17).astype(int)  # 125 Hz to 6 kHz
    bands = np.stack([spectrum[:, low:high].sum(axis=1) for low, high in pairwise(edges)], axis=1)
    logs = np.log10(bands + 1e-4)
    return np.asarray(logs - logs.mean(axis=0), np.float32)


def likeness(recorded: Samples, wanted: Samples) -> float:
    """How much the stretch of `recorded` that is most like `wanted` is like it: a correlation, up to 1.

    Of words, not of waves: eSpeak's voice flutters a little, never twice the same way.
    """
    # The flutter also makes a reading a little longer or shorter than another one.
    here, there = words(wanted), words(np.pad(recorded, CAPTURE_RATE // 4))
    stretches = (there[start : start + len(here)] for start in range(len(there) - len(here) + 1))
    return max(float(np.corrcoef(here.ravel(), stretch.ravel())[0, 1]) for stretch in stretches)


def sound_of(file: Path) -> Samples:
    """A recording at 16 kHz without the silence around it."""
    sound = resample(soundfile.read(file, dtype="float32")[0], 48_000, CAPTURE_RATE)
    loud = np.flatnonzero(np.abs(sound) > 1e-3)
    return sound[loud[0] : loud[-1]]


def spoken(sound: VirtualSound, text: str, folder: Path) -> Samples:
    """`text` in the appliance's voice."""
    file = folder / "spoken.wav"
    command = [*COMMAND, "say", text, "--out", str(file)]
    subprocess.run(command, env=sound.environment | BUNDLED, check=True, timeout=PATIENCE_S)
    return sound_of(file)


def test_a_person_asks_and_is_answered_aloud(virtual_sound: VirtualSound, tmp_path: Path) -> None:
    question = tmp_path / "question.wav"
    soundfile.write(
        question, np.concatenate([clip(QUESTION), np.zeros(CAPTURE_RATE, np.float32)]), CAPTURE_RATE
    )
    heard = tmp_path / "loudspeaker.wav"

    with running(virtual_sound.environment | ALONE) as program:
        assert "first audio after" in program.line("Heard")
        assert "Listening to" in program.line("READY")
        with recording(virtual_sound, heard):
            virtual_sound.speak(question)
            understood, answer = program.line("you "), program.line("box ")
            catch_up(heard)

    assert {"double", "shot", "coffee", "cream"} & set(understood.split()), understood
    said = re.sub(r" +\[.*\]$", "", answer.removeprefix("box").strip())
    assert len(said.split()) >= 2, answer

    # What left the loudspeaker is those very words: intelligible, whole, in time.
    reply = sound_of(heard)
    assert likeness(reply, spoken(virtual_sound, said, tmp_path)) > 0.9
    assert likeness(reply, spoken(virtual_sound, "Nobody asked for this.", tmp_path)) < 0.6
    assert 0.05 < float(np.abs(reply).max()) < 1.0
