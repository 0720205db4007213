"""When patience is asked for."""

from itertools import pairwise

from appliance.core import clock
from appliance.core.interfaces import Heard
from appliance.pipeline.reply import ReplySettings
from appliance.sessions.stalling import MOST, Stalling
from appliance.turns.state import State
from tests.virtual_time import run

SETTINGS = ReplySettings(bridge_s=1.0, bridge_again_s=5.0)
SILENT, SOUNDING = Heard(0, 0.0, True), Heard(0, 0.0, False)


def moments(state: State, heard: Heard = SILENT, *, away: bool = False, seconds: float = 60.0) -> list[float]:
    """When it is due, in s since the turn began."""

    async def main() -> list[float]:
        stalling, began, due = Stalling(SETTINGS), clock.now(), []
        stalling.begin()
        while clock.now() - began < seconds:
            if stalling.due(state, heard, away=away):
                due.append(round(clock.now() - began, 1))
            await clock.sleep_until(clock.now() + 0.1)
        return due

    return run(main())


def test_patience_is_asked_for_some_times_and_then_no_more() -> None:
    for state in (State.THINKING, State.STALLING, State.SPEAKING):
        due = moments(state)
        assert len(due) == MOST
        assert 1.0 <= due[0] <= 1.2
        assert all(5.0 <= after - before <= 5.3 for before, after in pairwise(due))


def test_not_while_something_is_heard_or_nobody_is_there_or_nobody_waits() -> None:
    assert moments(State.THINKING, SOUNDING) == []
    assert moments(State.THINKING, away=True) == []
    for state in set(State) - {State.THINKING, State.STALLING, State.SPEAKING}:
        assert moments(state) == [], state


def test_every_turn_is_waited_for_anew() -> None:
    async def main() -> None:
        stalling = Stalling(SETTINGS)
        for _ in range(2):
            stalling.begin()
            assert stalling.asked == 0
            await clock.sleep_until(clock.now() + 1.1)
            assert stalling.due(State.THINKING, SILENT, away=False)
            assert stalling.asked == 1

    run(main())
