"""The main job: a recorded human question goes into a microphone, a spoken answer to it leaves a loudspeaker.

All of it is real: `appliance run` as a person starts it, its engines, PortAudio, and a sound card
that only PipeWire knows is not one.
"""

import queue
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.resample import resample
from tests.models import MODELS, SILERO, needs_model
from tests.shared import clip, needs_shared
from tests.virtual_sound import MONITOR, VirtualSound, needs_sound

QUESTION = "people/9e06cfac.flac"
"""A person asks: “Can I get a double shot iced coffee with cream?”"""

PATIENCE_S = 60.0
"""s to wait for a line: a bound for a machine that is busy with other tests, not a measurement."""

pytestmark = [
    pytest.mark.engines,
    pytest.mark.sound,
    pytest.mark.xdist_group("sound"),
    needs_sound,
    needs_shared,
    needs_model(SILERO),
    needs_model("SmolLM2-135M-Instruct.Q4_1.gguf"),
]


class Program:
    """A running `appliance`, and the lines it prints."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._lines: queue.Queue[str] = queue.Queue()  # bounded by what one test has printed
        threading.Thread(target=self._read, daemon=True).start()

    def line(self, beginning: str) -> str:
        """The next line that begins like this."""
        while not (line := self._lines.get(timeout=PATIENCE_S)).startswith(beginning):
            pass
        return line

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._lines.put(line.rstrip())


BUNDLED = {
    "APPLIANCE_MODELS__PROFILE": "bundled",
    "APPLIANCE_MODELS__FOLDER": str(MODELS),
    # On a busy machine the first words would be spoken before their clause is complete, with a melody
    # of their own, and could not be compared with a second reading.
    "APPLIANCE_REPLY__FIRST_WORDS_S": "10",
}
"""Environment of a box without a model hub."""

COMMAND = (sys.executable, "-u", "-m", "appliance")


@contextmanager
def running(sound: VirtualSound) -> Iterator[Program]:
    """`appliance run`, stopped in the end as systemd stops it."""
    environment = sound.environment | BUNDLED
    process = subprocess.Popen([*COMMAND, "run"], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        yield Program(process)
    finally:
        process.terminate()
        assert process.wait(PATIENCE_S) == 0, "it stops cleanly when asked to"


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


def likeness(recorded: Samples, wanted: Samples) -> float:
    """Highest normalised correlation of `wanted` with any stretch of `recorded`, 0 to 1; both 16 kHz."""
    size = 1 << (len(recorded) + len(wanted)).bit_length()
    product = np.fft.irfft(np.fft.rfft(recorded, size) * np.conj(np.fft.rfft(wanted, size)), size)
    energy = np.concatenate([[0.0], np.cumsum(recorded.astype(np.float64) ** 2)])
    stretch = energy[len(wanted) :] - energy[: -len(wanted)]
    norm = np.sqrt(np.maximum(stretch, 1e-9) * float(np.sum(wanted.astype(np.float64) ** 2)))
    return float(np.max(product[: len(norm)] / np.maximum(norm, 1e-6)))


def test_a_person_asks_and_is_answered_aloud(virtual_sound: VirtualSound, tmp_path: Path) -> None:
    question = tmp_path / "question.wav"
    soundfile.write(
        question, np.concatenate([clip(QUESTION), np.zeros(CAPTURE_RATE, np.float32)]), CAPTURE_RATE
    )
    heard = tmp_path / "loudspeaker.wav"

    with running(virtual_sound) as program:
        assert "first audio after" in program.line("Heard")
        assert "Listening to" in program.line("READY")
        with recording(virtual_sound, heard):
            virtual_sound.speak(question)
            understood, answer = program.line("you "), program.line("box ")

    assert {"double", "shot", "coffee", "cream"} & set(understood.split()), understood
    said = re.sub(r" +\[.*\]$", "", answer.removeprefix("box").strip())
    assert len(said.split()) >= 2, answer

    # What left the loudspeaker is those very words in the appliance's voice: intelligible, whole, in time.
    spoken = tmp_path / "said.wav"
    subprocess.run(
        [*COMMAND, "say", said, "--out", spoken], env=virtual_sound.environment | BUNDLED, check=True
    )
    recorded, wanted = (
        resample(soundfile.read(f, dtype="float32")[0], 48_000, CAPTURE_RATE) for f in (heard, spoken)
    )
    assert likeness(recorded, np.trim_zeros(wanted)) > 0.9
    assert 0.05 < float(np.abs(recorded).max()) < 1.0
