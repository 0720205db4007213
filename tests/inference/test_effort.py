"""How long somebody has been at work."""

from appliance.core import clock
from appliance.inference.effort import Effort
from tests.virtual_time import run


def test_only_work_counts_and_the_present_stretch_counts_too() -> None:
    async def play() -> list[float]:
        effort, seen = Effort(), []
        for at_work in (False, True, True, False, True):
            effort.follow(at_work=at_work)
            await clock.sleep_until(clock.now() + 2.0)
            seen.append(effort.seconds)
        return seen

    assert run(play()) == [0.0, 2.0, 4.0, 4.0, 6.0]


def test_who_never_worked_needs_no_clock() -> None:
    assert Effort().seconds == 0.0
