"""Says numbers, times and lists in words that a voice can speak."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Final

from num2words import num2words

from appliance.tools.tool import Language
from appliance.tools.words import english_time, german_time

MOST_DIGITS: Final = 15
"""Of a whole number that is said in full."""

_UNITS: Final = {
    "en": (("day", "days"), ("hour", "hours"), ("minute", "minutes"), ("second", "seconds")),
    "de": (("Tag", "Tage"), ("Stunde", "Stunden"), ("Minute", "Minuten"), ("Sekunde", "Sekunden")),
}
_SIZES: Final = (86400, 3600, 60, 1)
_AND: Final = {"en": " and ", "de": " und "}
_MONTHS: Final = {"en": english_time.MONTHS, "de": german_time.MONTHS}
_WEEKDAYS: Final = {"en": english_time.WEEKDAYS, "de": german_time.WEEKDAYS}
_NEAR: Final = {
    "en": {-1: "yesterday", 0: "today", 1: "tomorrow"},
    "de": {-1: "gestern", 0: "heute", 1: "morgen", 2: "übermorgen"},
}


def cardinal(value: int, language: Language) -> str:
    """42 is “forty-two”, „zweiundvierzig“."""
    return str(num2words(value, lang=language)).replace(",", "")


def ordinal(value: int, language: Language) -> str:
    """3 is “third”, „dritte“."""
    return str(num2words(value, lang=language, to="ordinal"))


def number(value: Decimal, language: Language) -> str:
    """3.14 is “three point one four”; what has too many digits is said in powers of ten."""
    if abs(value) >= Decimal(10) ** MOST_DIGITS:
        return _powers(value, language)
    sign = "minus " if value < 0 else ""
    whole, _, fraction = f"{abs(value):f}".partition(".")
    fraction = fraction.rstrip("0")
    if not fraction:
        return (sign if int(whole) else "") + cardinal(int(whole), language)
    point = {"en": "point", "de": "Komma"}[language]
    return f"{sign}{cardinal(int(whole), language)} {point} " + " ".join(
        cardinal(int(d), language) for d in fraction
    )


def duration(seconds: float, language: Language) -> str:
    """5400 is “one hour and thirty minutes”, „eine Stunde und dreißig Minuten“ (accusative)."""
    rest = max(1, round(seconds))
    parts = []
    for size, (one, many) in zip(_SIZES, _UNITS[language], strict=True):
        count, rest = divmod(rest, size)
        if count:
            parts.append(_counted(count, one, many, language))
    return listing(parts, language)


def clock(when: time, language: Language) -> str:
    """19:05 is “seven oh five in the evening”, „neunzehn Uhr fünf“."""
    if language == "de":
        hour = "ein" if when.hour == 1 else cardinal(when.hour, "de")
        return f"{hour} Uhr" + (f" {cardinal(when.minute, 'de')}" if when.minute else "")
    if not when.minute and when.hour in {0, 12}:
        return "noon" if when.hour else "midnight"
    hour = cardinal(when.hour % 12 or 12, "en")
    small = "oh " if when.minute < 10 else ""
    minute = f"{small}{cardinal(when.minute, 'en')}" if when.minute else "o'clock"
    parts = ((5, "at night"), (12, "in the morning"), (18, "in the afternoon"), (22, "in the evening"))
    return f"{hour} {minute} " + next((name for until, name in parts if when.hour < until), "at night")


def weekday(day: date, language: Language) -> str:
    """Thursday."""
    return _WEEKDAYS[language][day.weekday()].capitalize()


def day_and_date(day: date, language: Language, *, year: bool = False) -> str:
    """Thursday, the third of December; „Donnerstag, der dritte Dezember“."""
    month = _MONTHS[language][day.month - 1].capitalize()
    said = f"{weekday(day, language)}, "
    said += (
        f"der {ordinal(day.day, 'de')} {month}"
        if language == "de"
        else f"the {ordinal(day.day, 'en')} of {month}"
    )
    return said + (f" {_year(day.year, language)}" if year else "")


def when(day: date, today: date, language: Language) -> str:
    """Tomorrow, on Thursday, on the third of December: for “… at seven o'clock”."""
    away = (day - today).days
    if away in _NEAR[language]:
        return _NEAR[language][away]
    if 0 < away < 7:
        return f"{'am' if language == 'de' else 'on'} {weekday(day, language)}"
    month = _MONTHS[language][day.month - 1].capitalize()
    year = f" {_year(day.year, language)}" if abs(away) > 330 else ""
    if language == "de":
        return f"am {ordinal(day.day, 'de')}n {month}{year}"
    return f"on the {ordinal(day.day, 'en')} of {month}{year}"


def days(names: Sequence[int], language: Language) -> str:
    """Days on which something returns: 0 is Monday."""
    numbers = sorted(set(names))
    sets = {
        (0, 1, 2, 3, 4, 5, 6): ("every day", "jeden Tag"),
        (0, 1, 2, 3, 4): ("on weekdays", "werktags"),
        (5, 6): ("on weekends", "am Wochenende"),
    }
    if found := sets.get(tuple(numbers)):
        return found[language == "de"]
    every = [
        weekday(date(2024, 1, 1) + timedelta(days=n), language) for n in numbers
    ]  # 1 January 2024: a Monday
    return ("jeden " if language == "de" else "every ") + listing(every, language)


def listing(items: Sequence[str], language: Language) -> str:
    """Milk, eggs and bread."""
    return _AND[language].join(part for part in (", ".join(items[:-1]), *items[-1:]) if part)


def _counted(count: int, one: str, many: str, language: Language) -> str:
    if count != 1:
        return f"{cardinal(count, language)} {many}"
    return f"{'one' if language == 'en' else 'einen' if one == 'Tag' else 'eine'} {one}"


def _year(year: int, language: Language) -> str:
    return str(num2words(year, lang=language, to="year")).replace("-and-", " and ")


def _powers(value: Decimal, language: Language) -> str:
    digits, exponent = f"{value:.3e}".split("e")
    factor = number(Decimal(digits), language)
    power = cardinal(int(exponent), language)
    if language == "de":
        return f"{factor} mal zehn hoch {power}"
    return f"{factor} times ten to the power of {power}"
