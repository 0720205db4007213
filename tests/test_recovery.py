"""Real engines killed in mid-turn: it costs that turn, an apology is heard, and the next turn works."""

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil
import pytest

from appliance.app import open_appliance
from appliance.converse import Report, Say, converse
from appliance.core import clock
from appliance.core.speech import Outcome
from appliance.inference.lane import LaneState
from appliance.inference.scheduler import SchedulerHealth
from appliance.settings import load_settings
from appliance.turns.machine import State
from tests.models import MODELS, SILERO, SMOLLM2, needs_model
from tests.shared import clip, needs_shared

pytestmark = [pytest.mark.engines, needs_shared, needs_model(SILERO), needs_model(SMOLLM2)]

BUNDLED = {"APPLIANCE_MODELS__PROFILE": "bundled", "APPLIANCE_MODELS__FOLDER": str(MODELS)}
QUESTION = "people/9e06cfac.flac"


def kill(engine: str) -> None:
    """SIGKILL, as the kernel does when memory runs out."""
    for process in psutil.Process().children(recursive=True):
        if engine in process.cmdline():
            os.kill(process.pid, signal.SIGKILL)


@dataclass
class Assassin(Report):
    """Kills an engine once, in a state of the conversation, while it is at work."""

    engine: str = ""
    moment: State = State.THINKING
    at_work: bool = True
    killed: list[str] = field(default_factory=list)
    health: Callable[[], SchedulerHealth] | None = None

    def state(self, state: State) -> None:
        """See `Observer`."""
        super().state(state)
        if state is self.moment and not self.killed:
            self.killed.append(self.engine)
            self._strike()

    def _strike(self) -> None:
        assert self.health
        (lane,) = (lane for lane in self.health().lanes if lane.engine == self.engine)
        if self.at_work and lane.state is not LaneState.RUNNING:
            clock.after(0.002, self._strike)
        else:
            kill(self.engine)


async def conversation(report: Assassin) -> None:
    settings = load_settings(None, BUNDLED)
    async with open_appliance(settings) as appliance:
        report.health = appliance.scheduler.health
        questions = [Say(clip(QUESTION)), Say(clip(QUESTION))]
        await converse(lambda port, observer: appliance.session("test", port, observer), questions, report)


@pytest.mark.parametrize(
    ("engine", "moment"),
    [("sphinx", State.WAITING), ("sphinx", State.THINKING), ("smollm2-135m", State.THINKING)],
)
def test_a_killed_engine_costs_one_turn(engine: str, moment: State) -> None:
    report = Assassin(engine=engine, moment=moment)
    asyncio.run(conversation(report))
    assert report.killed == [engine]
    first, second = report.turns
    assert first["outcome"] == Outcome.FAILED, report.failures
    assert second["outcome"] == Outcome.ANSWERED, report.failures


def test_a_voice_that_dies_before_it_is_needed_is_back_in_time() -> None:
    report = Assassin(engine="espeak", at_work=False)
    asyncio.run(conversation(report))
    assert report.killed == ["espeak"]
    assert report.turns[-1]["outcome"] == Outcome.ANSWERED, report.failures
