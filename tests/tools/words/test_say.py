"""What a voice is given has no figures in it."""

from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.tools.tool import Language
from appliance.tools.words import english_time, german_time, say

TODAY = date(2026, 11, 22)
LANGUAGES: tuple[Language, ...] = ("en", "de")


def speakable(said: str) -> bool:
    return not any(character.isdigit() for character in said) and said == " ".join(said.split())


@pytest.mark.parametrize(
    ("seconds", "english", "german"),
    [
        (1, "one second", "eine Sekunde"),
        (600, "ten minutes", "zehn Minuten"),
        (5400, "one hour and thirty minutes", "eine Stunde und dreißig Minuten"),
        (86400, "one day", "einen Tag"),
        (
            90061,
            "one day, one hour, one minute and one second",
            "einen Tag, eine Stunde, eine Minute und eine Sekunde",
        ),
    ],
)
def test_durations(seconds: int, english: str, german: str) -> None:
    assert (say.duration(seconds, "en"), say.duration(seconds, "de")) == (english, german)


@given(st.integers(1, 31 * 86400))
def test_durations_are_read_as_they_are_said(seconds: int) -> None:
    assert english_time.duration(say.duration(seconds, "en").replace(",", "").replace("-", " ")) == seconds
    german = say.duration(seconds, "de").replace(",", "").lower()
    assert german_time.duration(german) == seconds


@given(st.times())
def test_times_are_read_as_they_are_said(moment: time) -> None:
    moment = moment.replace(second=0, microsecond=0)
    english = say.clock(moment, "en").replace("o'clock", "oclock").replace("-", " ")
    assert str(english_time.clock(english)) == f"{moment:%H:%M}"
    german = german_time.clock(say.clock(moment, "de").lower())
    assert str(german) == f"{moment:%H:%M}"


@pytest.mark.parametrize(
    ("value", "english", "german"),
    [
        ("51", "fifty-one", "einundfünfzig"),
        ("-2.5", "minus two point five", "minus zwei Komma fünf"),
        ("-0", "zero", "null"),
        ("1.10", "one point one", "eins Komma eins"),
        ("1E+30", "one times ten to the power of thirty", "eins mal zehn hoch dreißig"),
    ],
)
def test_numbers(value: str, english: str, german: str) -> None:
    assert (say.number(Decimal(value), "en"), say.number(Decimal(value), "de")) == (english, german)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**20), max_value=10**20))
def test_any_number_can_be_spoken(value: Decimal) -> None:
    assert all(speakable(say.number(value, language)) for language in LANGUAGES)


@given(st.dates())
def test_any_day_can_be_spoken(day: date) -> None:
    for language in LANGUAGES:
        assert speakable(say.when(day, TODAY, language))
        assert speakable(say.day_and_date(day, language, year=True))


def test_days() -> None:
    assert [say.when(TODAY + timedelta(n), TODAY, "en") for n in (0, 1, 3, 8)] == [
        "today",
        "tomorrow",
        "on Wednesday",
        "on the thirtieth of November",
    ]
    assert say.when(TODAY + timedelta(8), TODAY, "de") == "am dreißigsten November"
    assert [say.days(days, "en") for days in ((0, 1, 2, 3, 4), (5, 6), (1, 3))] == [
        "on weekdays",
        "on weekends",
        "every Tuesday and Thursday",
    ]
    assert say.days(range(7), "de") == "jeden Tag"


def test_lists() -> None:
    assert [say.listing(list(things), "en") for things in ("", "a", "ab", "abc")] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
