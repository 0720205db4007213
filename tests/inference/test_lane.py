"""Work on a lane, on the virtual clock and with scripted workers: its limits, its parking and its end."""

import asyncio

import pytest

from appliance.core import clock
from appliance.core.errors import EngineError
from appliance.inference.lane import Lane
from appliance.inference.lane_state import LaneState
from tests.inference.errand import SETTINGS, errand, state_is, with_lane
from tests.inference.scripted import End, World


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
