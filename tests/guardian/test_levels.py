from dataclasses import replace
from itertools import pairwise

import pytest

from appliance.guardian.levels import ROWS, WORDS, Level, called_for, has_room
from appliance.guardian.readings import Heat, Readings
from appliance.guardian.settings import GovernorSettings

LIMITS = GovernorSettings()
WELL = Readings(available_mb=4000, total_mb=8000)


def level(readings: Readings, present: Level = Level.FULL) -> Level:
    return called_for(readings, LIMITS, present)[0]


def test_every_level_has_its_row_in_order() -> None:
    assert [row.level for row in ROWS] == list(Level)[1:]
    assert set(WORDS) == set(Level)
    for one, other in pairwise(ROWS):
        assert (one.share, -one.times, -one.hotter_c) > (other.share, -other.times, -other.hotter_c)


def test_a_machine_with_room_does_without_nothing() -> None:
    assert called_for(WELL, LIMITS, Level.FULL) == (Level.FULL, "")
    assert called_for(Readings(), LIMITS, Level.CANNED) == (Level.FULL, "")


@pytest.mark.parametrize(
    ("percent", "asked"), [(8.1, 0), (7.9, 1), (6.1, 1), (5.9, 2), (3.9, 3), (2.1, 3), (1.9, 4), (0, 4)]
)
def test_memory(percent: float, asked: int) -> None:
    assert level(replace(WELL, available_mb=80 * percent)) == asked


@pytest.mark.parametrize(("percent", "asked"), [(4.9, 0), (5, 1), (20, 2), (40, 3), (60, 4), (100, 4)])
def test_stalls(percent: float, asked: int) -> None:
    assert level(replace(WELL, stalled_percent=percent)) == asked


@pytest.mark.parametrize(("celsius", "asked"), [(82, 0), (82.1, 1), (85.1, 2), (88.1, 3), (91.1, 4)])
def test_heat(celsius: float, asked: int) -> None:
    heats = (Heat("gpu", 40, 85), Heat("cpu", celsius, 85))
    assert level(replace(WELL, heats=heats)) == asked


def test_full_swap_space_counts_only_where_memory_is_nearly_short() -> None:
    assert level(replace(WELL, free_swap_percent=1)) == Level.FULL
    assert level(replace(WELL, free_swap_percent=19, available_mb=1200)) == Level.CERTAIN


def test_reasons_are_sentences() -> None:
    def reason(readings: Readings) -> str:
        return called_for(readings, LIMITS, Level.FULL)[1]

    assert reason(replace(WELL, available_mb=400)) == "Only 5 % of the memory (400 MB) is available."
    assert reason(replace(WELL, stalled_percent=31.4)) == "Programs wait for memory 31 % of the time."
    hot = replace(WELL, heats=(Heat("cpu", 83.2, 85),))
    assert reason(hot) == "cpu has 83 °C, and is slowed down from 85 °C on."
    swapped = replace(WELL, available_mb=1000, free_swap_percent=12)
    assert reason(swapped) == "Only 12 % of the swap space is free."


def test_what_is_over_is_over_by_a_margin() -> None:
    assert level(replace(WELL, available_mb=80 * 8.5)) == Level.FULL
    assert level(replace(WELL, available_mb=80 * 11.9), Level.CERTAIN) == Level.CERTAIN
    assert level(replace(WELL, available_mb=80 * 12.1), Level.CERTAIN) == Level.FULL
    warm = replace(WELL, heats=(Heat("cpu", 81.5, 85),))
    assert (level(warm), level(warm, Level.CERTAIN)) == (Level.FULL, Level.CERTAIN)


def test_room_for_more_leaves_enough() -> None:
    assert has_room(WELL, LIMITS, 4000 - 961)
    assert not has_room(WELL, LIMITS, 4000 - 959)
    assert has_room(Readings(), LIMITS, 1e6), "nobody knows better"
