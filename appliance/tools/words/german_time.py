"""Reads German durations, times of day and days."""

import re
from typing import Final

from appliance.tools.words.english_time import WEEKDAYS as ENGLISH
from appliance.tools.words.face import Face, face
from appliance.tools.words.german import NUMBER, ORDINAL, TOKEN, integer, number, ordinal, year

WEEKDAYS: Final = ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag")
MONTHS: Final = (
    "januar",
    "februar",
    "märz",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "dezember",
)
_UNITS: Final = {
    "sekunde": 1,
    "minute": 60,
    "stunde": 3600,
    "tag": 86400,
    "woche": 604800,
}
_IDIOMS: Final = (
    ("eine dreiviertelstunde", "45 minuten"),
    ("dreiviertelstunde", "45 minuten"),
    ("eine viertelstunde", "15 minuten"),
    ("viertelstunde", "15 minuten"),
    ("eine viertel stunde", "15 minuten"),
    ("eine dreiviertel stunde", "45 minuten"),
)

_UNIT: Final = r"(?:sekunden?|minuten?|stunden?|tage?n?|wochen?|(?:drei)?viertelstunde)"
DURATION: Final = rf"(?:{TOKEN}|{_UNIT})(?: (?:{TOKEN}|{_UNIT}))*"
"""What may be a duration; `duration` decides."""
_PART: Final = (
    r"(?:morgens|früh|am morgen|heute morgen|vormittags|am vormittag|mittags|nachmittags|am nachmittag|abends"
    r"|am abend|nachts|in der nacht)"
)
_LATE: Final = frozenset(
    ["mittags", "nachmittags", "am nachmittag", "abends", "am abend", "nachts", "in der nacht"]
)
_FACE: Final = rf"(?:{TOKEN}|vor|nach|uhr|minuten?|\d+:\d\d)"
CLOCK: Final = rf"(?:mittag|mitternacht|{_FACE}(?: {_FACE})*(?: {_PART})?)"
"""What may be a time of day; `clock` decides."""
_DATE: Final = rf"(?:am |der |den )?{ORDINAL} (?:{'|'.join(MONTHS)})(?: {NUMBER})?|\d\d\d\d-\d\d-\d\d"
DAY: Final = (
    rf"(?:heute|gestern|morgen|übermorgen|in {NUMBER} (?:tage?n?|wochen?)"
    rf"|(?:am |nächsten |kommenden |diesen )?(?:{'|'.join(WEEKDAYS)}|sonnabend)|{_DATE})"
)
"""A day; `day` decides."""


def duration(text: str) -> int | None:
    """Seconds."""
    for idiom, plain in _IDIOMS:
        text = text.replace(idiom, plain)
    total = 0.0
    rest = text
    while rest:
        found = re.match(rf"(?:und )?({NUMBER}?) ({_UNIT})(?: |$)", rest)
        if not found:
            return None
        value = number(found[1])
        if value is None or value <= 0:
            return None
        total += float(value) * _size(found[2])
        rest = rest[found.end() :]
    return round(total) if total > 0 else None


def clock(text: str) -> Face | None:
    """A time of day."""
    if text in {"mittag", "mitternacht"}:
        return Face(12 if text == "mittag" else 0)
    found = re.fullmatch(rf"(.+?)(?: ({_PART}))?", text)
    assert found
    rest, part = found[1], found[2]
    if colon := re.fullmatch(r"(\d{1,2}):(\d\d)(?: uhr)?", rest):
        return face(int(colon[1]), int(colon[2]), part, late=_LATE)
    hour, minute = _around(rest.removesuffix(" uhr")) if "uhr " not in rest else _by_the_clock(rest)
    return face(hour, minute, part, late=_LATE)


def day(text: str) -> str | None:
    """As tools take it: “+1”, “monday”, “12-24”, “2026-12-24”."""
    simple = {"heute": "+0", "morgen": "+1", "übermorgen": "+2", "gestern": "-1"}
    if text in simple:
        return simple[text]
    if found := re.fullmatch(r"in (.+) (tage?n?|wochen?)", text):
        count = integer(found[1])
        return None if count is None or count > 520 else f"+{count * (7 if found[2][0] == 'w' else 1)}"
    text = re.sub(r"^(?:am|der|den|nächsten|kommenden|diesen) ", "", text).replace("sonnabend", "samstag")
    if text in WEEKDAYS:
        return ENGLISH[WEEKDAYS.index(text)]
    return text if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else _date(text)


def _date(text: str) -> str | None:
    found = re.fullmatch(rf"({ORDINAL}) ({'|'.join(MONTHS)})(?: (.+))?", text)
    which = ordinal(found[1]) if found else None
    if not found or which is None:
        return None
    date = f"{MONTHS.index(found[2]) + 1:02}-{which:02}"
    if not found[3]:
        return date
    when = year(found[3])
    return f"{when}-{date}" if when else None


def _around(text: str) -> tuple[int | None, int | None]:
    """„halb acht“, „viertel vor acht“, „fünf nach halb acht“, „acht“."""
    if text.startswith("halb "):
        return _before(integer(text.removeprefix("halb "))), 30
    for words, minutes in (("dreiviertel ", 45), ("drei viertel ", 45), ("viertel ", 15)):
        rest = text.removeprefix(words)
        if rest != text and not rest.startswith(("vor ", "nach ")):
            return _before(integer(rest)), minutes
    found = re.fullmatch(r"(.+?)(?: minuten?)? (vor|nach) (.+)", text)
    if not found:
        return integer(text), 0
    away = 15 if found[1] == "viertel" else integer(found[1])
    hour, minute = _around(found[3])
    if away is None or hour is None or minute is None or not 1 <= away <= 30 or hour > 24:
        return None, None
    late = minute + (away if found[2] == "nach" else -away)
    return (hour if late >= 0 else _before(hour)), late % 60


def _by_the_clock(text: str) -> tuple[int | None, int | None]:
    """„sieben uhr dreißig“."""
    hour, _, minute = text.partition(" uhr ")
    return integer(hour), integer(minute)


def _before(hour: int | None) -> int | None:
    return None if hour is None or not 1 <= hour <= 24 else (hour - 1) or 12


def _size(unit: str) -> int:
    return next(size for word, size in _UNITS.items() if unit.startswith(word))
