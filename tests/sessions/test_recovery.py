from appliance.core import clock
from appliance.sessions.recovery import MOST, WITHIN_S, Mishaps, name_of
from tests.virtual_time import run


def test_bugs_are_forgiven_until_they_are_a_habit() -> None:
    async def main() -> None:
        mishaps = Mishaps()
        assert [mishaps.forgive() for _ in range(MOST + 1)] == [True] * MOST + [False]
        await clock.sleep_until(clock.now() + WITHIN_S + 1)
        assert mishaps.forgive()

    run(main())


def test_a_bug_is_called_by_its_own_name_wherever_it_came_up() -> None:
    assert name_of(ZeroDivisionError("hello")) == "ZeroDivisionError"
    group = ExceptionGroup("tasks", [ExceptionGroup("more tasks", [KeyError("hello")])])
    assert name_of(group) == "KeyError"
