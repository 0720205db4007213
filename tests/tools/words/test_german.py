"""German numbers are read as they are said, and nothing else is a number."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.tools.words import german
from appliance.tools.words.say import cardinal, ordinal


@given(st.integers(0, 999_999))
def test_every_number_is_read_as_it_is_said(value: int) -> None:
    assert german.integer(german.said(value)) == value
    assert german.number(cardinal(value, "de")) == value
    assert german.number(str(value)) == value


def test_round_numbers_too() -> None:
    for value in (*range(1000), *range(1000, 1_000_000, 7919), *range(1000, 1_000_000, 10_000)):
        assert german.integer(german.said(value)) == value


@pytest.mark.parametrize("day", range(1, 32))
def test_days_of_a_month(day: int) -> None:
    assert german.ordinal(ordinal(day, "de")) == day
    assert german.ordinal(ordinal(day, "de") + "n") == day


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("hundertfünf", "105"),
        ("hundertundfünf", "105"),
        ("tausendeinhundert", "1100"),
        ("fünf und zwanzig", "25"),
        ("zweitausend sechsundzwanzig", "2026"),
        ("drei komma eins vier", "3.14"),
        ("minus sieben", "-7"),
        ("zweieinhalb", "2.5"),
        ("anderthalb", "1.5"),
        ("dreiviertel", "0.75"),
        ("1.234", "1234"),
        ("3,5", "3.5"),
        ("zwo", "2"),
    ],
)
def test_other_ways_to_say_a_number(said: str, meant: str) -> None:
    assert german.number(said) == Decimal(meant)


@pytest.mark.parametrize(
    "said", ["", "und", "zwanzig dreißig", "zwanzigfünf", "hundert und", "minus minus eins", "1.23"]
)
def test_what_nobody_would_say_is_no_number(said: str) -> None:
    assert german.number(said) is None


@given(st.lists(st.sampled_from([*german._SMALL, "und", "ein", "hundert", "tausend", "komma"]), max_size=6))
def test_any_words_are_a_number_or_none(words: list[str]) -> None:
    for said in (" ".join(words), "".join(words)):
        value = german.integer(said)
        assert value is None or value >= 0
        german.number(said)
        german.year(said)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("neunzehnhundertneunundneunzig", 1999),
        ("zweitausendsechsundzwanzig", 2026),
        ("neunzehnhundert", 1900),
        ("fünf", None),
    ],
)
def test_years(said: str, meant: int | None) -> None:
    assert german.year(said) == meant
