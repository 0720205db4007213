"""English figures: prices, measures, fractions, powers, years and plain numbers."""

import re
from unicodedata import normalize

from appliance.pipeline.spoken.english.numbers import (
    NUMBER,
    SIGNED,
    cardinal,
    counted,
    digits,
    fraction,
    number,
    ordinal,
    plural,
    year,
)
from appliance.pipeline.spoken.english.tables import one_of
from appliance.pipeline.spoken.english.units import CURRENCIES, MAGNITUDES, UNITS
from appliance.pipeline.spoken.reader import Rule, said

_SIGN = one_of(sign for sign in CURRENCIES if len(sign) == 1)
_CODE = one_of(sign for sign in CURRENCIES if len(sign) > 1)
_MAGNITUDE = rf"(?:\s?({one_of(MAGNITUDES)})(?!\w))?"
_UNIT = one_of(UNITS)
_SQUARE = r"([²³]|\^[23])?"
_POWERS = {"": "", "²": "square ", "³": "cubic ", "^2": "square ", "^3": "cubic "}
_AGES = (
    r"(?:(?:(?<=the )|(?<=early )|(?<=mid )|(?<=mid-)|(?<=late )"
    r"|(?<=his )|(?<=her )|(?<=my )|(?<=your )|(?<=their ))['’‘]?|['’‘])"
)
"""What makes of 80s the eighties, rather than eighty seconds."""

_NOT_A_YEAR = (
    r"(?!\s+(?:people|men|women|children|percent|million|billion"
    r"|(?!(?:is|was|has|as|this|its|his|us|always|plus|minus|versus|across|does)\b)[a-z]+s)\b)"
)
"""No things counted behind it."""

_MARKS = (10, 100)
"""Denominators of marks: 8/10 is "eight out of ten"."""


def _price(match: re.Match[str]) -> str:
    sign, symbol, amount, upper, magnitude = match.groups()
    low = f"{number(amount)} to " if upper else ""
    return ("minus " if sign else "") + low + _money(upper or amount, symbol, magnitude)


def _money(amount: str, symbol: str, magnitude: str | None) -> str:
    one, many, cent, cents = CURRENCIES[symbol]
    if magnitude:
        return f"{number(amount)} {MAGNITUDES[magnitude]} {many}"
    whole, _, hundredths = amount.partition(".")
    if len(hundredths) != 2:
        return counted(amount, one, many)
    if int(hundredths) == 0:
        return counted(whole, one, many)
    small = counted(str(int(hundredths)), cent, cents)
    return small if whole == "0" else f"{counted(whole, one, many)} and {small}"


def _measure(match: re.Match[str]) -> str:
    amount, joint, unit, power, per, per_power = match.groups(default="")
    one, many = UNITS[unit]
    many = one if joint == "-" else many  # a 5-km run
    measured = counted(amount, _POWERS[power] + one, _POWERS[power] + many)
    if not per:
        return measured
    if per == "s" and per_power:  # m/s²
        return f"{measured} per second squared"
    return f"{measured} per {_POWERS[per_power]}{UNITS[per][0]}"


def _over(match: re.Match[str]) -> str:
    whole, above, below = match.groups()
    numerator, denominator = int(above), int(below)
    if denominator in _MARKS and 1 < numerator <= denominator:
        return f"{cardinal(numerator)} out of {cardinal(denominator)}"
    if not 0 < numerator < denominator <= 100:
        return f"{number(above)} over {number(below)}"
    return _mixed(whole, numerator, denominator)


def _vulgar(match: re.Match[str]) -> str:
    above, _, below = normalize("NFKC", match[2]).partition("⁄")
    return _mixed(match[1], int(above), int(below))


def _mixed(whole: str | None, numerator: int, denominator: int) -> str:
    part = fraction(numerator, denominator)
    return f"{number(whole)} and {part}".replace(" and one ", " and a ") if whole else part


def _decade(match: re.Match[str]) -> str:
    short, full = match.groups()
    return plural(cardinal(int(short)) if short else year(int(full)))


def _ordinal(match: re.Match[str]) -> str:
    return ordinal(int(match[1].replace(",", "")))


def _power(match: re.Match[str]) -> str:
    exponent = normalize("NFKC", match[0]).strip("^(){}").replace("−", "-")
    return {"2": "squared", "3": "cubed"}.get(exponent) or f"to the power of {number(exponent)}"


