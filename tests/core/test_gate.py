import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.audio import Samples
from appliance.core.gate import FADE_MS, OPEN, Gate

RATE = 48_000
FADE = RATE * FADE_MS // 1000


def passed(gate: Gate, samples: int, distance: int = OPEN) -> Samples:
    room = gate.room(distance)
    sound = np.ones(min(samples, room), np.float32)
    gate.shape(sound, room)
    return sound


def test_an_open_gate_changes_nothing() -> None:
    gate = Gate(RATE)
    assert (passed(gate, 1000) == 1).all()
    assert gate.tail == FADE


def test_it_closes_with_the_last_sample_before_the_place() -> None:
    gate = Gate(RATE)
    passed(gate, 1000)
    sound = passed(gate, 1000, distance=700)
    assert len(sound) == 700
    assert (sound[: 700 - FADE] == 1).all()
    assert 0 < sound[-1] <= 1 / FADE
    assert gate.room(0) == gate.tail == 0


def test_a_place_too_near_still_leaves_time_for_the_fade() -> None:
    gate = Gate(RATE)
    passed(gate, 1000)
    assert gate.room(-5) == gate.room(10) == FADE


def test_sound_that_begins_by_itself_is_not_faded_in() -> None:
    gate = Gate(RATE)
    passed(gate, 1000)
    passed(gate, 1000, distance=0)
    gate.rest()
    assert passed(gate, 10)[0] == 1


@given(st.lists(st.tuples(st.integers(1, 700), st.one_of(st.just(OPEN), st.integers(-300, 900)))))
def test_whatever_happens_there_is_no_step(periods: list[tuple[int, int]]) -> None:
    gate = Gate(RATE)
    sound = np.concatenate([passed(gate, 1000)] + [passed(gate, *period) for period in periods])
    assert np.abs(np.diff(sound)).max(initial=0) < 1.01 / FADE
