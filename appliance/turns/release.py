"""How much silence ends a turn: by its melody, its words, its speaker's habits, and what was asked.

    melody      done      open      going on
    words  leaning   middle    slow      slow
           unknown   fast      middle    slow
           finished  fast      fast      middle

A short answer to a question is fast unless its melody goes on; “yes” and “no” are fast in any case.
Who pauses long is given more time on all levels but the fast one, which their melody must have earned.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated

from annotated_types import Interval

from appliance.turns.shape import Shape, is_short, is_yes_or_no, shape_of


@dataclass(frozen=True, slots=True)
class ReleaseSettings:
    """How long the box waits before it takes a pause for the end of a turn."""

    look_ms: Annotated[int, Interval(ge=96, le=1000)] = 192
    """ms of silence before the turn end model looks for the first time: as soon as there is a pause."""
    looks: Annotated[int, Interval(ge=1, le=4)] = 3
    """Looks per pause. Each waits twice as long as the one before."""
    fast_ms: Annotated[int, Interval(ge=96, le=1000)] = 352
    """ms of silence that end a turn which sounds complete."""
    middle_ms: Annotated[int, Interval(ge=96, le=2000)] = 704
    """ms where the signs are mixed, and until the first look has been answered."""
    slow_ms: Annotated[int, Interval(ge=96, le=4000)] = 1216
    """ms where it sounds as if more came."""
    slowest_ms: Annotated[int, Interval(ge=96, le=5000)] = 1600
    """ms beyond which nobody is waited for, however long they usually pause."""
    unaided_ms: Annotated[int, Interval(ge=96, le=2000)] = 416
    """ms without a turn end model, where the words do not tell either (scripts/evaluate_endpoint.py)."""
    done_above: Annotated[float, Interval(ge=0.0, le=1.0)] = 0.9
    """Probability of the turn's end from which it sounds complete."""
    going_on_below: Annotated[float, Interval(ge=0.0, le=1.0)] = 0.4
    """Probability below which it sounds as if more came."""
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
    """Probability of the newest look that the turn is over; None without a model, or when it failed."""
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


def release_ms(evidence: Evidence, settings: ReleaseSettings) -> int:
    """The silence, in ms since the last voiced window, that ends the turn by this evidence."""
    s, shape = settings, shape_of(evidence.text)
    match _level(evidence, shape, s):
        case Level.FAST:
            return s.fast_ms
        case Level.MIDDLE if evidence.turn_end is None and shape is Shape.UNKNOWN:
            return _patient(s.unaided_ms, evidence, s)
        case Level.MIDDLE:
            return _patient(s.middle_ms, evidence, s)
        case Level.SLOW:
            return _patient(s.slow_ms, evidence, s)


def _level(evidence: Evidence, shape: Shape, settings: ReleaseSettings) -> Level:
    melody = _melody(evidence.turn_end, settings)
    if evidence.asked and is_yes_or_no(evidence.text):
        return Level.FAST
    if evidence.asked and is_short(evidence.text) and melody is not Level.SLOW:
        return Level.FAST
    match shape:
        case Shape.LEANING:
            return Level.MIDDLE if melody is Level.FAST else Level.SLOW
        case Shape.FINISHED:
            return Level.MIDDLE if melody is Level.SLOW else Level.FAST
        case Shape.UNKNOWN:
            return melody


def _melody(turn_end: float | None, settings: ReleaseSettings) -> Level:
    if turn_end is None:
        return Level.MIDDLE
    if turn_end >= settings.done_above:
        return Level.FAST
    return Level.MIDDLE if turn_end >= settings.going_on_below else Level.SLOW


def _patient(silence_ms: int, evidence: Evidence, settings: ReleaseSettings) -> int:
    """So much, or what this speaker needs if that is more."""
    needed_ms = settings.pause_factor * (evidence.pause_ms or 0.0)
    return round(max(silence_ms, min(needed_ms, settings.slowest_ms)))
