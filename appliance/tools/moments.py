"""Which moment is meant by a time and a day, on a clock that knows of summer time."""

import re
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from appliance.tools.words.english_time import WEEKDAYS

FARTHEST: Final = timedelta(days=3660)
"""Beyond it nobody makes plans with a box."""


def at(day: date, clock: time, now: datetime) -> datetime:
    """That time of that day where `now` is. A time that the clocks skip is as much later as they are put forward."""
    local = datetime.combine(day, clock, now.tzinfo)
    return local.astimezone(UTC).astimezone(now.tzinfo)  # through UTC: a skipped time becomes one that exists


def seconds(later: datetime, earlier: datetime) -> float:
    """Real seconds between two moments: Python subtracts what clocks of one zone show, not what passes."""
    return later.timestamp() - earlier.timestamp()


def on(day: str, today: date) -> date | None:
    """Which day is meant by “+1”, “monday”, “12-24” or “2026-12-24”; None: there is no such day."""
    if re.fullmatch(r"[+-]\d{1,4}", day):
        return today + timedelta(days=int(day))
    if day in WEEKDAYS:
        return today + timedelta(days=(WEEKDAYS.index(day) - today.weekday() - 1) % 7 + 1)
    if re.fullmatch(r"\d\d-\d\d", day):
        return _next_date(day, today)
    try:
        return date.fromisoformat(day)
    except ValueError:
        return None


def next_time(
    clock: time, now: datetime, *, twelve: bool = False, days: Collection[int] = range(7)
) -> datetime:
    """When a clock shows that next.

    Args:
        clock: what it shows.
        now: is not meant.
        twelve: the clock has twelve hours.
        days: on which it counts; 0 is Monday.
    """
    faces = {clock, clock.replace(hour=(clock.hour + 12) % 24)} if twelve else {clock}
    all_days = [now.date() + timedelta(days=away) for away in range(9)]
    coming = (at(day, face, now) for day in all_days for face in faces if day.weekday() in days)
    return min((moment for moment in coming if seconds(moment, now) > 0), key=datetime.timestamp)


def zoned(zone: ZoneInfo, wall: Callable[[], datetime]) -> Callable[[], datetime]:
    """The time of day in a zone: `core.clock.wall` knows only how far it is from UTC at the moment."""
    return lambda: wall().astimezone(zone)


def _next_date(day: str, today: date) -> date | None:
    for year in range(today.year, today.year + 9):  # 29 February may be eight years away
        try:
            found = date(year, int(day[:2]), int(day[3:]))
        except ValueError:
            continue
        if found >= today:
            return found
    return None
