"""A time of day as it was said: often only what a clock with twelve hours would show."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Face:
    """What the clock shows then."""

    hour: int
    """0 to 23."""
    minute: int = 0
    """0 to 59."""
    twelve: bool = False
    """Morning or afternoon was not said: either may be meant."""

    def __str__(self) -> str:
        return f"{self.hour:02}:{self.minute:02}"


def face(hour: int | None, minute: int | None, part: str | None, *, late: frozenset[str]) -> Face | None:
    """From what was said; None when there is no such time.

    Args:
        hour: 0 to 24.
        minute: 0 to 59.
        part: of the day, or "am" and "pm"; None where it was not said.
        late: those that mean the second half of the day.
    """
    if hour is None or minute is None or not (0 <= hour <= 24 and 0 <= minute <= 59):
        return None
    if part is None:
        return Face(hour % 24, minute, 1 <= hour <= 12)
    if hour > 12:
        return Face(hour % 24, minute)
    at_night = part in {"at night", "nachts", "in der nacht", "tonight"}
    if at_night and hour < 6:  # “three at night” is before dawn
        return Face(hour, minute)
    pm = part in late and not (at_night and hour == 12)
    return Face(hour % 12 + 12 * pm, minute)
