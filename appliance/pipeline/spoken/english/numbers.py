"""English numbers in words."""

from functools import lru_cache

from num2words import num2words

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
"""1,234.5 or 1234.5, without its sign."""

SIGNED = rf"(?:(?<![\w)\]])[-−–])?{NUMBER}"
"""A minus belongs to a number unless something stands directly before it."""

LONGEST = 15
"""Digits of the longest number that is said as a number; longer ones are said digit by digit."""


def digits(text: str) -> str:
    """Each digit on its own: "42" is "four two"."""
    return " ".join(DIGITS[int(character)] for character in text if character.isdecimal())


def number(text: str) -> str:
    """A number as written: "-1,234.50", "007", "3"."""
    sign = "minus " if text[0] in "-−–" else ""
    whole, _, fraction = text.lstrip("-−–").replace(",", "").partition(".")
    coded = len(whole) > LONGEST or (len(whole) > 1 and int(whole[0]) == 0)
    said = digits(whole) if coded else cardinal(int(whole))
    return sign + said + (f" point {digits(fraction)}" if fraction else "")


@lru_cache(1024)
def cardinal(value: int) -> str:
    """42 is "forty-two"."""
    return str(num2words(value)).replace(",", "")


@lru_cache(1024)
def ordinal(value: int) -> str:
    """42 is "forty-second"."""
    return str(num2words(value, to="ordinal")).replace(",", "")


@lru_cache(256)
def year(value: int) -> str:
    """1969 is "nineteen sixty-nine", 2005 "two thousand and five"."""
    return str(num2words(value, to="year")).replace("-and-", " and ")


def plural(words: str) -> str:
    """Of a number: "eighty" is "eighties", "six" "sixes", "third" "thirds"."""
    if words.endswith("y"):
        return words[:-1] + "ies"
    return words + ("es" if words.endswith("x") else "s")


def counted(text: str, one: str, many: str) -> str:
    """A number with its noun: "one dollar", "two dollars"."""
    return f"{number(text)} {one if text.lstrip('-−–') == '1' else many}"


def fraction(numerator: int, denominator: int) -> str:
    """3 of 4 is "three quarters"."""
    if denominator == 2:
        part, parts = "half", "halves"
    elif denominator == 4:
        part, parts = "quarter", "quarters"
    else:
        part, parts = ordinal(denominator), plural(ordinal(denominator))
    return f"{cardinal(numerator)} {part if numerator == 1 else parts}"
