"""Reads English durations, times of day and days."""

import re
from typing import Final

from appliance.tools.words.english import NUMBER, ORDINAL, TOKEN, integer, number, ordinal, year
from appliance.tools.words.face import Face, face

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS: Final = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_SECONDS: Final = {"second": 1, "sec": 1, "minute": 60, "min": 60, "hour": 3600, "day": 86400, "week": 604800}
_IDIOMS: Final = (
    ("half an hour", "30 minutes"),
    ("half a minute", "30 seconds"),
    ("three quarters of an hour", "45 minutes"),
    ("a quarter of an hour", "15 minutes"),
    ("quarter of an hour", "15 minutes"),
    ("quarter hour", "15 minutes"),
    ("a half hour", "30 minutes"),
    ("an hour and a half", "90 minutes"),
    ("a minute and a half", "90 seconds"),
    ("couple of ", "2 "),
)

_UNIT: Final = r"(?:seconds?|secs?|minutes?|mins?|hours?|days?|weeks?)"
DURATION: Final = rf"(?:{TOKEN}|of|couple|{_UNIT})(?: (?:{TOKEN}|of|couple|{_UNIT}))*"
"""What may be a duration; `duration` decides."""
_PART: Final = (
    r"(?:am|pm|a m|p m|in the morning|in the afternoon|in the evening|at night|this morning|this afternoon"
    r"|this evening|tonight)"
)
_LATE: Final = frozenset(
    [
        "pm",
        "p m",
        "in the afternoon",
        "in the evening",
        "at night",
        "this afternoon",
        "this evening",
        "tonight",
    ]
)
CLOCK: Final = (
    rf"(?:noon|midnight|(?:{TOKEN}|past|to|till|after|before|minutes?|oclock|o clock|\d+:\d\d)"
    rf"(?: (?:{TOKEN}|past|to|till|after|before|minutes?|oclock|o clock|\d+:\d\d))*(?: {_PART})?)"
)
"""What may be a time of day; `clock` decides."""
_DATE: Final = (
    rf"(?:the )?{ORDINAL}(?: of)? (?:{'|'.join(MONTHS)})(?: {NUMBER})?"
    rf"|(?:{'|'.join(MONTHS)}) (?:the )?{ORDINAL}(?: {NUMBER})?|\d\d\d\d-\d\d-\d\d"
)
DAY: Final = (
    rf"(?:today|tomorrow|yesterday|the day after tomorrow|in {NUMBER} (?:days?|weeks?)"
    rf"|(?:on |next |this |coming )?(?:{'|'.join(WEEKDAYS)})|(?:on )?(?:{_DATE}))"
)
"""A day; `day` decides."""


def duration(text: str) -> int | None:
    """Seconds."""
    text = text.removeprefix("a ") if "couple" in text else text
    for idiom, plain in _IDIOMS:
        text = re.sub(rf"(?<!and ){idiom}(?!s)", plain, text)
    total = 0.0
    rest = text
    while rest:
        found = re.match(rf"(?:and )?({NUMBER}?) ({_UNIT})( and a half(?! \w))?(?: |$)", rest)
        if not found:
            return None
        count = _count(found[1])
        if count is None:
            return None
        size = _SECONDS[found[2].removesuffix("s")]
        total += count * size + (size / 2 if found[3] else 0)
        rest = rest[found.end() :]
    return round(total) if total > 0 else None


def clock(text: str) -> Face | None:
    """A time of day."""
    if text in {"noon", "midnight"}:
        return Face(12 if text == "noon" else 0)
    found = re.fullmatch(rf"(.+?)(?: ({_PART}))?", text)
    assert found
    rest, part = re.sub(r" ?(?:oclock|o clock)\b", "", found[1]), found[2]
    if around := re.fullmatch(r"(.+?)(?: minutes?)? (past|after|to|till|before) (.+)", rest):
        minutes = {"half": 30, "quarter": 15, "a quarter": 15}.get(around[1]) or integer(around[1])
        hour = _noon(around[3])
        if minutes is None or hour is None or not 1 <= minutes <= 59:
            return None
        past = around[2] in {"past", "after"}
        return face(hour if past else (hour - 1) or 12, minutes if past else 60 - minutes, part, late=_LATE)
    if colon := re.fullmatch(r"(\d{1,2}):(\d\d)", rest):
        return face(int(colon[1]), int(colon[2]), part, late=_LATE)
    words = rest.replace("oh ", "zero ").split()
    for cut in range(len(words), 0, -1):
        hour, minute = integer(" ".join(words[:cut])), _minute(words[cut:])
        if hour is not None and minute is not None and hour <= 24:
            return face(hour, minute, part, late=_LATE)
    return None


def day(text: str) -> str | None:
    """As tools take it: “+1”, “monday”, “12-24”, “2026-12-24”."""
    simple = {
        "today": "+0",
        "tomorrow": "+1",
        "yesterday": "-1",
        "the day after tomorrow": "+2",
    }
    if text in simple:
        return simple[text]
    if found := re.fullmatch(r"in (.+) (days?|weeks?)", text):
        count = _count(found[1])
        days = None if count is None else count * (7 if found[2].startswith("week") else 1)
        return f"+{days:g}" if days is not None and days == int(days) and days <= 3650 else None
    text = re.sub(r"^(?:on|next|this|coming) ", "", text)
    return text if text in WEEKDAYS or re.fullmatch(r"\d{4}-\d\d-\d\d", text) else _date(text)


def _date(text: str) -> str | None:
    months = "|".join(MONTHS)
    text = re.sub(r"^the | the (?=\w+)| of(?= )", lambda found: " " if found.start() else "", text)
    text = " ".join(text.split())
    found = re.fullmatch(rf"({ORDINAL}) ({months})(?: (.+))?", text)
    which, month, years = found.groups() if found else (None, None, None)
    if not found and (found := re.fullmatch(rf"({months}) ({ORDINAL})(?: (.+))?", text)):
        month, which, years = found.groups()
    if which is None or month is None or (number_ := ordinal(which)) is None:
        return None
    date = f"{MONTHS.index(month) + 1:02}-{number_:02}"
    if years is None:
        return date
    when = year(years)
    return f"{when}-{date}" if when else None


def _count(text: str) -> float | None:
    value = 1 if text in {"a", "an"} else number(text.removeprefix("and "))
    return None if value is None or value <= 0 else float(value)


def _noon(text: str) -> int | None:
    hour = {"noon": 12, "midnight": 12}.get(text) or integer(text)
    return hour if hour is not None and 1 <= hour <= 23 else None


def _minute(words: list[str]) -> int | None:
    if not words:
        return 0
    if words[0] == "zero" and len(words) == 2:
        return integer(words[1])
    value = integer(" ".join(words))
    return value if value is not None and 10 <= value <= 59 else None
