"""Reads English numbers: “twenty five”, “three point one four”, “two and a half”, “the twenty third”."""

import re
from decimal import Decimal
from typing import Final

from num2words import num2words

MOST: Final = 999_999_999
"""The greatest number that is read from words."""

_DIGITS: Final = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_SMALL: Final = {str(num2words(n)): n for n in range(21)} | {str(num2words(n)): n for n in range(30, 100, 10)}
_LARGE: Final = {"thousand": 1_000, "million": 1_000_000}
_PARTS: Final = {
    "half": Decimal("0.5"),
    "a half": Decimal("0.5"),
    "one half": Decimal("0.5"),
    "a quarter": Decimal("0.25"),
    "quarter": Decimal("0.25"),
    "one quarter": Decimal("0.25"),
    "three quarters": Decimal("0.75"),
}
_ORDINALS: Final = {str(num2words(n, to="ordinal")).replace("-", " "): n for n in range(1, 32)}

_WORDS: Final = (*_SMALL, *_LARGE, "hundred", "and", "a", "an", "point", "oh", "half", "quarters?", "dozen")
TOKEN: Final = rf"(?:\d+(?:[.,]\d+)?|{'|'.join(_WORDS)}|minus|negative)"
"""One word of a number."""
NUMBER: Final = rf"{TOKEN}(?: {TOKEN})*"
"""What may be a number; `number` decides."""
ORDINAL: Final = rf"(?:{'|'.join(sorted(_ORDINALS, key=len, reverse=True))}|\d+(?:st|nd|rd|th))"
"""Of a day."""


def number(text: str) -> Decimal | None:
    """What these words are, if they are a number."""
    for sign in ("minus ", "negative "):
        if text.startswith(sign):
            inner = number(text.removeprefix(sign))
            return None if inner is None or inner < 0 else -inner
    if text in _PARTS:
        return _PARTS[text]
    whole, _, part = text.rpartition(" and ")
    if whole and part in _PARTS:
        count = integer(whole)
        return None if count is None else count + _PARTS[part]
    whole, point, fraction = text.partition(" point ")
    return _decimal(whole, fraction) if point else _figures(text)


def integer(text: str) -> int | None:
    """A whole number. Words in an order that nobody would say are none: “twenty thirty”."""
    if re.fullmatch(r"\d{1,9}", text):
        return int(text)
    if text in {"a dozen", "dozen"}:
        return 12
    every = text.split()
    words = [word for word in every if word != "and"]
    if not words or "and" in {every[0], every[-1]}:
        return None
    if words[0] == "a" and len(words) > 1 and words[1] in {"hundred", *_LARGE}:
        words[0] = "one"
    value = _value(words)
    if value is None or value > MOST:
        return None
    if _hundreds(value) == words:  # “twelve hundred”
        return value
    return value if said(value).replace(" and", "").split() == words else None


def said(value: int) -> str:
    """Without hyphens and commas, as a recogniser writes it."""
    return str(num2words(value)).replace("-", " ").replace(",", "")


def ordinal(text: str) -> int | None:
    """A day of the month: “twenty third”, “23rd”."""
    if found := re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)", text):
        return int(found[1])
    return _ORDINALS.get(text.replace("-", " "))


def year(text: str) -> int | None:
    """1000 to 2999, also in two halves: “nineteen ninety nine”, “twenty twenty six”, “nineteen oh five”."""
    value = integer(text)
    words = text.split()
    for cut in range(1, len(words)):
        first, second = integer(" ".join(words[:cut])), integer(" ".join(words[cut:]).replace("oh ", ""))
        if value is None and first and second and 10 <= first <= 29 and second <= 99:
            value = 100 * first + second
    return value if value and 1000 <= value <= 2999 else None


def _figures(text: str) -> Decimal | None:
    if re.fullmatch(r"\d{1,15}(?:\.\d{1,15})?", text):
        return Decimal(text)
    if re.fullmatch(r"\d{1,3}(?:,\d{3}){1,4}", text):
        return Decimal(text.replace(",", ""))
    value = integer(text)
    return None if value is None else Decimal(value)


def _value(words: list[str]) -> int | None:
    total = group = 0
    for word in words:
        if word in _SMALL:
            group += _SMALL[word]
        elif word == "hundred":
            group *= 100
        elif word in _LARGE:
            total += group * _LARGE[word]
            group = 0
        else:
            return None
    return total + group


def _hundreds(value: int) -> list[str]:
    return [*said(value // 100).split(), "hundred"] if value % 100 == 0 and 1000 < value < 10_000 else []


def _decimal(whole: str, fraction: str) -> Decimal | None:
    first = integer(whole)
    digits = "".join(_digit(word) for word in fraction.split())
    return Decimal(f"{first}.{digits}") if first is not None and digits and "?" not in digits else None


def _digit(word: str) -> str:
    if word == "oh":
        return "0"
    if word in _DIGITS:
        return str(_DIGITS.index(word))
    return word if word.isdecimal() and word.isascii() else str(_SMALL.get(word, "?"))
