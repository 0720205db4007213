"""Reads German numbers: „fünfundzwanzig“, „drei komma eins vier“, „zweieinhalb“, „der dreiundzwanzigste“."""

import re
from decimal import Decimal
from typing import Final

from num2words import num2words

MOST: Final = 999_999
"""The greatest number that is read from words."""

_SMALL: Final = {str(num2words(n, lang="de")): n for n in range(20)} | {
    str(num2words(n, lang="de")): n for n in range(20, 100, 10)
}
_HALVES: Final = {
    "halb": Decimal("0.5"),
    "ein halb": Decimal("0.5"),
    "ein halber": Decimal("0.5"),
    "ein halbes": Decimal("0.5"),
    "eine halbe": Decimal("0.5"),
    "einen halben": Decimal("0.5"),
    "anderthalb": Decimal("1.5"),
    "ein viertel": Decimal("0.25"),
    "einen viertel": Decimal("0.25"),
    "dreiviertel": Decimal("0.75"),
    "drei viertel": Decimal("0.75"),
}
_ORDINALS: Final = {str(num2words(n, lang="de", to="ordinal")): n for n in range(1, 32)}

_STEM: Final = (
    rf"(?:{'|'.join(sorted(_SMALL, key=len, reverse=True))}|eine[nmr]?|ein|hundert|tausend|und|halb(?:e[nsr]?)?"
    r"|komma|anderthalb|viertel|minus|dutzend)"
)
TOKEN: Final = rf"(?:\d+(?:[.,]\d+)?|{_STEM}+)"
"""One word of a number."""
NUMBER: Final = rf"{TOKEN}(?: {TOKEN})*"
"""What may be a number; `number` decides."""
ORDINAL: Final = rf"(?:(?:{'|'.join(sorted(_ORDINALS, key=len, reverse=True))})[nrs]?|\d+\.)"
"""Of a day."""


def number(text: str) -> Decimal | None:
    """What these words are, if they are a number."""
    if text.startswith("minus "):
        inner = number(text.removeprefix("minus "))
        return None if inner is None or inner < 0 else -inner
    if text in _HALVES:
        return _HALVES[text]
    half = re.sub(r"(?: und ein ?halb|einhalb)$", "", text)
    if half != text:
        whole = integer(half)
        return None if whole is None else whole + Decimal("0.5")
    first, comma, fraction = text.partition(" komma ")
    return _decimal(first, fraction) if comma else _figures(text)


def integer(text: str) -> int | None:
    """A whole number, in one word or in several. Words in an order that nobody would say are none."""
    if re.fullmatch(r"\d{1,9}", text):
        return int(text)
    if text in {"ein dutzend", "dutzend"}:
        return 12
    if text in {"ein", "eine", "einen", "einem", "einer"}:
        return 1
    word = text.replace(" ", "").replace("zwo", "zwei")
    value = _value(word)
    return value if value is not None and value <= MOST and _plain(said(value)) == _plain(word) else None


def said(value: int) -> str:
    """In one word."""
    return str(num2words(value, lang="de"))


def ordinal(text: str) -> int | None:
    """A day of the month: „dreiundzwanzigsten“, „23.“."""
    if found := re.fullmatch(r"(\d{1,2})\.", text):
        return int(found[1])
    return _ORDINALS.get(re.sub(r"te[nrs]$", "te", text))


def year(text: str) -> int | None:
    """1000 to 2999, also by hundreds: „neunzehnhundertneunundneunzig“."""
    value = integer(text)
    word = text.replace(" ", "")
    first, hundred, rest = word.partition("hundert")
    if value is None and hundred and (century := integer(first)) and 10 <= century <= 29:
        last = integer(rest) if rest else 0
        value = None if last is None or last > 99 else 100 * century + last
    return value if value and 1000 <= value <= 2999 else None


def _figures(text: str) -> Decimal | None:
    if re.fullmatch(r"\d{1,15}(?:,\d{1,15})?", text):
        return Decimal(text.replace(",", "."))
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){1,4}", text):
        return Decimal(text.replace(".", ""))
    value = integer(text)
    return None if value is None else Decimal(value)


def _value(word: str) -> int | None:
    """Split at the largest part; what stands in the wrong place is noticed by `integer`."""
    for part, size in (("tausend", 1000), ("hundert", 100)):
        if part in word:
            before, _, after = word.partition(part)
            count = _value(before) if before else 1
            rest = _value(after.removeprefix("und")) if after else 0
            return None if count is None or rest is None else count * size + rest
    if word in _SMALL:
        return _SMALL[word]
    if word == "ein":
        return 1
    ones, und, tens = word.partition("und")
    first, second = _SMALL.get("eins" if ones == "ein" else ones), _SMALL.get(tens)
    return first + second if und and first and second else None


def _plain(word: str) -> str:
    """Without what may be left out: „hundert“ is „einhundert“, „hundertundeins“ „einhunderteins“."""
    word = re.sub(r"(hundert|tausend)und(?!\w+und)", r"\1", word)
    return re.sub(r"(^|tausend)ein(?=hundert)|^ein(?=tausend)", r"\1", word)


def _decimal(first: str, fraction: str) -> Decimal | None:
    whole = integer(first)
    digits = "".join(_digits(word) for word in fraction.split())
    return Decimal(f"{whole}.{digits}") if whole is not None and digits and "?" not in digits else None


def _digits(word: str) -> str:
    if word.isdecimal() and word.isascii():
        return word
    value = integer(word)
    return "?" if value is None else str(value)
