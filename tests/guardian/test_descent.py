"""Whatever is asked, the level moves one step at a time, no faster than it may, and returns to the top."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.guardian.descent import Descent
from appliance.guardian.levels import Level, called_for
from appliance.guardian.readings import Readings
from appliance.guardian.settings import GovernorSettings

SETTINGS = GovernorSettings(settle_s=10, calm_s=60, calm_most_s=480)
LOOK_S = 2.0

asked_for = st.lists(
    st.tuples(st.sampled_from(list(Level)), st.integers(min_value=1, max_value=200)), min_size=1, max_size=40
)
"""Levels, each for so many looks."""


def follow(story: list[tuple[Level, int]]) -> list[tuple[float, Level]]:
    """When the level changed, and to which."""
    descent, now, moves = Descent(SETTINGS), 0.0, [(0.0, Level.FULL)]
    for asked, looks in story:
        for _ in range(looks):
            wish = descent.wishes(asked, now)
            if wish is not descent.level:
                descent.move(wish, now)
                moves.append((now, wish))
            now += LOOK_S
    return moves


@given(asked_for)
def test_one_step_at_a_time(story: list[tuple[Level, int]]) -> None:
    assert all(abs(after - before) == 1 for (_, before), (_, after) in pairwise(follow(story)))


@given(asked_for)
def test_never_faster_than_its_hysteresis_allows(story: list[tuple[Level, int]]) -> None:
    moves = follow(story)
    for (earlier, before), (later, after) in pairwise(moves[1:]):
        assert later - earlier >= (SETTINGS.settle_s if after > before else SETTINGS.calm_s)
    climbs = [now for (_, before), (now, after) in pairwise(moves) if after < before]
    assert all(later - earlier >= SETTINGS.calm_s for earlier, later in pairwise(climbs))


@given(asked_for)
def test_when_all_is_well_it_returns_to_the_top(story: list[tuple[Level, int]]) -> None:
    well = len(Level) * int(SETTINGS.calm_most_s / LOOK_S + 1)
    assert follow([*story, (Level.FULL, well)])[-1][1] is Level.FULL


@given(asked_for)
def test_it_goes_no_deeper_than_was_asked(story: list[tuple[Level, int]]) -> None:
    assert max(level for _, level in follow(story)) <= max(asked for asked, _ in story)


def test_the_first_step_is_taken_at_once_and_the_others_after_a_while() -> None:
    moves = follow([(Level.CANNED, 60)])
    assert moves[1:] == [(0, Level.CERTAIN), (10, Level.BRIEF), (20, Level.SMALL), (30, Level.CANNED)]


def test_it_climbs_after_a_calm_minute_a_step_at_a_time() -> None:
    moves = follow([(Level.BRIEF, 10), (Level.FULL, 200)])
    assert moves[3:] == [(80, Level.CERTAIN), (142, Level.FULL)]


def test_calm_is_counted_from_the_last_shortage() -> None:
    moves = follow([(Level.CERTAIN, 1), (Level.FULL, 29), (Level.CERTAIN, 1), (Level.FULL, 40)])
    assert moves[2:] == [(122, Level.FULL)]


def test_who_relapses_waits_twice_as_long_each_time_up_to_a_limit() -> None:
    """Work that is the cause of the shortage it was stopped for."""
    descent, now, since = Descent(SETTINGS), 0.0, 0.0
    waits: list[float] = []
    while len(waits) < 7:
        asked = Level.CERTAIN if descent.level is Level.FULL else Level.FULL
        wish = descent.wishes(asked, now)
        if wish < descent.level:
            waits.append(now - since)
        if wish is not descent.level:
            descent.move(wish, now)
            since = now
        now += LOOK_S
    assert waits == pytest.approx([60, 120, 240, 480, 480, 480, 480], abs=2 * LOOK_S)


def test_long_calm_is_believed_again() -> None:
    story = [(Level.CERTAIN, 1), (Level.FULL, 40)] * 3
    assert Descent(SETTINGS).calm_s == 60
    moves = follow([*story, (Level.FULL, 2000), (Level.CERTAIN, 1), (Level.FULL, 40)])
    (down, _), (up, _) = moves[-2:]
    assert up - down == pytest.approx(60, abs=2 * LOOK_S)


percents = st.lists(st.floats(min_value=0, max_value=60), min_size=1, max_size=300)
"""Percent of the memory that is available, at one look after the other."""


def ride(available: list[float]) -> list[tuple[float, Level]]:
    """When the level changed with such readings, and to which."""
    limits, descent, now, moves = GovernorSettings(), Descent(GovernorSettings()), 0.0, [(0.0, Level.FULL)]
    for percent in available:
        asked, _ = called_for(Readings(80 * percent, 8000), limits, descent.level)
        wish = descent.wishes(asked, now)
        if wish is not descent.level:
            descent.move(wish, now)
            moves.append((now, wish))
        now += limits.look_every_s
    return moves


@given(percents)
def test_whatever_the_machine_says_steps_are_single_and_the_top_is_reached_again(
    available: list[float],
) -> None:
    limits = GovernorSettings()
    well = [50.0] * (len(Level) * int(limits.calm_most_s / limits.look_every_s + 2))
    moves = ride([*available, *well])
    assert all(abs(after - before) == 1 for (_, before), (_, after) in pairwise(moves))
    assert moves[-1][1] is Level.FULL


@given(st.lists(st.floats(min_value=7.0, max_value=11.9), min_size=1, max_size=500))
def test_noise_about_a_limit_moves_it_once(available: list[float]) -> None:
    assert len(ride(available)) <= 2
