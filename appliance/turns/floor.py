"""Judges what is said over the box's own voice: an interruption, or an “uh-huh” that wants it to go on?

The two mistakes are not alike. Who says “stop” and is not obeyed is angry; who hums and is given the floor
shrugs. So content, and whoever speaks for longer than any hum, wins at once and without being understood;
a backchannel is only what is short, over, and understood to be nothing else.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

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
    """When speech over the reply wins without being understood, and when it is believed to be nothing."""

    longest_ms: Annotated[int, Interval(ge=200, le=2000)] = 480
    """ms of voice from which it is more than an “uh-huh”; “mm-hmm” and “okay” have 250 to 450."""
    reopen_ms: Annotated[int, Interval(ge=0, le=3000)] = 800
    """ms after the end of a turn in which whoever speaks again had not finished."""
    believed_from: Annotated[float, Interval(ge=0.0, le=1.0)] = 0.0
    """Confidence from which a transcript that looks like a backchannel is one."""


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
BACKCHANNELS = frozenset({
    "uh-huh", "uh huh", "uhuh", "mm", "mmm", "mhm", "mm-hmm", "mm hmm", "hm", "hmm", "hmm hmm", "huh", "oh", "ah",
    "okay", "ok", "o k", "right", "yeah", "yep", "yes", "sure", "i see", "got it", "of course", "good", "great", "cool",
    "aha", "ja", "genau", "aha okay", "okay okay", "yeah yeah", "right right", "mm mm", "ach so", "stimmt", "klar",
    "gut",
})
"""What people say to be heard listening, as `_words` leaves it."""
# fmt: on

_MARKS = re.compile(r"[^\w' -]+")


def judge(said: Said, settings: FloorSettings) -> Verdict | None:
    """What somebody wants who speaks over the reply; None while it is too soon to tell."""
    words = " ".join(_MARKS.sub(" ", said.text.lower()).split())
    if said.reopened or said.voiced_ms >= settings.longest_ms:
        return Verdict.TAKEN
    if not said.over:
        return None
    if not words:
        return Verdict.UNCLEAR
    hums = words in BACKCHANNELS and said.confidence >= settings.believed_from
    return Verdict.BACKCHANNEL if hums and not said.asked else Verdict.TAKEN
