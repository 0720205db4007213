"""English durations, times and days."""

import pytest

from appliance.tools.words.english_time import clock, day, duration


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("a minute", 60),
        ("an hour and a half", 5400),
        ("one and a half hours", 5400),
        ("half an hour", 1800),
        ("half a minute", 30),
        ("three quarters of an hour", 2700),
        ("a quarter of an hour", 900),
        ("a couple of minutes", 120),
        ("two hours and thirty minutes", 9000),
        ("an hour and ten minutes", 4200),
        ("5 minutes 30 seconds", 330),
        ("two days", 172800),
        ("ten", None),
        ("minutes", None),
        ("zero minutes", None),
        ("minus five minutes", None),
        ("twenty thirty minutes", None),
    ],
)
def test_durations(said: str, seconds: int | None) -> None:
    assert duration(said) == seconds


@pytest.mark.parametrize(
    ("said", "shown", "twelve"),
    [
        ("half past seven", "07:30", True),
        ("quarter to eight", "07:45", True),
        ("a quarter past twelve", "12:15", True),
        ("ten to one", "12:50", True),
        ("seven", "07:00", True),
        ("seven oclock", "07:00", True),
        ("seven oh five", "07:05", True),
        ("seven thirty", "07:30", True),
        ("seven thirty pm", "19:30", False),
        ("7:30 am", "07:30", False),
        ("ten past six in the evening", "18:10", False),
        ("three at night", "03:00", False),
        ("twelve am", "00:00", False),
        ("twelve pm", "12:00", False),
        ("twelve at night", "00:00", False),
        ("noon", "12:00", False),
        ("midnight", "00:00", False),
        ("nineteen thirty", "19:30", False),
    ],
)
def test_times(said: str, shown: str, twelve: bool) -> None:
    face = clock(said)
    assert face
    assert (str(face), face.twelve) == (shown, twelve)


@pytest.mark.parametrize("said", ["twenty five", "seven sixty", "half past", "seventy past three", "25:00"])
def test_no_times(said: str) -> None:
    assert clock(said) is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("today", "+0"),
        ("the day after tomorrow", "+2"),
        ("in three days", "+3"),
        ("in two weeks", "+14"),
        ("next friday", "friday"),
        ("the third of october", "10-03"),
        ("october third", "10-03"),
        ("december 24th", "12-24"),
        ("the twenty third of december twenty twenty six", "2026-12-23"),
        ("2026-12-24", "2026-12-24"),
        ("whenever", None),
    ],
)
def test_days(said: str, meant: str | None) -> None:
    assert day(said) == meant
