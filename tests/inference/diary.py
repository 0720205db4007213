"""A scheduler over scripted workers on the virtual clock, and when what came out of it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from appliance.core import clock
from appliance.core.errors import EngineError
from appliance.core.speech import Stage
from appliance.inference.job import Job
from appliance.inference.lane import Lane
from appliance.inference.scheduler import Scheduler
from appliance.inference.settings import InferenceSettings
from appliance.inference.spec import EngineSpec
from tests.inference.scripted import World, spec
from tests.virtual_time import run

STT, LLM, TTS = Stage.STT, Stage.LLM, Stage.TTS
TRIO = (spec(STT), spec(LLM), spec(TTS))


class Diary:
    """A scheduler, and when what came out of it."""

    def __init__(self, scheduler: Scheduler, world: World) -> None:
        self.scheduler = scheduler
        self.world = world
        self.start = clock.now()
        self.lines: list[tuple[float, str]] = []
        """Seconds since the start, to a hundredth, and what happened."""

    def note(self, what: str) -> None:
        self.lines.append((round(clock.now() - self.start, 2), what))

    def read(self, asked: Job[int], name: str, pause_s: float = 0) -> asyncio.Task[None]:
        """Read a stream to its end in the background."""

        async def reader() -> None:
            try:
                async with self.scheduler.stream(asked) as results:
                    async for result in results:
                        self.note(f"{name} {result}")
                        await asyncio.sleep(pause_s)
                self.note(f"{name} done")
            except EngineError as end:
                self.note(f"{name} {end}")

        return asyncio.create_task(reader())


def tell(
    story: Callable[[Diary], Coroutine[Any, Any, None]], *specs: EngineSpec, cores: int = 1, **tuned: Any
) -> None:
    """Tell a story about open lanes, and close them; nothing may be left over."""

    async def main() -> None:
        world, settings = World(), InferenceSettings(cores=cores, **tuned)
        complaints = list[Any]()
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        lanes = [Lane([each], settings, world.launch) for each in specs or TRIO]
        scheduler = Scheduler(lanes, settings)
        await scheduler.open()
        try:
            await story(Diary(scheduler, world))
        finally:
            await scheduler.close()
        assert world.within(cores)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert complaints == []

    run(main())
