import pytest

from appliance.core.errors import EngineError
from appliance.core.speech import Stage
from appliance.inference.ladder import Ladder
from appliance.inference.settings import InferenceSettings
from appliance.inference.spec import EngineSpec

SETTINGS = InferenceSettings(attempts=3, restart_delay_s=1, restart_delay_max_s=5, stable_s=60)
CRASH = EngineError(Stage.TTS, "crashed")
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
