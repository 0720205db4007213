"""How jobs end before their time: left, cancelled, failed, refused, and closed with everything."""

import asyncio

import pytest

from appliance.core.errors import Cancelled, EngineError
from appliance.core.speech import Stage
from appliance.inference.job import Job, Priority
from appliance.inference.lane import Lane
from appliance.inference.lane_state import LaneState
from appliance.inference.scheduler import Scheduler
from appliance.inference.settings import InferenceSettings
from tests.inference.diary import LLM, STT, TTS, Diary, tell
from tests.inference.scripted import End, World, job, spec
from tests.virtual_time import run


def test_leaving_early_cancels_the_job() -> None:
    async def story(diary: Diary) -> None:
        async with diary.scheduler.stream(job(LLM, Priority.DECODE, [1] * 100)) as results:
            assert await anext(results) == 0
        await diary.read(job(LLM, Priority.DECODE, [1]), "next")
        assert diary.lines == [(2.0, "next 0"), (2.0, "next done")]
        assert diary.scheduler.health().cancelled == 1

    tell(story)


def test_cancelling_the_caller_cancels_the_job() -> None:
    async def story(diary: Diary) -> None:
        caller = asyncio.create_task(diary.scheduler.call(job(LLM, Priority.DECODE, [100])))
        await asyncio.sleep(1)
        caller.cancel()
        await asyncio.wait({caller})
        assert caller.cancelled()
        await diary.read(job(LLM, Priority.DECODE, [1]), "next")
        assert diary.lines[-1] == (2.0, "next done")

    tell(story)


def test_nothing_arrives_after_leaving_not_even_what_is_only_unread() -> None:
    async def story(diary: Diary) -> None:
        async with diary.scheduler.stream(job(TTS, Priority.FIRST_CLAUSE, [1] * 3)) as results:
            await asyncio.sleep(3.5)  # over, and all three results are in the hands of the ticket
            assert await anext(results) == 0
        with pytest.raises(Cancelled):
            await anext(results)

    tell(story)


def test_a_caller_that_is_cancelled_while_it_waits_leaves_the_queue() -> None:
    async def story(diary: Diary) -> None:
        running = diary.read(job(LLM, Priority.DECODE, [5]), "running")
        waiting = diary.read(job(STT, Priority.PARTIAL, [1]), "waiting")
        await asyncio.sleep(1)
        assert diary.scheduler.health().waiting == 1
        waiting.cancel()
        await asyncio.wait({waiting})
        assert diary.scheduler.health().waiting == 0
        await running

    tell(story)


def test_a_failure_comes_after_the_results_before_it() -> None:
    async def story(diary: Diary) -> None:
        await diary.read(job(LLM, Priority.DECODE, [1, 1], end=End.FAIL), "llm", pause_s=5)
        assert diary.lines == [(1.0, "llm 0"), (6.0, "llm 1"), (11.0, "llm scripted")]
        assert diary.scheduler.health().failed == 1

    tell(story)


def test_a_job_waits_for_an_engine_that_is_coming_back() -> None:
    async def story(diary: Diary) -> None:
        await diary.read(job(LLM, Priority.DECODE, [1], end=End.DIE), "unlucky")
        await diary.read(job(LLM, Priority.DECODE, [1]), "patient")
        assert diary.lines == [
            (1.0, "unlucky 0"),
            (1.0, "unlucky a llm engine died"),
            (5.1, "patient 0"),
            (5.1, "patient done"),
        ]

    tell(story, spec(LLM, load_s=3))


def test_nobody_waits_for_an_engine_that_stays_away() -> None:
    async def story(diary: Diary) -> None:
        await diary.read(job(LLM, Priority.DECODE, [1], end=End.DIE), "unlucky")
        for name in ("patient", "late"):
            await diary.read(job(LLM, Priority.DECODE, [1]), name)
        gone = "a llm engine is out of order: a llm engine died"
        assert diary.lines[2:] == [(6.0, f"patient {gone}"), (6.0, f"late {gone}")]

    tell(story, spec(LLM, load_s=30), patience_s=5)


