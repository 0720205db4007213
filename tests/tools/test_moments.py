"""Moments on a clock that knows of summer time."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from appliance.tools import moments

BERLIN = ZoneInfo("Europe/Berlin")
SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("+0", SUNDAY),
        ("-1", date(2026, 11, 21)),
        ("monday", date(2026, 11, 23)),
        ("sunday", date(2026, 11, 29)),
        ("12-24", date(2026, 12, 24)),
        ("01-01", date(2027, 1, 1)),
        ("02-29", date(2028, 2, 29)),
        ("02-30", None),
        ("2026-12-24", date(2026, 12, 24)),
        ("2026-13-24", None),
        ("whenever", None),
    ],
)
def test_days(said: str, meant: date | None) -> None:
    assert moments.on(said, SUNDAY) == meant


def test_a_time_that_is_skipped_comes_an_hour_later() -> None:
    now = datetime(2026, 3, 28, 22, tzinfo=BERLIN)
    assert moments.at(date(2026, 3, 29), time(2, 30), now).isoformat() == "2026-03-29T03:30:00+02:00"


def test_a_time_that_comes_twice_is_the_first() -> None:
    now = datetime(2026, 10, 24, 22, tzinfo=BERLIN)
    assert moments.next_time(time(2, 30), now).isoformat() == "2026-10-25T02:30:00+02:00"


def test_a_night_has_nine_hours_when_summer_ends() -> None:
    now = datetime(2026, 10, 24, 22, tzinfo=BERLIN)
    assert moments.seconds(moments.next_time(time(6), now), now) == 9 * 3600


def test_a_clock_of_twelve_hours_shows_a_time_twice_a_day() -> None:
    now = datetime(2026, 11, 22, 8, tzinfo=BERLIN)
    assert moments.next_time(time(7), now).day == 23
    assert moments.next_time(time(7), now, twelve=True).hour == 19
    assert moments.next_time(time(8), now, twelve=True) == now + timedelta(hours=12)


def test_only_on_certain_days() -> None:
    now = datetime(2026, 11, 22, 8, tzinfo=BERLIN)
    assert moments.next_time(time(7), now, days=[4]).date() == date(2026, 11, 27)
    assert moments.next_time(time(7), now, days=[6]).date() == date(2026, 11, 29)


def test_the_zone_is_one_that_knows_of_summer_time() -> None:
    fixed = datetime.fromisoformat("2026-06-01T12:00:00+02:00")
    assert moments.zoned(BERLIN, lambda: fixed)().tzinfo is BERLIN
