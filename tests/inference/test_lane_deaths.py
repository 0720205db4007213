"""Workers that die, stand still, cannot start or stay away, on the virtual clock."""

import asyncio

import pytest

from appliance.core import clock
from appliance.core.errors import EngineError
from appliance.inference.lane import Lane
from appliance.inference.lane_state import LaneState
from tests.inference.errand import SETTINGS, TTS, errand, state_is, with_lane
from tests.inference.scripted import End, World, spec
from tests.virtual_time import run


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