def _size(match: re.Match[str]) -> str:
    """1920x1080"""
    sides = re.findall(r"\d+", match[0])
    return " by ".join(year(int(side)) if len(side) == 4 else number(side) for side in sides)


RULES = (
    Rule(
        "$5.20, €3–5, US$1.5 million",
        rf"(?:\b(?:US|CA|AU|NZ|HK|A|C)(?=\$))?([-−–])?({_SIGN})\s?({NUMBER})"
        rf"(?:\s?[-–—]\s?{_SIGN}?({NUMBER}))?{_MAGNITUDE}",
        _price,
    ),
    Rule(
        "20 €, 5 USD",
        rf"({SIGNED}){_MAGNITUDE}\s?({_SIGN}(?!\s?\d)|{_CODE}(?!\w))",
        lambda m: _money(m[1], m[3], m[2]),
    ),
    Rule("the 80s, 1980s", rf"(?:{_AGES}([2-9]0)|\b(1[1-9]\d0|20\d0))['’]?s\b", _decade),
    Rule(
        "5 km/h, 20 °C, 3 m²",
        rf"({SIGNED})(\s?|-)({_UNIT}){_SQUARE}(?:/({_UNIT}){_SQUARE})?(?!\w|['’]\w)(?:\.(?=,| [a-z]))?",
        _measure,
    ),
    Rule("3/4, 1 1/2", r"(?<![\d/.])(?:(\d{1,4})\s)?(\d{1,9})[/⁄](\d{1,9})(?![\d/]|\.\d)", _over),
    Rule("½, 1½", r"(?:(\d{1,4})\s?)?([½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])", _vulgar),
    Rule(
        "5'10\"",
        r"(\d)['’′]\s?(\d{1,2})(?:[\"”″]|''|’’)",
        lambda m: f"{number(m[1])} foot {number(m[2])}",
    ),
    Rule("1st, 1,000th", r"(\d{1,3}(?:,\d{3})+|\d{1,12})(?:st|nd|rd|th|ST|ND|RD|TH)\b", _ordinal),
    Rule(
        "6.02e23",
        rf"({NUMBER})[eE]\+?([-−]?\d{{1,4}})\b",
        lambda m: f"{number(m[1])} times ten to the power of {number(m[2])}",
    ),
    Rule("x², 10^6", r"\^[({]?[-−]?\d{1,6}[)}]?|⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,6}", _power),
    Rule("1920x1080", r"(?<!\w)\d{1,5}(?:[x×]\d{1,5}){1,3}(?!\w)", _size),
    Rule("5-10", r"(?<=\d)[-–—](?=\d)", said("to")),
    Rule("5 – 10", r"(?<=[\d%°]\s)[–—](?=\s[\d$€£])", said("to")),
    Rule("Monday–Friday", r"(?<=\w)–(?=[A-Z])", said("to")),
    Rule("5 - 3, x - 3", r"(?:(?<=[\d)]\s)|(?<=\b[a-z]\s)|(?<=\d[a-z]\s))[-−](?=\s[\d(])", said("minus")),
    Rule(
        "1969",
        rf"(?<![\d.,])(1[1-9]\d\d|20\d\d)(['’]s\b)?(?![\d,.]*\d|\w){_NOT_A_YEAR}",
        lambda m: year(int(m[1])) + ("'s" if m[2] else ""),
    ),
    # Not the 2x of 2x + 1
    Rule("2x faster", rf"({SIGNED})x(?!\w|\s*[-+=^])", lambda m: counted(m[1], "time", "times")),
    Rule("$5/kg", rf"(?<=[\d$€£])/({_UNIT})\b", lambda m: f"per {UNITS[m[1]][0]}"),
    Rule(
        "1 000 000",
        r"(?<![\d,.] )\b\d{1,3}(?: \d{3}){2,4}(?! ?\d)",
        lambda m: number(m[0].replace(" ", "")),
    ),
    Rule("10k", rf"({SIGNED})k\b", lambda m: f"{number(m[1])} thousand"),
    Rule("-1,234.5", rf"{SIGNED}(?![^\W_])", lambda m: number(m[0])),
    Rule(".5", r"(?<![\w.])\.\d+\b", lambda m: f"point {digits(m[0])}"),
)
