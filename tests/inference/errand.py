"""Work for a lane that remembers what became of it, and a lane that is open as long as a story about it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from appliance.core.speech import Stage
from appliance.inference.job import Job, Priority
from appliance.inference.lane import Lane
from appliance.inference.lane_state import LaneState
from appliance.inference.settings import InferenceSettings
from appliance.inference.spec import EngineSpec
from appliance.inference.wire import Call, encode
from tests.inference.scripted import World, job, spec
from tests.virtual_time import run

SETTINGS = InferenceSettings(
    start_budget_s=20, cancel_grace_s=2, restart_delay_s=1, restart_delay_max_s=8, patience_s=5
)
TTS = Stage.TTS


class Errand:
    """A `Work` that remembers what became of it."""

    def __init__(self, asked: Job[int], until: int = 1000) -> None:
        self.number = id(self)
        self.call = encode(Call(self.number, asked.method, asked.args))
        self.allowed = until
        self.method, self.session = asked.method, asked.session
        self.weight, self.budget_s = asked.weight, asked.budget_s
        self.results: list[int] = []
        self.ends: list[Exception | None] = []
        self.over = asyncio.Event()

    def deliver(self, value: int) -> None:
        self.results.append(value)

    def end(self, error: Exception | None) -> None:
        self.ends.append(error)
        self.over.set()


def errand(*steps_s: float, until: int = 1000, budget_s: float = 1000.0, **script: Any) -> Errand:
    return Errand(job(TTS, Priority.SPEECH, steps_s, budget_s=budget_s, **script), until)


async def state_is(lane: Lane, state: LaneState) -> None:
    while lane.state is not state:
        changed, lane.changed = asyncio.Event(), lambda: None
        lane.changed = changed.set
        await changed.wait()


def with_lane(
    story: Callable[[Lane, World], Coroutine[Any, Any, None]], *specs: EngineSpec, world: World | None = None
) -> None:
    """Tell a story about an open lane, and close it."""

    async def main() -> None:
        stage = world or World()
        lane = Lane(specs or [spec(TTS)], SETTINGS, stage.launch)
        await lane.open()
        try:
            await story(lane, stage)
        finally:
            await lane.close()
            assert lane.state is LaneState.OUT

    run(main())


BOTH = [spec(TTS, name="large"), spec(TTS, name="small")]
