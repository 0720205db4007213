"""Supervision, on the virtual clock and with scripted workers."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from appliance.core import clock
from appliance.core.errors import EngineError
from appliance.core.speech import Stage
from appliance.inference.job import Job, Priority
from appliance.inference.lane import Lane
from appliance.inference.lane_state import LaneState
from appliance.inference.settings import InferenceSettings
from appliance.inference.spec import EngineSpec
from appliance.inference.wire import Call, encode
from tests.inference.scripted import End, World, job, spec
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


def test_work_is_done_and_the_lane_is_free_again() -> None:
    async def story(lane: Lane, world: World) -> None:
        for _ in range(3):
            lane.begin(work := errand(0.1, 0.1))
            await work.over.wait()
            assert (work.results, work.ends) == ([0, 1], [None])
            assert lane.state is LaneState.IDLE

    with_lane(story)


def test_a_failed_job_costs_nothing_else() -> None:
    async def story(lane: Lane, world: World) -> None:
        lane.begin(work := errand(0.1, end=End.FAIL))
        await work.over.wait()
        [error] = work.ends
        assert isinstance(error, EngineError)
        assert work.results == [0]
        assert lane.state is LaneState.IDLE
        assert lane.health().falls == 0

    with_lane(story)


def test_death_fails_the_job_and_brings_a_new_worker() -> None:
    async def story(lane: Lane, world: World) -> None:
        lane.begin(work := errand(0.1, end=End.DIE))
        await work.over.wait()
        [error] = work.ends
        assert isinstance(error, EngineError)
        assert (error.problem, error.stage, error.retryable) == ("a tts engine died", TTS, True)
        assert error.__notes__ == ["It had printed:\nfarewell"]
        died = clock.now()
        await state_is(lane, LaneState.IDLE)
        assert clock.now() - died == pytest.approx(SETTINGS.restart_delay_s, abs=0.01)
        await asyncio.sleep(1000)
        assert lane.health().state is LaneState.IDLE
        lane.begin(work := errand(0.1))
        await work.over.wait()
        assert work.ends == [None]

    with_lane(story)


def test_running_over_the_budget_is_death() -> None:
    async def story(lane: Lane, world: World) -> None:
        began = clock.now()
        lane.begin(work := errand(0.1, end=End.HANG, budget_s=7))
        await work.over.wait()
        [error] = work.ends
        assert isinstance(error, EngineError)
        assert error.problem == "a tts engine took longer than 7 s"
        assert error.retryable
        assert clock.now() - began == pytest.approx(7)
        await state_is(lane, LaneState.IDLE)
        assert len(world.workers) == 2

    with_lane(story)


def test_a_worker_that_stands_still_is_replaced_though_nobody_asks_anything_of_it() -> None:
    async def story(lane: Lane, world: World) -> None:
        await asyncio.sleep(100)
        assert lane.health().falls == 0
        world.lively = False
        froze = clock.now()
        await state_is(lane, LaneState.DOWN)
        assert clock.now() - froze <= 4.01
        world.lively = True
        assert lane.health().problem == "a tts engine has not answered for 3 s: the process stands still"
        await state_is(lane, LaneState.IDLE)
        lane.begin(work := errand(0.1))
        await work.over.wait()
        assert work.ends == [None]

    with_lane(story)


def test_parked_time_does_not_count_towards_the_budget() -> None:
    async def story(lane: Lane, world: World) -> None:
        seat = lane.begin(work := errand(1, 1, 1, 1, until=2, budget_s=5))
        await state_is(lane, LaneState.PARKED)
        assert work.results == [0, 1]
        await asyncio.sleep(100)
        seat.allow(3)
        assert lane.state is LaneState.RUNNING
        await state_is(lane, LaneState.PARKED)
        await asyncio.sleep(100)
        seat.allow(100)
        await work.over.wait()
        assert (work.results, work.ends) == ([0, 1, 2, 3], [None])

    with_lane(story)


def test_a_lane_asked_to_park_runs_until_its_next_result() -> None:
    async def story(lane: Lane, world: World) -> None:
        seat = lane.begin(work := errand(1, 1))
        await asyncio.sleep(0.5)
        seat.allow(0)
        assert lane.state is LaneState.RUNNING
        await state_is(lane, LaneState.PARKED)
        assert work.results == [0]
        assert world.burning == {}
        seat.allow(100)
        await work.over.wait()
        assert work.results == [0, 1]

    with_lane(story)


def test_a_waiting_that_crossed_an_allow_on_the_way_is_out_of_date() -> None:
    async def story(lane: Lane, world: World) -> None:
        seat = lane.begin(work := errand(1, 50, until=1))
        await asyncio.sleep(1.5)  # the worker has arrived at the gate, and its message is on the way
        seat.allow(2)
        seat.allow(0)
        seat.allow(2)
        for _ in range(10):
            await asyncio.sleep(0.2)
            assert lane.state is LaneState.RUNNING
        await work.over.wait()

    with_lane(story, world=World(delay_s=0.5))


def test_every_job_counts_its_own_limits() -> None:
    async def story(lane: Lane, world: World) -> None:
        for _ in range(2):
            seat = lane.begin(work := errand(1, 1, 1, until=1))
            await state_is(lane, LaneState.PARKED)
            assert work.results == [0]
            seat.allow(2)
            await state_is(lane, LaneState.PARKED)
            assert work.results == [0, 1]
            seat.allow(100)
            await work.over.wait()

    with_lane(story)


def test_an_idle_worker_has_no_limit() -> None:
    async def story(lane: Lane, world: World) -> None:
        lane.begin(work := errand(1, budget_s=5))
        await work.over.wait()
        await asyncio.sleep(3000)
        assert lane.health().falls == 0

    with_lane(story)


def test_nothing_arrives_after_cancelling() -> None:
    async def story(lane: Lane, world: World) -> None:
        seat = lane.begin(work := errand(1, 1, 1))
        await asyncio.sleep(1.5)
        seat.cancel()
        seat.cancel()
        seat.allow(100)
        await state_is(lane, LaneState.IDLE)
        assert (work.results, work.ends) == ([0], [])
        assert len(world.workers) == 1

    with_lane(story)


def test_cancelling_parked_work_frees_the_lane() -> None:
    async def story(lane: Lane, world: World) -> None:
        seat = lane.begin(work := errand(1, 1, until=1))
        await state_is(lane, LaneState.PARKED)
        seat.cancel()
        await state_is(lane, LaneState.IDLE)
        assert (work.results, work.ends) == ([0], [])

    with_lane(story)


def test_who_does_not_stop_is_killed() -> None:
    async def story(lane: Lane, world: World) -> None:
        seat = lane.begin(work := errand(1, 60, deaf=True))
        await asyncio.sleep(1.5)
        cancelled = clock.now()
        seat.cancel()
        await state_is(lane, LaneState.DOWN)
        assert clock.now() - cancelled == pytest.approx(SETTINGS.cancel_grace_s)
        assert lane.health().problem == "a tts engine did not stop within 2 s"
        await state_is(lane, LaneState.IDLE)
        assert (work.results, work.ends) == ([0], [])

    with_lane(story)


def test_what_keeps_crashing_gives_way_to_the_next_engine() -> None:
    async def story(lane: Lane, world: World) -> None:
        for _ in range(3):
            await state_is(lane, LaneState.IDLE)
            assert not lane.health().degraded
            lane.begin(work := errand(1, end=End.DIE))
            await work.over.wait()
        await state_is(lane, LaneState.IDLE)
        assert world.started == ["good", "good", "good", "plain"]
        assert (lane.health().engine, lane.health().degraded) == ("plain", True)

    with_lane(story, spec(TTS, name="good"), spec(TTS, name="plain"))


def test_an_engine_that_cannot_start_gives_way_at_once() -> None:
    async def story(lane: Lane, world: World) -> None:
        assert world.started == ["good", "plain"]
        assert lane.health().problem == "no such model"

    with_lane(story, spec(TTS, name="good", fate=End.FAIL), spec(TTS, name="plain"))


@pytest.mark.parametrize(
    ("fate", "tries", "problem"),
    [
        (End.FAIL, 1, "no such model"),
        (End.DIE, 3, "a tts engine died"),
        (End.HANG, 3, "a tts engine was not ready within 20 s"),
    ],
)
def test_opening_fails_when_nothing_works(fate: End, tries: int, problem: str) -> None:
    async def main() -> None:
        world = World()
        lane = Lane([spec(TTS, fate=fate)], SETTINGS, world.launch)
        with pytest.raises(EngineError) as failure:
            await lane.open()
        assert failure.value.problem == problem
        assert len(world.started) == tries
        await lane.close()

    run(main())


def test_after_long_enough_a_lane_is_out_of_order_until_it_is_back() -> None:
    async def story(lane: Lane, world: World) -> None:
        down = clock.now()
        lane.begin(work := errand(1, end=End.DIE))
        await state_is(lane, LaneState.OUT)
        assert clock.now() - down == pytest.approx(1 + SETTINGS.patience_s, abs=0.01)
        assert len(work.ends) == 1
        assert lane.out_of_order().problem == "a tts engine is out of order: a tts engine died"
        await state_is(lane, LaneState.IDLE)
        await asyncio.sleep(100)
        assert lane.state is LaneState.IDLE

    with_lane(story, spec(TTS, load_s=7))


def test_failing_to_come_back_does_not_prolong_the_wait() -> None:
    async def story(lane: Lane, world: World) -> None:
        lane.begin(errand(1, end=End.DIE))
        world.fate = End.DIE
        await state_is(lane, LaneState.DOWN)
        down = clock.now()
        await state_is(lane, LaneState.OUT)
        assert clock.now() - down == pytest.approx(SETTINGS.patience_s)
        world.fate = End.WELL
        await state_is(lane, LaneState.IDLE)

    with_lane(story)


def test_closing_ends_the_work() -> None:
    async def main() -> None:
        world = World()
        lane = Lane([spec(TTS)], SETTINGS, world.launch)
        await lane.open()
        lane.begin(work := errand(100))
        await lane.close()
        [error] = work.ends
        assert isinstance(error, EngineError)
        assert lane.state is LaneState.OUT

    run(main())


def test_closing_in_the_middle_of_opening() -> None:
    async def main() -> None:
        world = World()
        lane = Lane([spec(TTS, load_s=10)], SETTINGS, world.launch)
        opening = asyncio.create_task(lane.open())
        await asyncio.sleep(1)
        opening.cancel()
        await asyncio.wait({opening})
        await lane.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


def test_health_names_what_matters() -> None:
    async def story(lane: Lane, world: World) -> None:
        health = lane.health()
        assert (health.stage, health.engine, health.state) == (TTS, "a tts engine", LaneState.IDLE)
        assert (health.degraded, health.falls, health.load_s, health.rss) == (False, 0, 3, 1)

    with_lane(story, spec(TTS, load_s=3))


BOTH = [spec(TTS, name="large"), spec(TTS, name="small")]


def test_other_engines_are_used_from_the_next_idle_moment_on() -> None:
    async def story(lane: Lane, world: World) -> None:
        before = lane.moves
        lane.begin(work := errand(1, 1))
        await asyncio.sleep(0.5)
        lane.refit(BOTH, 1, "memory is short")
        await work.over.wait()
        assert work.ends == [None], "what is being said is said to its end"
        assert lane.state is LaneState.DOWN
        await state_is(lane, LaneState.IDLE)
        health = lane.health()
        assert (health.engine, health.falls, health.degraded) == ("small", 0, True)
        assert lane.moves != before, "whoever told the old one something must say it again"
        lane.begin(work := errand(0.1))
        await work.over.wait()
        assert work.ends == [None]

    with_lane(story, *BOTH)


def test_the_same_engines_change_nothing() -> None:
    async def story(lane: Lane, world: World) -> None:
        lane.refit([spec(TTS)], 0, "all is well")
        assert lane.state is LaneState.IDLE
        await asyncio.sleep(100)
        assert len(world.workers) == 1

    with_lane(story)


def test_without_engines_a_lane_takes_no_memory_until_it_has_some_again() -> None:
    async def story(lane: Lane, world: World) -> None:
        lane.refit([], 0, "memory is short")
        assert lane.state is LaneState.OUT
        await asyncio.sleep(100)
        assert len(world.workers) == 1
        assert (
            lane.out_of_order().problem
            == "a tts engine is out of order: a tts engine gives way: memory is short"
        )
        lane.refit([spec(TTS)], 0, "there is room again")
        await state_is(lane, LaneState.IDLE)
        assert len(world.workers) == 2
        assert lane.health().falls == 0

    with_lane(story)


def test_engines_that_are_replaced_while_they_load_are_not_used() -> None:
    async def story(lane: Lane, world: World) -> None:
        lane.refit([spec(TTS, slow=1, load_s=10)], 0, "there is room again")
        await asyncio.sleep(5)
        lane.refit([spec(TTS, slow=2)], 0, "memory is short")
        await state_is(lane, LaneState.IDLE)
        assert lane.spec.kwargs == {"slow": 2}
        assert len(world.workers) == 3

    with_lane(story)


def test_a_worker_is_renewed_only_while_it_has_nothing_to_do() -> None:
    async def story(lane: Lane, world: World) -> None:
        lane.begin(work := errand(1))
        lane.renew("it has grown")
        await work.over.wait()
        assert work.ends == [None]
        assert lane.state is LaneState.IDLE
        lane.renew("it has grown")
        await state_is(lane, LaneState.IDLE)
        assert (len(world.workers), lane.health().falls) == (2, 0)

    with_lane(story)
