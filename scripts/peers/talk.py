"""One conversation of the bench with one pipeline: recordings are asked, and every other one is said over the reply."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile

from appliance.core.audio import CAPTURE_RATE
from appliance.core.resample import resample
from scripts.peers.card import Card, GoneError, Sound
from scripts.peers.engines import as_samples
from scripts.peers.judge import Question, Verdict, judge
from scripts.peers.wire import MIC_RATE

ROOT: Final = Path(__file__).parents[2]

START_S: Final = 180.0
"""s that a pipeline may take to load and warm its models."""
LEAD_S: Final = 0.3
"""s of a recording before its speech begins."""
TRAIL_S: Final = 1.5
"""s of it after the speech: the room goes on for a while, as in life."""
PATIENCE_S: Final = 8.0
"""s after a question in which an answer must begin; peers wait up to 3 s for who sounds unfinished."""
LISTEN_S: Final = 1.0
"""s of a reply that are listened to before it is interrupted."""
LONGEST_REPLY_S: Final = 25.0
"""s after which the end of a reply is not waited for any more."""
QUIET_S: Final = 1.5
"""s without a sound after which a reply is over, and the next question may come."""
GOODBYE_S: Final = 10.0
"""s that a pipeline may take to leave."""
LOOK_S: Final = 0.05
"""s between two looks at the loudspeaker."""


@dataclass(frozen=True, slots=True)
class Clip:
    """Something to say."""

    name: str
    samples: Sound
    """16 kHz, cut to its speech and a little around it."""
    begins_s: float
    """Where its speech begins, as labelled."""
    ends_s: float
    """Where it ends."""

    @classmethod
    def load(cls, path: Path, begins_s: float, ends_s: float) -> "Clip":
        """Read it and cut it."""
        samples, rate = soundfile.read(path, dtype="int16")
        if rate != CAPTURE_RATE or rate != MIC_RATE:
            raise SystemExit(f"{path} has {rate} Hz, not {CAPTURE_RATE}")
        first = max(0, round((begins_s - LEAD_S) * rate))
        last = round((ends_s + TRAIL_S) * rate)
        return cls(path.stem, np.asarray(samples[first:last]), begins_s - first / rate, ends_s - first / rate)


@dataclass
class Conversation:
    """What came of it."""

    about: dict[str, Any] = field(default_factory=dict)
    """What the pipeline says of itself."""
    verdicts: list[Verdict] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    failure: str = ""
    """Why it ended early; empty when it did not."""


def converse(command: Sequence[str], pairs: Sequence[tuple[Clip, Clip]], recording: Path) -> Conversation:
    """Start a pipeline, talk with it, send it home.

    Args:
        command: of the pipeline; the socket is added.
        pairs: a question, and what is said over its answer.
        recording: WAV to write: left the people, right the loudspeaker. The pipeline's log goes beside it.
    """
    recording.parent.mkdir(parents=True, exist_ok=True)
    log = recording.with_suffix(".log")
    with tempfile.TemporaryDirectory() as folder, log.open("w") as output:
        card = Card(Path(folder) / "card")
        words = [*command[:3], str(Path(folder) / "card"), *command[3:]]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=output, stderr=output)
        try:
            if not card.wait_for_pipeline(START_S, lambda: process.poll() is None):
                return Conversation(failure=f"did not start: {_last_line(log)}")
            return _talk(card, pairs, recording, log)
        finally:
            card.hang_up()
            _end(process)
            card.close()


def _talk(card: Card, pairs: Sequence[tuple[Clip, Clip]], recording: Path, log: Path) -> Conversation:
    questions: list[Question] = []
    failure = ""
    try:
        card.wait(1.0)
        for question, interruption in pairs:
            questions += _ask(card, question, interruption)
    except GoneError:
        failure = f"broke off after {len(questions)} questions: {_last_line(log)}"
    played = card.played()
    _write(recording, card.heard(), played, card.rate)
    return Conversation(card.about, judge(questions, played, card.rate), card.notes, failure)


def _ask(card: Card, question: Clip, interruption: Clip) -> list[Question]:
    """A question, and over its answer, where there is one, another; then the end of the answers is waited for."""
    asked = [_said(card, question, interrupts=False)]
    if _wait_for_sound(card, asked[0].ended_s):
        card.wait(LISTEN_S)
        asked.append(_said(card, interruption, interrupts=True))
        card.wait(max(0.0, asked[1].ended_s - card.now))
        _wait_for_sound(card, max(asked[1].ended_s, card.now))
    _wait_for_quiet(card)
    return asked


def _said(card: Card, clip: Clip, *, interrupts: bool) -> Question:
    start = card.say(clip.samples)
    return Question(clip.name, start + clip.begins_s, start + clip.ends_s, interrupts)


def _wait_for_sound(card: Card, question_end_s: float) -> bool:
    """Whether something is heard until the patience ends."""
    while card.now < question_end_s + PATIENCE_S:
        if card.now > question_end_s and card.silent_s() < LOOK_S * 2:
            return True
        card.wait(LOOK_S)
    return False


def _wait_for_quiet(card: Card) -> None:
    end = card.now + LONGEST_REPLY_S
    while card.silent_s() < QUIET_S and card.now < end:
        card.wait(LOOK_S)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """It has been told to go; whoever does not is ended."""
    for end in (process.terminate, process.kill):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GOODBYE_S)
            return
        end()
    process.wait()


def _write(path: Path, person: Sound, box: Sound, rate: int) -> None:
    """Both sides on one clock, for who wants to listen."""
    right = resample(as_samples(box), rate, MIC_RATE)
    both = np.zeros((max(len(person), len(right)), 2), np.float32)
    both[: len(person), 0] = as_samples(person)
    both[: len(right), 1] = right
    soundfile.write(path, both, MIC_RATE, subtype="PCM_16")


def _last_line(log: Path) -> str:
    """What a program that is gone said last, by preference of its error."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if "Error: " in line]
    return f"{(errors or lines or ['it said nothing'])[-1]} ({log.name})"
