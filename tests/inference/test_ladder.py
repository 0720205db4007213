from dataclasses import replace

import pytest

from appliance.core import clock
from appliance.core.errors import EngineError, Failure
from appliance.core.speech import Stage
from appliance.inference.ladder import Ladder
from appliance.inference.settings import InferenceSettings
from appliance.inference.spec import EngineSpec
from tests.virtual_time import run

SETTINGS = InferenceSettings(attempts=3, restart_delay_s=1, restart_delay_max_s=5, stable_s=60)
CRASH = EngineError(Stage.TTS, "crashed", failure=Failure.DIED)
NONSENSE = EngineError(Stage.TTS, "is not to be trusted", failure=Failure.BROKEN)
BROKEN = EngineError(Stage.TTS, "no such file", retryable=False)


def ladder(*names: str) -> Ladder:
    return Ladder([EngineSpec(Stage.TTS, name, "a:b") for name in names], SETTINGS)


def test_failures_in_a_row_lead_to_the_next_engine_at_once() -> None:
    steps = ladder("good", "plain")
    assert [steps.fall(CRASH, 0) for _ in range(3)] == [1, 2, 0]
    assert steps.spec.name == "plain"
    assert steps.degraded
    assert not steps.exhausted


def test_an_engine_that_cannot_work_is_not_tried_again() -> None:
    steps = ladder("good", "plain")
    assert steps.fall(BROKEN, 0) == 0
    assert steps.spec.name == "plain"


def test_what_lives_and_fails_gives_way_sooner_than_what_dies() -> None:
    steps = ladder("good", "plain")
    assert [steps.fall(NONSENSE, 0), steps.spec.name] == [2, "good"]
    assert [steps.fall(NONSENSE, 0), steps.spec.name] == [0, "plain"]


def test_when_all_have_failed_they_are_tried_again_from_the_best_one_on() -> None:
    steps = ladder("good", "plain")
    names = []
    for _ in range(9):
        steps.fall(CRASH, 0)
        names.append(steps.spec.name)
    assert names == ["good"] * 2 + ["plain"] * 3 + ["good"] * 3 + ["plain"]
    assert steps.exhausted
    steps.fall(CRASH, 60)
    assert not steps.exhausted, "one of them has worked for long"


def test_a_better_engine_may_be_tried_ever_more_rarely_until_it_has_served_for_long() -> None:
    settings = replace(SETTINGS, climb_s=10, climb_most_s=100)
    steps = Ladder([EngineSpec(Stage.TTS, name, "a:b") for name in ("good", "plain")], settings)
    assert not steps.degraded
    delays = []
    for _ in range(3):
        steps.fall(BROKEN, 0)
        better = steps.better
        assert better
        assert better.name == "good"
        delays.append(steps.climb_delay_s)
        steps.climbed()
        assert (steps.spec.name, steps.degraded, steps.better) == ("good", False, None)
    steps.fall(BROKEN, 0)
    steps.slipped(CRASH)
    delays.append(steps.climb_delay_s)
    assert delays == [10, 20, 40, 100]
    steps.climbed()
    steps.fall(BROKEN, 100)
    assert steps.climb_delay_s == 10


def test_doubts_close_to_each_other_are_too_much() -> None:
    async def main() -> list[bool]:
        steps, answers = ladder("good"), []
        for pause_s in (0, SETTINGS.doubt_window_s + 1, 1, 1):
            await clock.sleep_until(clock.now() + pause_s)
            answers.append(steps.doubt())
        steps.fall(CRASH, 0)
        return [*answers, steps.doubt()]

    assert run(main()) == [False, False, True, True, False]


def test_the_last_engine_is_tried_for_ever_ever_more_slowly() -> None:
    steps = ladder("only")
    assert [steps.fall(CRASH, 0) for _ in range(6)] == [1, 2, 4, 5, 5, 5]
    assert steps.exhausted
    assert steps.falls == 6
    assert steps.problem == "crashed"
    for _ in range(2000):  # no overflow in a year of failures
        steps.fall(CRASH, 0)


@pytest.mark.parametrize("served_s", [60, 3600])
def test_long_service_clears_the_record(served_s: float) -> None:
    steps = ladder("good", "plain")
    assert [steps.fall(CRASH, served_s) for _ in range(10)] == [1] * 10
    assert steps.spec.name == "good"


def test_crashes_shortly_after_each_other_do_not() -> None:
    steps = ladder("good", "plain")
    for _ in range(3):
        steps.fall(CRASH, 20)
    assert steps.degraded
