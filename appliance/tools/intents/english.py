"""How requests in English are read: without politeness, and what stands in the places of the table."""

import re
from decimal import Decimal
from typing import Final

from appliance.tools.intents.common import units
from appliance.tools.intents.english_rows import ROWS
from appliance.tools.intents.grammar import Grammar, Place
from appliance.tools.intents.normal import peeled, plain
from appliance.tools.intents.sums import reader
from appliance.tools.words import english as numbers
from appliance.tools.words import english_time as times

_OPENING: Final = re.compile(
    r"^(?:(?:hey|hi|hello|ok|okay|so|well|and|now|um|uh|er|erm|please|alright|oh)(?: (?:box|computer|there))?"
    r"|(?:could|can|would|will) you(?: maybe| just| quickly)?(?= \w)|i (?:would like|want|need) you to|id like you to"
    r"|(?:could|can) i (?:have|get)"
    r"|i (?:would like|want|need) (?=(?:a|an|another) (?:\w+ ){0,6}(?:timer|alarm|reminder))"
    r"|id like (?=an? )|go ahead and|do me a favou?r and|lets|just)[ ,]+"
)
_CLOSING: Final = re.compile(r"[ ,]+(?:please|for me|thanks|thank you|would you|will you|right now|um|uh)$")
_FILLERS: Final = re.compile(r"\b(?:um|uh|erm|please)\b ?")
_CONTRACTIONS: Final = (
    (r"\bwhat ?s\b", "what is"),
    (r"\bhow ?s\b", "how is"),
    (r"\bwhen ?s\b", "when is"),
    (r"\bwhats\b", "what is"),
    (r"\b([ap]) m\b", r"\1m"),
    (r"\b([ap])\.m\b\.?", r"\1m"),
    (r"(\d)([ap]m)\b", r"\1 \2"),
    (r"\bper cent\b|(?<=\d)%(?! ?of)", " percent"),
)
_LISTS: Final = (
    {"shopping": "shopping", "grocery": "shopping", "groceries": "shopping"}
    | dict.fromkeys(("to do", "todo", "task", "tasks"), "to-do")
    | dict.fromkeys(("the", "my", "our"), "shopping")
)  # “put milk on the list”
_DAYS: Final = {
    "every day": range(7),
    "daily": range(7),
    "on weekdays": range(5),
    "every weekday": range(5),
} | {
    "weekdays": range(5),
    "on weekends": (5, 6),
    "every weekend": (5, 6),
    "every morning": range(7),
}
_UNITS: Final = units(german=False)
_WEEKDAYS: Final = "|".join(times.WEEKDAYS)


def _amount(text: str) -> Decimal | None:
    return Decimal(1) if text in {"a", "an"} else numbers.number(text)


def _items(text: str) -> list[str] | None:
    parts = [
        re.sub(r"^(?:some|a|an|the|also) ", "", part.strip())
        for part in re.split(r" ?, (?:and )?| and ", text)
    ]
    items = [part for part in parts if part]
    return items if items and len(items) <= 20 and all(len(item) <= 80 for item in items) else None


def _days(text: str) -> list[int] | None:
    if text in _DAYS:
        return list(_DAYS[text])
    names = [name for name in re.findall(r"[a-z]+", text) if name not in {"every", "and", "on"}]
    return [times.WEEKDAYS.index(name.removesuffix("s")) for name in names]


def _name(text: str) -> str | None:
    return None if {"timer", "timers", "the", "my", "all"} & set(text.split()) else text


_PLACES: Final = {
    "number": Place(numbers.NUMBER, numbers.number),
    "amount": Place(numbers.NUMBER, _amount),
    "percent": Place("percent"),
    "duration": Place(times.DURATION, times.duration),
    "clock": Place(times.CLOCK, times.clock),
    "day": Place(times.DAY, times.day),
    "tonight": Place("tonight", lambda _: "night"),
    "part": Place("morning|afternoon|evening|night"),
    "days": Place(
        rf"(?:{'|'.join(_DAYS)}|(?:every|on) (?:{_WEEKDAYS})s?(?: (?:and )?(?:every )?(?:{_WEEKDAYS})s?)*)",
        _days,
    ),
    "name": Place(r"[a-z]+(?: [a-z]+)?", _name),
    "text": Place(r".+?"),
    "items": Place(r".+?", _items),
    "list": Place(r"to do|[a-z]+", lambda text: _LISTS.get(text, text)),
    "sum": Place(r".+", reader("en", numbers.number)),
    "unit": Place("|".join(sorted(_UNITS, key=len, reverse=True)), _UNITS.get),
}

GRAMMAR: Final = Grammar(_PLACES, ROWS)


def normal(text: str) -> str:
    """What is left of a sentence when politeness is taken off."""
    text = plain(text)
    for pattern, full in _CONTRACTIONS:
        text = re.sub(pattern, full, text)
    text = peeled(text, _OPENING, _CLOSING)
    return _FILLERS.sub("", text).strip(" ,") or text
