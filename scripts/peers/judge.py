"""The judge of `make bench-peers`: from the two recordings of the sound card to milliseconds.

It sees what was spoken into the microphone, when, and what the loudspeaker played, on one clock, and nothing else:
no pipeline measures itself.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scripts.peers.card import AUDIBLE, Sound

PAUSE_S: Final = 0.7
"""s without a sound after which a reply has fallen silent. Between its sentences are at most 0.5 s."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that was asked."""

    clip: str
    begun_s: float
    """On the card's clock: where its speech begins."""
    ended_s: float
    """Where it ends, as labelled."""
    interrupts: bool = False
    """It was said over a reply."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of it."""

    clip: str
    interrupts: bool
    answered_ms: float | None = None
    """Labelled end of speech → first sample that one hears. None: no answer, or it came too early."""
    cut_in: bool = False
    """The answer began before the question's end."""
    silent_ms: float | None = None
    """Begin of an interruption → last sample of the reply. None: nobody was interrupted, or the reply was over."""


def judge(questions: list[Question], played: Sound, rate: int) -> list[Verdict]:
    """What the loudspeaker did about each question; they are in order."""
    sounds = audible_s(played, rate)
    ends = [later.begun_s for later in questions[1:]] + [len(played) / rate]
    return [_verdict(question, sounds, until) for question, until in zip(questions, ends, strict=True)]


def audible_s(played: Sound, rate: int) -> NDArray[np.float64]:
    """The seconds of all samples that one hears."""
    loud = np.abs(played.astype(np.int32)) > AUDIBLE
    return np.flatnonzero(loud) / rate


def silence_s(sounds: NDArray[np.float64], onset_s: float) -> float | None:
    """The last sound before the first pause behind `onset_s`; None when it was silent before."""
    around = sounds[sounds > onset_s - PAUSE_S]
    if not len(around) or around[0] > onset_s:
        return None
    gaps = np.flatnonzero(np.diff(around) > PAUSE_S)
    # A pause that was over before the onset is of the reply before.
    ends = [around[gap] for gap in gaps if around[gap + 1] > onset_s] + [around[-1]]
    return float(ends[0]) if ends[0] > onset_s else None


def _verdict(question: Question, sounds: NDArray[np.float64], until_s: float) -> Verdict:
    silent = silence_s(sounds, question.begun_s) if question.interrupts else None
    # The answer is the first sound behind the question's begin that is not the interrupted reply.
    after = sounds[(sounds > (silent or question.begun_s)) & (sounds < until_s)]
    first = float(after[0]) if len(after) else None
    cut_in = first is not None and first < question.ended_s
    return Verdict(
        clip=question.clip,
        interrupts=question.interrupts,
        answered_ms=None if first is None or cut_in else 1000 * (first - question.ended_s),
        cut_in=cut_in,
        silent_ms=None if silent is None else 1000 * (silent - question.begun_s),
    )
