"""Whatever is asked of the scheduler, in whatever order, and whatever engines do: what always holds."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from appliance.core.errors import EngineError
from appliance.core.speech import Stage
from appliance.inference.job import LOCAL, Priority
from appliance.inference.lane import Lane
from appliance.inference.lane_state import LaneState, Work
from appliance.inference.scheduler import Scheduler
from appliance.inference.seat import Seat
from appliance.inference.settings import InferenceSettings
from tests.inference.scripted import End, World, job, spec
from tests.virtual_time import run

STAGES = (Stage.STT, Stage.LLM, Stage.TTS)
SETTINGS = InferenceSettings(
    window=4, queue_limit=6, cancel_grace_s=2, restart_delay_s=0.1, restart_delay_max_s=5, patience_s=3
)


@dataclass(frozen=True)
class Visit:
    """One reader: what it asks for, when, and how it behaves."""

    at_s: float
    session: str
    stage: Stage
    priority: Priority
    steps_s: tuple[float, ...]
    end: End
    deaf: bool
    reading_s: float
    """Per result."""
    leaves_after: int | None
    """Results, or until there are no more."""
    gives_up_s: float | None
    """Its task is cancelled then."""


durations = st.sampled_from([0.0, 0.01, 0.2, 1.0])
visits = st.builds(
    Visit,
    at_s=st.floats(0, 10).map(lambda moment: round(moment, 2)),
    session=st.sampled_from((LOCAL, "a", "b")),
    stage=st.sampled_from(STAGES),
    priority=st.sampled_from(Priority),
    steps_s=st.lists(durations, max_size=9).map(tuple),
    end=st.sampled_from([End.WELL] * 6 + [End.FAIL, End.DIE, End.HANG]),
    deaf=st.booleans(),
    reading_s=durations,
    leaves_after=st.none() | st.integers(1, 3),
    gives_up_s=st.none() | st.floats(0.01, 5).map(lambda moment: round(moment, 2)),
)


class StrictLane(Lane):
    """A lane that checks what it is asked to do."""

    peers: "Weather"

    def begin(self, work: Work) -> Seat:
        self.peers.check_order(work)
        return super().begin(work)


class Weather:
    """A scheduler on scripted workers, and readers that come and go."""

    def __init__(self, threads: Sequence[int], cores: int, seats: int) -> None:
        self.world = World(delay_s=0.003)
        self.cores = cores
        tuned = InferenceSettings(**{**_fields(SETTINGS), "cores": cores})
        self.lanes = [
            StrictLane([spec(stage, wide, seats=seats), spec(stage, 1, "fallback")], tuned, self.world.launch)
            for stage, wide in zip(STAGES, threads, strict=True)
        ]
        for lane in self.lanes:
            lane.peers = self
        self.scheduler = Scheduler(self.lanes, tuned)
        self.ended: list[int] = []

    def check_order(self, work: Work) -> None:
        """Nobody starts while somebody more urgent could."""
        tickets = self.scheduler._tickets
        [started] = [ticket for ticket in tickets if ticket.number == work.number]
        for other in tickets:
            if other is not started and other.could_go and not self.scheduler._kept_out(other):
                assert self.scheduler._rank(started) < self.scheduler._rank(other)

    async def visit(self, number: int, visit: Visit) -> None:
        await asyncio.sleep(visit.at_s)
        asked = job(
            visit.stage,
            visit.priority,
            visit.steps_s,
            budget_s=20,
            end=visit.end,
            deaf=visit.deaf,
            session=visit.session,
        )
        read = list[int]()
        try:
            async with asyncio.timeout(visit.gives_up_s), self.scheduler.stream(asked) as results:
                async for result in results:
                    read.append(result)
                    if len(read) == visit.leaves_after:
                        break
                    await asyncio.sleep(visit.reading_s)
                else:
                    assert visit.end is End.WELL
                    assert len(read) == len(visit.steps_s)
        except (EngineError, TimeoutError):
            pass
        assert read == list(range(len(read)))
        self.ended.append(number)

    async def pass_over(self, visits: Sequence[Visit]) -> None:
        await self.scheduler.open()
        async with asyncio.TaskGroup() as tasks:
            for number, visit in enumerate(visits):
                tasks.create_task(self.visit(number, visit))
        assert sorted(self.ended) == list(range(len(visits)))
        await asyncio.sleep(60)
        health = self.scheduler.health()
        assert (health.busy, health.waiting) == (0, 0)
        assert [lane.state for lane in health.lanes] == [LaneState.IDLE] * len(self.lanes)
        assert health.completed + health.failed + health.cancelled == len(visits)
        assert self.scheduler._tickets == []
        await self.scheduler.close()


def _fields(tuned: InferenceSettings) -> dict[str, Any]:
    return {name: getattr(tuned, name) for name in InferenceSettings.__slots__}


@settings(max_examples=300, deadline=None)
@given(
    visits=st.lists(visits, max_size=14),
    threads=st.tuples(*[st.integers(1, 3)] * 3),
    cores=st.integers(1, 4),
    seats=st.integers(1, 3),
)
@example(visits=[], threads=(1, 1, 1), cores=1, seats=1)
def test_any_weather(visits: list[Visit], threads: tuple[int, int, int], cores: int, seats: int) -> None:
    complaints = list[Any]()

    async def main() -> World:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        weather = Weather(threads, cores, seats)
        await weather.pass_over(visits)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return weather.world

    world = run(main())
    assert complaints == []
    assert world.within(cores)
