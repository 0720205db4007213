"""English dates and times of day."""

import re

from appliance.pipeline.spoken.english.numbers import cardinal, digits, ordinal, year
from appliance.pipeline.spoken.english.tables import one_of
from appliance.pipeline.spoken.english.vocabulary import MONTHS
from appliance.pipeline.spoken.english.words import stop
from appliance.pipeline.spoken.reader import Rule, said

_NAMES = tuple(dict.fromkeys(MONTHS.values()))
_NAME = rf"({one_of(MONTHS)})\.?"
_MONTH = r"(0?[1-9]|1[0-2])"
_DAY = r"(0?[1-9]|[12]\d|3[01])"
_NTH = rf"{_DAY}(?:st|nd|rd|th)?"
_YEAR = r"(\d{4})(?!\w|[.,]\d)"
_END = r"(?![\w:/]|[.,]\d)"
_HALF = r"\s?([aApP])(?:\.\s?[mM]\b\.?|[mM]\b)"
"""a.m. or p.m., with the dot behind it."""


def _date(month: str, day: str, years: str | None) -> str:
    spoken = f"{month} {ordinal(int(day))}"
    return f"{spoken}, {year(int(years))}" if years else spoken


def _in_figures(month: str, day: str, years: str) -> str:
    return _date(_NAMES[int(month) - 1], day, years if len(years) == 4 else f"20{years}")


def _month_first(match: re.Match[str]) -> str:
    month, day, last, years = match.groups()
    until = f" to {ordinal(int(last))}" if last else ""
    return _date(MONTHS[month], day, None) + until + (f", {year(int(years))}" if years else "")


def _day_first(match: re.Match[str]) -> str:
    day, month, years = match.groups()
    before = match.string[max(0, match.start() - 5) : match.start()]
    article = "" if re.search(r"(?i)\bthe\s+$", before) else "the "
    return f"{article}{ordinal(int(day))} of {MONTHS[month]}" + (f", {year(int(years))}" if years else "")


def _time(match: re.Match[str]) -> str:
    hour, minute, second, half = match.groups()
    spoken = f"{cardinal(int(hour))} {_minutes(int(hour), minute, half)}".rstrip()
    if second and int(second):
        spoken += f" and {cardinal(int(second))} second{'s' * (int(second) > 1)}"
    return spoken + _half(match, half)


def _minutes(hour: int, minute: str, half: str | None) -> str:
    if int(minute) == 0:
        return "" if half else "o'clock" if 1 <= hour <= 12 else "hundred"
    return digits(minute).replace("zero", "oh") if int(minute) < 10 else cardinal(int(minute))


def _half(match: re.Match[str], half: str | None) -> str:
    return f" {half.upper()}-M{stop(match)}" if half else ""


RULES = (
    Rule(
        "2026-11-21",
        rf"\b(\d{{4}})-{_MONTH}-{_DAY}(?:T(?=\d\d:)|(?![\w-]))",
        lambda m: _in_figures(m[2], m[3], m[1]),
    ),
    # American order, as models write it, unless that is no date.
    Rule(
        "11/21/2026",
        rf"(?<![\w/.]){_MONTH}/{_DAY}/(\d{{4}}|\d\d){_END}",
        lambda m: _in_figures(m[1], m[2], m[3]),
    ),
    Rule(
        "21/11/2026",
        rf"(?<![\w/.]){_DAY}/{_MONTH}/(\d{{4}}|\d\d){_END}",
        lambda m: _in_figures(m[2], m[1], m[3]),
    ),
    Rule(
        "21.11.2026",
        rf"(?<![\w/.]){_DAY}\.{_MONTH}\.(\d{{4}}){_END}",
        lambda m: _in_figures(m[2], m[1], m[3]),
    ),
    # Unless it could be a fraction that one measures with.
    Rule(
        "12/25",
        rf"(?<![\w/.]){_MONTH}/(1[345789]|2[1-9]|3[01]){_END}",
        lambda m: _date(_NAMES[int(m[1]) - 1], m[2], None),
    ),
    Rule(
        "Dec. 3rd, 2026",
        rf"\b{_NAME}\s+{_NTH}(?:\s?[-–]\s?{_NTH})?(?:,?\s+{_YEAR})?{_END}",
        _month_first,
    ),
    Rule(
        "3rd of December 2026", rf"(?<![\w/.]){_NTH}\s+(?:of\s+)?{_NAME}(?:,?\s+{_YEAR})?(?!\w)", _day_first
    ),
    Rule("5:30 p.m.", rf"(?<![\w:.])([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?(?:{_HALF})?(?![\w:])", _time),
    Rule(
        "9 a.m.", rf"(?<![\w:.])(1[0-2]|0?[1-9]){_HALF}(?!\w)", lambda m: cardinal(int(m[1])) + _half(m, m[2])
    ),
    Rule("9am-5pm", r"(?:(?<=[aApP][mM])|(?<=[mM]\.))[-–](?=\d)", said("to")),
    Rule("9 am – 5 pm", r"(?<=[aApP][mM]\s)[-–](?=\s\d)", said("to")),
    Rule(
        "a score of 3:1",
        r"(?<![\w:.])(\d{1,4}):(\d{1,4})(?![\w:])",
        lambda m: f"{cardinal(int(m[1]))} to {cardinal(int(m[2]))}",
    ),
)
