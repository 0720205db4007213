"""How many may talk, and who is next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.speech import Stage
from appliance.web.admission import MOST, Queue, Work, places
from appliance.web.visitor_settings import VisitorSettings

SETTINGS = VisitorSettings()
TURN = {Stage.STT: Work(0.5, 2), Stage.LLM: Work(2.0, 2), Stage.TTS: Work(0.4)}


def test_the_busiest_engine_decides_and_the_boxs_own_microphone_is_counted_in() -> None:
    # 12 s from turn to turn, half of them given away, 2 s of the model: three people.
    assert places(TURN, cores=8, settings=SETTINGS) == 2


def test_cores_decide_where_they_are_scarcer() -> None:
    # 5.4 core-seconds on one: it is busy for 2.9 s, since an engine that is too wide takes what there is.
    assert places(TURN, cores=1, settings=SETTINGS) == 1
    assert places({Stage.LLM: Work(0.1, 4), Stage.TTS: Work(0.1, 4)}, cores=4, settings=SETTINGS) == 29


def test_somebody_can_always_talk_and_never_more_than_can_be_counted() -> None:
    assert places({Stage.LLM: Work(60.0)}, cores=4, settings=SETTINGS) == 1
    assert places({}, cores=4, settings=SETTINGS) == 1
    assert places({Stage.LLM: Work(1e-9)}, cores=4, settings=SETTINGS) == MOST


def test_what_was_set_is_obeyed() -> None:
    assert places(TURN, cores=1, settings=VisitorSettings(most=50)) == 50


@given(
    st.dictionaries(st.sampled_from(Stage), st.builds(Work, st.floats(0.001, 10), st.integers(1, 8))),
    st.integers(1, 64),
)
def test_more_cores_never_carry_fewer(turn: dict[Stage, Work], cores: int) -> None:
    assert 1 <= places(turn, cores, SETTINGS) <= places(turn, cores + 1, SETTINGS)


def test_who_comes_first_is_let_in_first() -> None:
    queue = Queue(SETTINGS)
    assert [queue.ask(device, 0, 0.0) for device in "abc"] == [1, 2, 3]
    assert queue.ask("c", 1, 1.0) == 2  # one place is free, and it is kept for a
    assert queue.ask("a", 1, 2.0) == 0
    assert queue.ask("b", 0, 3.0) == 1


def test_asking_again_keeps_a_place_and_staying_away_loses_it() -> None:
    queue = Queue(SETTINGS)
    for moment in (0.0, 9.0, 18.0):
        assert queue.ask("a", 0, moment) == 1
    queue.ask("b", 0, 18.0)
    assert queue.ask("b", 0, 28.0) == 2
    assert queue.ask("b", 0, 28.5) == 1


def test_the_queue_is_bounded() -> None:
    queue = Queue(VisitorSettings(waiting=2))
    assert [queue.ask(device, 0, 0.0) for device in "abc"] == [1, 2, None]
    queue.leave("a")
    assert queue.ask("c", 0, 1.0) == 2


def test_without_waiting_one_comes_in_or_not() -> None:
    queue = Queue(VisitorSettings(waiting=0))
    assert queue.ask("a", 1, 0.0) == 0
    assert queue.ask("b", 0, 0.0) is None


@pytest.mark.parametrize("free", [0, 1, 3])
@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.floats(0, 4)), max_size=60))
def test_nobody_overtakes(free: int, asked: list[tuple[str, float]]) -> None:
    queue, now, order = Queue(VisitorSettings(waiting=8, ask_again_s=600)), 0.0, list[str]()
    for device, later in asked:
        now += later
        if device not in order:
            order.append(device)
        place = queue.ask(device, free, now)
        assert place == max(0, order.index(device) + 1 - free)
        if place == 0:
            order.remove(device)
