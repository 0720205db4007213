"""Judges what is said over the box's own voice: an interruption, or an “uh-huh” that wants it to go on.

The two mistakes are not alike. Who says “stop” and is not obeyed is angry; who hums and is given the floor
shrugs. So content, and whoever speaks for longer than any hum, wins at once and without being understood;
a backchannel is only what is short, over, and surely understood to be nothing else.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

from annotated_types import Interval


class Verdict(StrEnum):
    """What somebody wants who speaks over the reply."""

    TAKEN = "taken"
    """The floor."""
    BACKCHANNEL = "backchannel"
    """That the reply goes on."""
    UNCLEAR = "unclear"
    """Nobody knows."""


@dataclass(frozen=True, slots=True)
class FloorSettings:
    """When speech over the reply wins without being understood, and when it is believed to be nothing.

    The defaults were chosen with scripts/evaluate_floor.py.
    """

    longest_ms: Annotated[int, Interval(ge=200, le=2000)] = 640
    """ms of voice from which it is more than an “uh-huh”, whatever it is."""
    longest_hum_ms: Annotated[int, Interval(ge=200, le=3000)] = 960
    """The same while all that was understood so far is one: “okay, okay”."""
    reopen_ms: Annotated[int, Interval(ge=0, le=3000)] = 800
    """ms after the end of a turn in which whoever speaks again had not finished."""
    believed_from: Annotated[float, Interval(ge=0.0, le=1.0)] = 0.5
    """Confidence from which a transcript that looks like a backchannel is one; below, nobody knows."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is known of speech over the reply."""

    voiced_ms: float
    """ms of voice so far."""
    text: str
    """What was understood so far."""
    confidence: float = 1.0
    """The recogniser's own, of a transcript; meaningless while they speak."""
    over: bool = False
    """They pause, and `text` is all they said."""
    reopened: bool = False
    """They began so soon after their own turn that they had not finished it."""
    asked: bool = False
    """The box has just asked something: “okay” may be the answer."""


# fmt: off
_PHRASES = (
    "i see", "got it", "of course", "i know", "all right", "uh huh", "mm hmm", "ah ha", "o k", "ach so",
    "uh-huh", "uhuh", "mm", "mmm", "mhm", "mm-hmm", "mm-hm", "hm", "hmm", "huh", "aha", "oh", "ah", "okay", "ok",
    "right", "yeah", "yep", "yup", "yes", "sure", "good", "great", "cool", "ja", "genau", "stimmt", "klar",
    "gut", "alles klar",
)
# fmt: on

BACKCHANNEL: Final = re.compile(rf"(?:(?:{'|'.join(_PHRASES)})(?: |$)){{1,3}}")
"""What people say to be heard listening, as `_plain` leaves it: one to three of these and nothing else."""

COMMAND: Final = re.compile(
    r"\b(?:stop|wait|no|nope|cancel|quiet|pause|hold on|hang on|shut up|enough|halt|stopp|warte|nein|moment)\b"
)
"""What wins as soon as it is understood, before it is over."""

_MARKS = re.compile(r"[^\w' -]+")


def judge(said: Said, settings: FloorSettings) -> Verdict | None:
    """What somebody wants who speaks over the reply; None while it is too soon to tell."""
    words = _plain(said.text)
    hums = bool(BACKCHANNEL.fullmatch(words)) and not said.asked
    longest_ms = settings.longest_hum_ms if hums else settings.longest_ms
    if said.reopened or said.voiced_ms >= longest_ms or COMMAND.search(words):
        return Verdict.TAKEN
    if not said.over:
        return None
    if words and not hums:
        return Verdict.TAKEN
    return Verdict.BACKCHANNEL if words and said.confidence >= settings.believed_from else Verdict.UNCLEAR


def _plain(text: str) -> str:
    """Lower-case words, single spaces."""
    return " ".join(_MARKS.sub(" ", text.lower()).split())