def test_a_full_queue_refuses_the_least_urgent_newcomer() -> None:
    async def story(diary: Diary) -> None:
        readers = [diary.read(job(LLM, Priority.DECODE, [1]), "running")]
        await asyncio.sleep(0)
        for number in range(3):
            readers.append(diary.read(job(LLM, Priority.PARTIAL, [1]), f"partial {number}"))
            await asyncio.sleep(0)
        readers.append(diary.read(job(LLM, Priority.TRANSCRIPT, [1]), "transcript"))
        await asyncio.wait(readers)
        assert diary.lines[:2] == [
            (0.0, "partial 2 overloaded: 2 jobs are waiting already"),
            (0.0, "partial 1 overloaded: 2 jobs are waiting already"),
        ]
        assert diary.lines[-1] == (3.0, "partial 0 done")

    tell(story, queue_limit=2)


def test_a_stage_without_an_engine_is_an_error() -> None:
    async def story(diary: Diary) -> None:
        with pytest.raises(EngineError, match="no engine for tts"):
            await diary.scheduler.call(job(TTS, Priority.SPEECH, [1]))

    tell(story, spec(LLM))


def test_a_job_that_cannot_travel_fails_where_it_was_written() -> None:
    async def story(diary: Diary) -> None:
        asked = Job[int](LLM, "act", (lambda: 0,), Priority.DECODE, "session", 1, 1.0)
        with pytest.raises(AttributeError, match="pickle"):
            await diary.scheduler.call(asked)

    tell(story)


def test_health_counts_and_measures() -> None:
    async def story(diary: Diary) -> None:
        running = diary.read(job(LLM, Priority.DECODE, [5]), "running")
        waiting = diary.read(job(STT, Priority.PARTIAL, [1]), "waiting")
        await asyncio.sleep(2)
        health = diary.scheduler.health()
        assert (health.cores, health.busy, health.waiting, health.oldest_s) == (1, 1, 1, 2)
        assert [lane.state for lane in health.lanes] == [LaneState.IDLE, LaneState.RUNNING, LaneState.IDLE]
        await asyncio.wait([running, waiting])

    tell(story)


def test_a_core_is_spare_when_nobody_waits_for_one() -> None:
    async def story(diary: Diary) -> None:
        scheduler = diary.scheduler
        assert scheduler.spare()
        first = diary.read(job(LLM, Priority.DECODE, [1]), "first")
        await asyncio.sleep(0.5)
        assert scheduler.spare()
        second = diary.read(job(LLM, Priority.DECODE, [1]), "waits for its engine")
        await asyncio.sleep(0)
        assert not scheduler.spare()
        await first
        third = diary.read(job(STT, Priority.PARTIAL, [1]), "takes the other core")
        await asyncio.sleep(0)
        assert not scheduler.spare()
        await asyncio.wait([second, third])
        assert scheduler.spare()

    tell(story, cores=2)


def test_a_stream_that_waits_for_its_reader_leaves_its_core_to_others() -> None:
    async def story(diary: Diary) -> None:
        slow = diary.read(job(LLM, Priority.DECODE, [0.1] * 4), "slow", pause_s=10)
        await asyncio.sleep(5)
        assert diary.scheduler.spare()
        await slow

    tell(story, window=1)


def test_closing_fails_what_runs_and_what_waits() -> None:
    async def story(diary: Diary) -> None:
        readers = [diary.read(job(LLM, Priority.DECODE, [100]), name) for name in ("running", "waiting")]
        await asyncio.sleep(1)
        await diary.scheduler.close()
        await asyncio.wait(readers)
        assert diary.lines == [
            (1.0, "running a llm engine was shut down"),
            (1.0, "waiting a llm engine is out of order: it was shut down"),
        ]
        with pytest.raises(EngineError, match="out of order"):
            await diary.scheduler.call(job(LLM, Priority.DECODE))

    tell(story)


def test_opening_tells_which_engines_are_ready() -> None:
    async def main() -> None:
        world, settings, risen = World(), InferenceSettings(cores=1), list[Stage]()
        specs = [spec(LLM), spec(TTS, fate=End.FAIL)]
        scheduler = Scheduler([Lane([each], settings, world.launch) for each in specs], settings)
        await scheduler.open(anyhow=True, risen=risen.append)
        await scheduler.close()
        assert risen == [LLM]

    run(main())


def test_opening_reports_a_stage_that_cannot_work() -> None:
    async def main() -> None:
        world, settings = World(), InferenceSettings(cores=1)
        specs = [spec(LLM), spec(TTS, fate=End.FAIL)]
        scheduler = Scheduler([Lane([each], settings, world.launch) for each in specs], settings)
        with pytest.raises(EngineError, match="no such model"):
            await scheduler.open()
        await scheduler.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())
