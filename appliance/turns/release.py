"""How much silence ends a turn: by its melody, its words, its speaker's habits, and what was asked.

    melody             done      open      going on   unheard
    words  leaning     middle    slow      slow       slow
           unknown     fast      middle    slow       unaided
           finished    fast      fast      middle     unaided

“Yes” and “no” to a question are fast in any case, another short answer unless its melody goes on or was not
heard. Who pauses long is given more time on all levels but the fast one, which their melody has earned.

The melody tells most at the very beginning of a pause: the longer the silence, the more it is silence that
the model hears, and takes for an end. So of several looks the least sure one counts (`least`).
scripts/evaluate_turn_end.py measures all this, and chose the defaults on one half of the recordings.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated

from annotated_types import Interval

from appliance.turns.shape import Shape, is_short, is_yes_or_no, shape_of


@dataclass(frozen=True, slots=True)
class ReleaseSettings:
    """How long the box waits before it takes a pause for the end of a turn."""

    look_ms: Annotated[int, Interval(ge=64, le=1000)] = 96
    """ms of silence before the turn end model looks for the first time; not before there is a pause."""
    looks: Annotated[int, Interval(ge=1, le=4)] = 3
    """Looks per pause. Each waits twice as long as the one before."""
    fast_ms: Annotated[int, Interval(ge=96, le=1000)] = 256
    """ms of silence that end a turn which sounds complete: time for a look, and for the words to object."""
    middle_ms: Annotated[int, Interval(ge=96, le=2000)] = 704
    """ms where the signs are mixed, and until the first look has been answered."""
    slow_ms: Annotated[int, Interval(ge=96, le=4000)] = 1600
    """ms where it sounds as if more came. Few complete turns do: 1216 would save them 8 ms on average, and
    cut off 75 instead of 46 % of the hesitations of 1 to 1.5 s."""
    slowest_ms: Annotated[int, Interval(ge=96, le=5000)] = 2000
    """ms beyond which nobody is waited for, however long they usually pause."""
    unaided_ms: Annotated[int, Interval(ge=96, le=2000)] = 416
    """ms without a turn end model, unless the words lean (scripts/evaluate_endpoint.py)."""
    done_above: Annotated[float, Interval(ge=0.0, le=1.0)] = 0.96
    """Probability of the turn's end from which it sounds complete. The model is sure of itself: three in four
    complete orders reach this, and one hesitation in ten."""
    going_on_below: Annotated[float, Interval(ge=0.0, le=1.0)] = 0.5
    """Probability below which it sounds as if more came: half of all hesitations, and one order in thirty."""
    pause_factor: Annotated[float, Interval(ge=1.0, le=3.0)] = 1.25
    """Times their typical pause that a speaker is waited for."""

    @property
    def looks_ms(self) -> tuple[int, ...]:
        """ms of silence at which the model looks."""
        return tuple(self.look_ms << number for number in range(self.looks))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known when a pause is judged."""

    turn_end: float | None = None
    """Probability that the turn is over, of the least sure look in this pause; None when there was none."""
    text: str = ""
    """What was understood of the turn so far; empty while nobody knows."""
    asked: bool = False
    """The box's last words were a question."""
    pause_ms: float | None = None
    """The speaker's typical pause in mid-turn; None before it is known."""


class Level(IntEnum):
    """How soon."""

    SLOW = 0
    MIDDLE = 1
    FAST = 2


def least(before: float | None, look: float | None) -> float | None:
    """What the looks of one pause tell together: the least sure counts, and one that failed does not."""
    return look if before is None else before if look is None else min(before, look)


def release_ms(evidence: Evidence, settings: ReleaseSettings) -> int:
    """The silence, in ms since the last voiced window, that ends the turn by this evidence."""
    match _level(evidence, settings):
        case Level.FAST:
            return settings.fast_ms
        case Level.MIDDLE if evidence.turn_end is None:
            return _patient(settings.unaided_ms, evidence, settings)
        case Level.MIDDLE:
            return _patient(settings.middle_ms, evidence, settings)
        case Level.SLOW:
            return _patient(settings.slow_ms, evidence, settings)


def _level(evidence: Evidence, settings: ReleaseSettings) -> Level:
    melody, unheard = _melody(evidence, settings), evidence.turn_end is None
    if evidence.asked and is_yes_or_no(evidence.text):
        return Level.FAST
    if evidence.asked and is_short(evidence.text) and melody > Level.SLOW and not unheard:
        return Level.FAST
    match shape_of(evidence.text):
        case Shape.LEANING:
            return Level.MIDDLE if melody is Level.FAST else Level.SLOW
        case Shape.FINISHED if not unheard:
            return Level.MIDDLE if melody is Level.SLOW else Level.FAST
        case _:
            return melody


def _melody(evidence: Evidence, settings: ReleaseSettings) -> Level:
    if evidence.turn_end is None:
        return Level.MIDDLE
    if evidence.turn_end >= settings.done_above:
        return Level.FAST
    return Level.MIDDLE if evidence.turn_end >= settings.going_on_below else Level.SLOW


def _patient(silence_ms: int, evidence: Evidence, settings: ReleaseSettings) -> int:
    """So much, or what this speaker needs if that is more."""
    needed_ms = settings.pause_factor * (evidence.pause_ms or 0.0)
    return round(max(silence_ms, min(needed_ms, settings.slowest_ms)))
