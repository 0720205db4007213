"""What the appliance does without when the machine is short of something, step by step, and from when on.

All of it is data. `FULL` has no row: it is what remains when no row applies.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from appliance.guardian.readings import Readings
from appliance.guardian.settings import GovernorSettings


class Level(IntEnum):
    """How much the appliance does without."""

    FULL = 0
    """Nothing."""
    CERTAIN = 1
    """No answers are prepared before it is certain that they are wanted."""
    BRIEF = 2
    """The language model remembers half as much of one dialogue at a time, and answers more shortly."""
    SMALL = 3
    """Each stage runs on its next, smaller engine."""
    CANNED = 4
    """No language model and no turn end model: what was said is answered with a recorded phrase."""


@dataclass(frozen=True, slots=True)
class Row:
    """When a level is called for, in terms of the limits in the settings."""

    level: Level
    """Which."""
    words: str
    """What the appliance then is, behind “Ready”."""
    share: float
    """Of the limits for memory, swap space and so on: below this it applies."""
    times: float
    """The limit for stalls: from this on it applies."""
    hotter_c: float
    """°C beyond the limit for heat."""


ROWS = (
    Row(Level.CERTAIN, "preparing no answers ahead", share=1.0, times=1, hotter_c=0),
    Row(Level.BRIEF, "with short answers and a short memory", share=0.75, times=4, hotter_c=3),
    Row(Level.SMALL, "with smaller models", share=0.5, times=8, hotter_c=6),
    Row(Level.CANNED, "with recorded phrases only", share=0.25, times=12, hotter_c=9),
)
"""By level. Of 8 GB with 640, 480, 320, 160 MB left; programs waiting 5, 20, 40, 60 % of the time; 3 °C below the trip
point, at it, and 3 and 6 °C above, where boards are switched off some 6 °C later."""

WORDS = {Level.FULL: "", **{row.level: row.words for row in ROWS}}
"""What the appliance is at each level, in words."""


def called_for(readings: Readings, limits: GovernorSettings, present: Level) -> tuple[Level, str]:
    """The deepest level that applies, and why, as a sentence.

    What is over must be over by a margin: for levels up to the `present` one the limits are stricter.
    """
    found = Level.FULL, ""
    for row in ROWS:
        relief = limits.relief if row.level <= present else 1.0
        if reason := next(_reasons(readings, limits, row, relief), ""):
            found = row.level, reason
    return found


def has_room(readings: Readings, limits: GovernorSettings, more_mb: float) -> bool:
    """Whether `more_mb` could be used and nothing at all would be called for."""
    left_percent = 100 * (readings.available_mb - more_mb) / readings.total_mb
    return readings.total_mb == float("inf") or left_percent >= limits.memory_percent * limits.relief


def _reasons(readings: Readings, limits: GovernorSettings, row: Row, relief: float) -> Iterator[str]:
    low_percent = limits.memory_percent * row.share * relief
    if readings.available_percent < low_percent:
        percent, mb = readings.available_percent, readings.available_mb
        yield f"Only {percent:.0f} % of the memory ({mb:.0f} MB) is available."
    if (
        readings.free_swap_percent < limits.swap_percent * row.share * relief
        and readings.available_percent < 2 * low_percent
    ):
        yield f"Only {readings.free_swap_percent:.0f} % of the swap space is free."
    if readings.stalled_percent >= min(limits.stall_percent * row.times, 95.0) / relief:
        yield f"Programs wait for memory {readings.stalled_percent:.0f} % of the time."
    for heat in readings.heats:
        limit_c = heat.trip_c - limits.heat_margin_c * relief + row.hotter_c
        if heat.celsius > limit_c:
            yield f"{heat.name} has {heat.celsius:.0f} °C, and is slowed down from {heat.trip_c:.0f} °C on."
