"""How requests in German are read: without politeness, and what stands in the places of the table."""

import re
from decimal import Decimal
from typing import Final

from appliance.tools.intents.common import units
from appliance.tools.intents.german_rows import ROWS
from appliance.tools.intents.grammar import Grammar, Place
from appliance.tools.intents.normal import peeled, plain
from appliance.tools.intents.sums import reader
from appliance.tools.words import german as numbers
from appliance.tools.words import german_time as times

_OPENING: Final = re.compile(
    r"^(?:(?:hey|hi|hallo|ok|okay|also|so|na|und|jetzt|bitte|äh|ähm|ach|du|gut|oh)(?: (?:box|computer))?"
    r"|(?:kannst|könntest|würdest|magst) du(?: mir)?(?: bitte| mal)*(?= \w)"
    r"|ich (?:möchte|will|brauche|hätte gerne?)(?= (?:einen|eine) (?:\w+ ){0,6}(?:timer|wecker|erinnerung))"
    r"|ich (?:möchte|will),? dass du|sei so (?:lieb|gut) und|sag mal|sag mir(?: bitte| mal)*(?= wie| was| welche))[ ,]+"
)
_CLOSING: Final = re.compile(r"[ ,]+(?:bitte|danke|dankeschön|für mich|ja|äh|ähm|okay)$")
_FILLERS: Final = re.compile(r"\b(?:äh|ähm|bitte|halt)\b ?")
_MAL: Final = re.compile(
    rf"^(?!{numbers.TOKEN}\b)(\w+(?: mir| mich| dich)?)(?: doch)?(?: mal| eben| kurz| schnell)+ (?=[a-zäöüß])"
)
"""„Stell mal einen Timer“, but not „drei mal vier“."""
_SPELLED: Final = (
    (r"\bgehts\b", "geht es"),
    (r"\bists\b", "ist es"),
    (r"\bdreissig", "dreißig"),
    (r"\bfuenf", "fünf"),
    (r"\bzwoelf", "zwölf"),
    (r"\bheisst\b", "heißt"),
    (r"\bzwo\b", "zwei"),
    (r"(?<=\d) ?%", " prozent"),
    (r"(\d) ?uhr\b", r"\1 uhr"),
    (r"\b(um) uhr\b", r"\1"),
)
_LISTS: Final = dict.fromkeys(("einkaufsliste", "einkaufszettel", "liste"), "shopping") | dict.fromkeys(
    ("aufgabenliste", "to do liste", "todo liste", "todoliste"), "to-do"
)
_DAYS: Final = {
    "jeden tag": range(7),
    "täglich": range(7),
    "jeden morgen": range(7),
    "werktags": range(5),
} | {
    "an werktagen": range(5),
    "unter der woche": range(5),
    "am wochenende": (5, 6),
    "jedes wochenende": (5, 6),
}
_UNITS: Final = units(german=True)
_WEEKDAYS: Final = "|".join((*times.WEEKDAYS, "sonnabend"))


def _amount(text: str) -> Decimal | None:
    return Decimal(1) if text in {"ein", "eine", "einem", "einer", "einen"} else numbers.number(text)


def _items(text: str) -> list[str] | None:
    parts = [
        re.sub(r"^(?:noch |auch )*(?:etwas |ein paar |einen |eine |ein |die |den |das )?", "", part.strip())
        for part in re.split(r" ?, (?:und )?| und ", text)
    ]
    items = [part for part in parts if part]
    return items if items and len(items) <= 20 and all(len(item) <= 80 for item in items) else None


def _days(text: str) -> list[int] | None:
    if text in _DAYS:
        return list(_DAYS[text])
    names = re.findall(rf"(?:{_WEEKDAYS})", text)
    return [times.WEEKDAYS.index(name.replace("sonnabend", "samstag")) for name in names]


def _name(text: str) -> str | None:
    return (
        None
        if {"timer", "den", "alle", "der", "einen", "mein", "meinen", "neuen"} & set(text.split())
        else text
    )


_PLACES: Final = {
    "number": Place(numbers.NUMBER, numbers.number),
    "amount": Place(numbers.NUMBER, _amount),
    "percent": Place("prozent"),
    "duration": Place(times.DURATION, times.duration),
    "clock": Place(times.CLOCK, times.clock),
    "day": Place(times.DAY, times.day),
    "part": Place("früh|morgen|vormittag|mittag|nachmittag|abend|nacht"),
    "days": Place(
        rf"(?:{'|'.join(_DAYS)}|jeden (?:{_WEEKDAYS})(?: (?:und )?(?:jeden )?(?:{_WEEKDAYS}))*)", _days
    ),
    "name": Place(r"[a-zäöüß]+(?: [a-zäöüß]+)?", _name),
    "text": Place(r".+?"),
    "about": Place(r"(?:an|ans|wegen) .+?"),
    "items": Place(r".+?", _items),
    "list": Place(
        r"einkaufsliste|einkaufszettel|liste|aufgabenliste|to do liste|todo ?liste|[a-zäöüß]+liste",
        lambda text: _LISTS.get(text, text.removesuffix("liste")),
    ),
    "sum": Place(r".+", reader("de", numbers.number)),
    "unit": Place("|".join(sorted(_UNITS, key=len, reverse=True)), _UNITS.get),
}

GRAMMAR: Final = Grammar(_PLACES, ROWS)


def normal(text: str) -> str:
    """What is left of a sentence when politeness is taken off."""
    text = plain(text, ordinals=True)
    for pattern, full in _SPELLED:
        text = re.sub(pattern, full, text)
    text = peeled(text, _OPENING, _CLOSING)
    text = _FILLERS.sub("", text).strip(" ,") or text
    return _MAL.sub(r"\1 ", text)
