"""Several pieces of work in one worker: who sits where, and what becomes of the others."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace

import pytest

from appliance.core import clock
from appliance.core.errors import EngineError
from appliance.core.speech import Stage
from appliance.inference.job import LOCAL, Job, Priority
from appliance.inference.lane import Lane
from appliance.inference.lane_state import LaneState
from appliance.inference.scheduler import Scheduler
from appliance.inference.settings import InferenceSettings
from appliance.inference.story import JobStory
from tests.inference.scripted import End, World, job, spec
from tests.virtual_time import run

LLM, TTS = Stage.LLM, Stage.TTS
SETTINGS = InferenceSettings(cores=1, window=4, restart_delay_s=1)


class House:
    """A model with three seats, and a voice, on one core."""

    def __init__(self, seats: int = 3) -> None:
        self.world = World()
        self.model = Lane([spec(LLM, seats=seats)], SETTINGS, self.world.launch)
        self.voice = Lane([spec(TTS)], SETTINGS, self.world.launch)
        self.scheduler = Scheduler([self.model, self.voice], SETTINGS)
        self.stories: list[JobStory] = []
        self.scheduler.told = self.stories.append

    def reads(self, asked: Job[int], every_s: float = 0.0) -> "asyncio.Task[float]":
        """Have somebody read all of it. Its result: when it was over."""

        async def read() -> float:
            async with self.scheduler.stream(asked) as results:
                async for _ in results:
                    await asyncio.sleep(every_s)
            return round(clock.now() - self.began, 1)

        return asyncio.create_task(read())

    async def tell(self, story: Callable[["House"], Coroutine[None, None, None]]) -> None:
        await self.scheduler.open()
        self.began = clock.now()
        await story(self)
        await self.scheduler.close()


def tell(story: Callable[[House], Coroutine[None, None, None]], seats: int = 3) -> None:
    run(House(seats).tell(story))


def answer(
    session: str, *steps_s: float, end: End = End.WELL, priority: Priority = Priority.DECODE
) -> Job[int]:
    return replace(job(LLM, priority, steps_s or [1.0] * 4, end=end), session=session)


def test_several_are_answered_at_the_same_time_on_the_cores_of_one() -> None:
    async def story(house: House) -> None:
        ends = await asyncio.gather(*(house.reads(answer(name)) for name in "abc"))
        assert ends == [4.0, 4.0, 4.0]
        assert house.world.together == 3
        assert house.world.within(1)

    tell(story)


def test_one_too_many_waits_for_a_seat() -> None:
    async def story(house: House) -> None:
        assert await asyncio.gather(*(house.reads(answer(name)) for name in "abc")) == [4.0, 4.0, 8.0]

    tell(story, seats=2)


def test_a_slow_reader_keeps_nobody_from_being_answered() -> None:
    async def story(house: House) -> None:
        slow = house.reads(answer("slow", *[0.1] * 10), every_s=5.0)
        await asyncio.sleep(2)
        assert house.model.state is LaneState.PARKED
        assert await house.reads(answer("quick", *[0.1] * 4)) == 2.4
        slow.cancel()

    tell(story)


def test_a_conversation_sits_where_it_sat_even_if_it_has_to_wait_for_that() -> None:
    async def story(house: House) -> None:
        for name in ("a", "b", "a", "c", "b", "d", "a"):
            await house.reads(answer(name, 0.1))
        assert [each.cold for each in house.stories] == [True, True, False, True, False, True, True]
        ends = await asyncio.gather(house.reads(answer("a", 1.0)), house.reads(answer("a", 1.0)))
        assert ends[1] - ends[0] == pytest.approx(1.0, abs=0.11), "one dialogue is not read at two seats"

    tell(story)


def test_room_for_somebody_else_is_made_by_all_who_sit_there() -> None:
    async def story(house: House) -> None:
        answers = [house.reads(answer(name)) for name in "abc"]
        await asyncio.sleep(1.5)
        await house.scheduler.call(job(TTS, Priority.FIRST_CLAUSE, [1.0]))
        assert clock.now() - house.began == pytest.approx(3.0, abs=0.1), "at their next result"
        assert house.world.within(1)
        assert await asyncio.gather(*answers) == [5.0, 5.0, 5.0]

    tell(story)


def test_nobody_sits_beside_the_boxs_own_microphone() -> None:
    async def story(house: House) -> None:
        guests = [house.reads(answer(name)) for name in "ab"]
        await asyncio.sleep(1.5)
        local = house.reads(answer(LOCAL, 1.0, 1.0))
        await asyncio.sleep(0.1)
        late = house.reads(answer("c", 1.0))
        assert await local == 3.5
        assert await late == 4.5
        assert await asyncio.gather(*guests) == [5.5, 5.5]

    tell(story, seats=4)


def test_what_the_box_reads_ahead_stops_nobodys_answer() -> None:
    async def story(house: House) -> None:
        guest = house.reads(answer("a"))
        await asyncio.sleep(0.5)
        await house.scheduler.call(answer(LOCAL, 1.0, priority=Priority.SPECULATION))
        assert await guest == 4.0

    tell(story)


def test_one_fails_and_the_others_go_on_and_all_fail_when_the_worker_dies() -> None:
    async def story(house: House) -> None:
        failing = house.reads(answer("a", 1.0, end=End.FAIL))
        other = house.reads(answer("b"))
        with pytest.raises(EngineError):
            await failing
        assert await other == 4.0
        both = [house.reads(answer("a", 1.0, end=End.DIE)), house.reads(answer("b", *[1.0] * 9))]
        assert {type(each) for each in await asyncio.gather(*both, return_exceptions=True)} == {EngineError}
        assert await house.reads(answer("b", 1.0))
        assert house.stories[-1].cold, "the new worker knows nothing"

    tell(story)


def test_an_engine_gives_way_when_all_its_seats_are_idle_and_takes_no_more_work_before() -> None:
    async def story(house: House) -> None:
        last = house.reads(answer("a"))
        await asyncio.sleep(0.5)
        house.model.refit([spec(LLM, name="smaller", seats=1)], 0, "memory is short")
        late = house.reads(answer("b", 1.0))
        assert await last == 4.0
        assert await late > 4.9
        assert house.model.spec.name == "smaller"
        assert house.model.health().seats == 1

    tell(story)
