"""How long an engine may be silent before it must have hung: measured, within bounds."""

from dataclasses import dataclass

from appliance.inference.pace import COLD_MARGIN, Pace
from appliance.inference.settings import InferenceSettings

SETTINGS = InferenceSettings()


@dataclass
class Ask:
    """A piece of work."""

    method: str = "generate"
    session: str = "local"
    weight: float = 0.0
    budget_s: float = 30.0


def test_the_first_engine_of_a_stage_may_take_its_budget_until_it_was_measured() -> None:
    assert Pace(SETTINGS).limit_s(Ask(budget_s=30.0)) == 30.0
    assert Pace(SETTINGS, first=False).limit_s(Ask(budget_s=300.0)) == min(300.0, SETTINGS.hang_unknown_s)


def test_what_is_usual_is_the_median_times_a_factor_within_floor_and_budget() -> None:
    pace = Pace(SETTINGS)
    for first_s in (1.0, 1.0, 50.0):
        pace.learn(Ask(), first_s)
    assert pace.limit_s(Ask(budget_s=1000.0)) == max(SETTINGS.hang_factor, SETTINGS.hang_floor_s)
    assert pace.limit_s(Ask(budget_s=2.0)) == 2.0
    for _ in range(100):
        pace.learn(Ask(), 0.001)
    assert pace.limit_s(Ask()) == SETTINGS.hang_floor_s


def test_methods_are_measured_each_by_itself() -> None:
    pace = Pace(SETTINGS)
    pace.learn(Ask("peek"), 0.1)
    assert pace.limit_s(Ask("generate", budget_s=20.0)) == 20.0


def test_who_must_read_a_long_conversation_first_is_given_time_for_it() -> None:
    pace = Pace(SETTINGS)
    pace.learn(Ask(weight=100.0), 2.0, cold=True)
    long = Ask(weight=1000.0, budget_s=1000.0)
    assert pace.limit_s(long, cold=True) == COLD_MARGIN * 20.0
    assert pace.limit_s(long) < pace.limit_s(long, cold=True)
