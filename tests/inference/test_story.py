"""What a job waited for, told by the scheduler on the virtual clock."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from appliance.core import clock
from appliance.core.errors import EngineError
from appliance.core.speech import Stage
from appliance.inference.job import Priority
from appliance.inference.lane import Lane
from appliance.inference.scheduler import Scheduler
from appliance.inference.settings import InferenceSettings
from appliance.inference.story import MOST_WAITS, Blame, JobStory
from tests.inference.diary import Diary
from tests.inference.scripted import End, World, job, spec
from tests.virtual_time import run

STT, LLM, TTS = Stage.STT, Stage.LLM, Stage.TTS


def told(story: Callable[[Diary], Coroutine[Any, Any, None]]) -> list[JobStory]:
    """The stories of all jobs, in the order in which they ended."""
    stories: list[JobStory] = []

    async def main() -> None:
        world, settings = World(), InferenceSettings(cores=1)
        lanes = [Lane([spec(stage)], settings, world.launch) for stage in (STT, LLM, TTS)]
        scheduler = Scheduler(lanes, settings)
        scheduler.told = stories.append
        await scheduler.open()
        try:
            await story(Diary(scheduler, world))
        finally:
            await scheduler.close()

    run(main())
    return stories


def test_a_job_that_waits_for_nobody() -> None:
    async def story(diary: Diary) -> None:
        await diary.read(job(LLM, Priority.DECODE, [1, 1]), "llm")

    (only,) = told(story)
    assert (only.stage, only.results, only.waits, only.failure) == (LLM, 2, [], "")
    assert (only.began, only.engine) == (only.asked, "a llm engine")
    assert only.first == pytest.approx(only.asked + 1, abs=0.01)
    assert only.ended == pytest.approx(only.asked + 2, abs=0.01)


def test_a_job_behind_somebody_elses() -> None:
    async def story(diary: Diary) -> None:
        theirs = replace(job(LLM, Priority.DECODE, [2]), session="theirs")
        reader = diary.read(theirs, "theirs")
        await clock.sleep_until(clock.now() + 0.5)
        await diary.scheduler.call(job(STT, Priority.TRANSCRIPT, [1]))
        await reader

    mine = next(story for story in told(story) if story.stage is STT)
    assert mine.waited_s(Blame.OTHERS) == pytest.approx(1.5, abs=0.01)
    assert mine.waited_s(Blame.OWN) == 0
    assert [wait.behind for wait in mine.waits] == [LLM]


def test_a_job_behind_another_of_the_same_conversation() -> None:
    async def story(diary: Diary) -> None:
        reader = diary.read(job(LLM, Priority.DECODE, [1]), "first")
        await diary.read(job(LLM, Priority.DECODE, [1]), "second")
        await reader

    assert told(story)[1].waited_s(Blame.OWN) == pytest.approx(1, abs=0.01)


def test_a_model_that_was_parked_while_the_voice_spoke() -> None:
    async def story(diary: Diary) -> None:
        reader = diary.read(job(LLM, Priority.DECODE, [1, 1, 1]), "llm")
        await clock.sleep_until(clock.now() + 0.5)
        await diary.read(job(TTS, Priority.FIRST_CLAUSE, [2]), "tts")
        await reader

    model = next(story for story in told(story) if story.stage is LLM)
    assert model.waited_s(Blame.PARKED) == pytest.approx(2, abs=0.05)
    assert [wait.behind for wait in model.waits] == [TTS]
    assert model.results == 3


def test_a_job_whose_engine_is_started_again() -> None:
    async def story(diary: Diary) -> None:
        with pytest.raises(EngineError):
            await diary.scheduler.call(job(LLM, Priority.DECODE, [1], end=End.DIE))
        await diary.scheduler.call(job(LLM, Priority.DECODE, [1]))

    broken, waited = told(story)
    assert broken.failure == "EngineError"
    assert waited.waited_s(Blame.ENGINE) == pytest.approx(0.1, abs=0.05)
    assert waited.waits[0].behind is LLM
    assert (broken.cold, waited.cold) == (True, True)


def test_whose_conversation_an_engine_remembers() -> None:
    async def story(diary: Diary) -> None:
        asked = job(LLM, Priority.DECODE, [1])
        for session in ("one", "one", "two", "one"):
            await diary.scheduler.call(replace(asked, session=session))

    assert [story.cold for story in told(story)] == [True, False, True, True]


def test_a_job_that_is_stopped_for_ever_keeps_few_waits() -> None:
    async def story() -> None:
        stopped = JobStory(LLM, "generate", "room", 1, clock.now())
        for _ in range(MOST_WAITS * 2):
            stopped.stand(Blame.PARKED)
            await clock.sleep_until(clock.now() + 1)
            stopped.stand(None)
        assert len(stopped.waits) == MOST_WAITS

    run(story())
