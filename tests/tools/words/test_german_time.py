"""German durations, times and days."""

import pytest

from appliance.tools.words.german_time import clock, day, duration


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("eine minute", 60),
        ("anderthalb stunden", 5400),
        ("eineinhalb stunden", 5400),
        ("eine halbe stunde", 1800),
        ("eine viertelstunde", 900),
        ("eine dreiviertelstunde", 2700),
        ("eine stunde und dreißig minuten", 5400),
        ("5 minuten 30 sekunden", 330),
        ("zwei tagen", 172800),
        ("zehn", None),
        ("minuten", None),
        ("null minuten", None),
        ("zwanzig dreißig minuten", None),
    ],
)
def test_durations(said: str, seconds: int | None) -> None:
    assert duration(said) == seconds


@pytest.mark.parametrize(
    ("said", "shown", "twelve"),
    [
        ("halb acht", "07:30", True),
        ("halb eins", "12:30", True),
        ("viertel vor acht", "07:45", True),
        ("viertel acht", "07:15", True),
        ("dreiviertel acht", "07:45", True),
        ("fünf vor halb acht", "07:25", True),
        ("fünf nach halb acht", "07:35", True),
        ("zehn nach sieben", "07:10", True),
        ("fünf vor eins", "12:55", True),
        ("sieben uhr", "07:00", True),
        ("sieben uhr dreißig", "07:30", True),
        ("19:30 uhr", "19:30", False),
        ("neunzehn uhr dreißig", "19:30", False),
        ("halb acht abends", "19:30", False),
        ("drei uhr nachts", "03:00", False),
        ("zwölf uhr nachts", "00:00", False),
        ("null uhr fünf", "00:05", False),
        ("mittag", "12:00", False),
    ],
)
def test_times(said: str, shown: str, twelve: bool) -> None:
    face = clock(said)
    assert face
    assert (str(face), face.twelve) == (shown, twelve)


@pytest.mark.parametrize("said", ["fünfundzwanzig", "sieben uhr sechzig", "halb", "vor acht", "25:00"])
def test_no_times(said: str) -> None:
    assert clock(said) is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("heute", "+0"),
        ("übermorgen", "+2"),
        ("in drei tagen", "+3"),
        ("in zwei wochen", "+14"),
        ("nächsten freitag", "friday"),
        ("am sonnabend", "saturday"),
        ("am dritten oktober", "10-03"),
        ("24. dezember", "12-24"),
        ("der dreiundzwanzigste dezember zweitausendsechsundzwanzig", "2026-12-23"),
        ("irgendwann", None),
    ],
)
def test_days(said: str, meant: str | None) -> None:
    assert day(said) == meant
