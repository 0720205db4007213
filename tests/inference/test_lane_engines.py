"""How a lane is, and how its engines are changed and renewed while it is open."""

import asyncio

from appliance.inference.lane import Lane
from appliance.inference.lane_state import LaneState
from tests.inference.errand import BOTH, TTS, errand, state_is, with_lane
from tests.inference.scripted import World, spec


def test_health_names_what_matters() -> None:
    async def story(lane: Lane, world: World) -> None:
        health = lane.health()
        assert (health.stage, health.engine, health.state) == (TTS, "a tts engine", LaneState.IDLE)
        assert (health.degraded, health.falls, health.load_s, health.rss) == (False, 0, 3, 1)

    with_lane(story, spec(TTS, load_s=3))


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
