"""English numbers are read as they are said, and nothing else is a number."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.tools.words import english
from appliance.tools.words.say import cardinal


@given(st.integers(0, 999_999))
def test_every_number_is_read_as_it_is_said(value: int) -> None:
    assert english.integer(english.said(value)) == value
    assert english.integer(english.said(value).replace(" and ", " ")) == value
    assert english.number(cardinal(value, "en").replace("-", " ")) == value
    assert english.number(str(value)) == value


def test_round_numbers_too() -> None:
    for value in (*range(1000), *range(1000, 1_000_000, 7919), *range(1000, 1_000_000, 10_000)):
        assert english.integer(english.said(value)) == value


@pytest.mark.parametrize("day", range(1, 32))
def test_days_of_a_month(day: int) -> None:
    from appliance.tools.words.say import ordinal

    assert english.ordinal(ordinal(day, "en").replace("-", " ")) == day


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("a hundred and five", "105"),
        ("twelve hundred", "1200"),
        ("a dozen", "12"),
        ("three point one four", "3.14"),
        ("zero point oh five", "0.05"),
        ("minus seven", "-7"),
        ("two and a half", "2.5"),
        ("three quarters", "0.75"),
        ("1,234", "1234"),
        ("3.5", "3.5"),
    ],
)
def test_other_ways_to_say_a_number(said: str, meant: str) -> None:
    assert english.number(said) == Decimal(meant)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "and",
        "twenty thirty",
        "five and",
        "point five six seven x",
        "one hundred a",
        "minus minus one",
        "1,23",
    ],
)
def test_what_nobody_would_say_is_no_number(said: str) -> None:
    assert english.number(said) is None


@given(st.lists(st.sampled_from(english._WORDS), max_size=6).map(" ".join))
def test_any_words_are_a_number_or_none(said: str) -> None:
    value = english.integer(said)
    assert value is None or value >= 0
    english.number(said)
    english.year(said)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("nineteen ninety nine", 1999),
        ("twenty twenty six", 2026),
        ("two thousand and five", 2005),
        ("nineteen oh five", 1905),
        ("five", None),
    ],
)
def test_years(said: str, meant: int | None) -> None:
    assert english.year(said) == meant
