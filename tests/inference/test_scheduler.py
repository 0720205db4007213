"""Who runs when, on the virtual clock and with scripted workers."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from appliance.core import clock
from appliance.core.errors import Cancelled, EngineError
from appliance.core.speech import Stage
from appliance.inference.job import Job, Priority
from appliance.inference.lane import Lane
from appliance.inference.lane_state import LaneState
from appliance.inference.scheduler import Scheduler
from appliance.inference.settings import InferenceSettings
from appliance.inference.spec import EngineSpec
from tests.inference.scripted import End, World, job, spec
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


def test_a_call_returns_its_one_result() -> None:
    async def story(diary: Diary) -> None:
        assert await diary.scheduler.call(job(STT, Priority.TRANSCRIPT, [1])) == 0
        assert diary.scheduler.health().completed == 1

    tell(story)


def test_a_job_that_is_forgotten_is_known_by_its_number() -> None:
    async def story(diary: Diary) -> None:
        scheduler, (lane, *_) = diary.scheduler, diary.scheduler.lanes
        assert scheduler.neglected() is None
        lane.changed = lambda: None  # a bug: nobody tells the scheduler that the engine is back
        first = diary.read(job(STT, Priority.TRANSCRIPT, [1], end=End.DIE), "first")
        second = diary.read(job(STT, Priority.TRANSCRIPT, [1]), "second")
        await first
        await asyncio.sleep(5)
        forgotten = scheduler.neglected()
        assert forgotten is not None
        await asyncio.sleep(5)
        assert scheduler.neglected() == forgotten
        await scheduler.call(job(LLM, Priority.DECODE, [1]))  # any change applies the rule again
        await second
        assert scheduler.neglected() is None

    tell(story)


def test_while_engines_are_supervised_nothing_is_abandoned() -> None:
    async def story(diary: Diary) -> None:
        assert diary.scheduler.abandoned() == ()

    tell(story)
    assert Scheduler([Lane([spec(STT)], InferenceSettings())], InferenceSettings()).abandoned() == (STT,)


def test_a_stream_gives_results_as_they_come() -> None:
    async def story(diary: Diary) -> None:
        await diary.read(job(LLM, Priority.DECODE, [1, 1]), "llm")
        assert diary.lines == [(1.0, "llm 0"), (2.0, "llm 1"), (2.0, "llm done")]

    tell(story)


def test_more_urgent_jobs_go_first_and_equals_in_order() -> None:
    async def story(diary: Diary) -> None:
        readers = [
            diary.read(job(stage, priority, [1]), name)
            for stage, priority, name in [
                (LLM, Priority.FIRST_CLAUSE, "holds the core"),
                (STT, Priority.PARTIAL, "partial"),
                (TTS, Priority.SPEECH, "clause 2"),
                (TTS, Priority.SPEECH, "clause 3"),
                (STT, Priority.TRANSCRIPT, "transcript"),
            ]
        ]
        await asyncio.wait(readers)
        order = [line for _, line in diary.lines if line.endswith("done")]
        assert order == [
            "holds the core done",
            "transcript done",
            "clause 2 done",
            "clause 3 done",
            "partial done",
        ]

    tell(story)


def test_jobs_run_side_by_side_where_there_are_cores() -> None:
    async def story(diary: Diary) -> None:
        await asyncio.wait([diary.read(job(stage, Priority.DECODE, [1]), stage) for stage in (STT, LLM, TTS)])
        assert [when for when, what in diary.lines if what.endswith("done")] == [1.0] * 3

    tell(story, cores=3)


def test_a_stream_makes_room_within_one_result_and_goes_on_afterwards() -> None:
    async def story(diary: Diary) -> None:
        thinking = diary.read(job(LLM, Priority.DECODE, [1] * 4), "llm")
        await asyncio.sleep(1.5)
        speaking = diary.read(job(TTS, Priority.FIRST_CLAUSE, [10]), "tts")
        await asyncio.wait([thinking, speaking])
        assert diary.lines == [
            (1.0, "llm 0"),
            (2.0, "llm 1"),
            (12.0, "tts 0"),
            (12.0, "tts done"),
            (13.0, "llm 2"),
            (14.0, "llm 3"),
            (14.0, "llm done"),
        ]

    tell(story)


def test_only_as_many_streams_make_room_as_must_and_the_least_urgent_first() -> None:
    async def story(diary: Diary) -> None:
        answer = diary.read(job(LLM, Priority.DECODE, [1] * 5), "answer")
        guess = diary.read(job(TTS, Priority.SPECULATION, [1] * 5), "guess")
        await asyncio.sleep(0.5)
        await diary.read(job(STT, Priority.TRANSCRIPT, [1.5]), "transcript")
        await asyncio.wait([answer, guess])
        assert (5.0, "answer done") in diary.lines
        assert diary.lines[-1] == (6.5, "guess done")

    tell(story, cores=2)


def test_a_call_is_not_asked_to_make_room_since_it_cannot() -> None:
    async def story(diary: Diary) -> None:
        thinking = diary.read(job(LLM, Priority.DECODE, [1] * 4), "llm")
        partial = asyncio.create_task(diary.scheduler.call(job(STT, Priority.PARTIAL, [50])))
        await asyncio.sleep(0.5)
        await diary.read(job(TTS, Priority.FIRST_CLAUSE, [1]), "tts")
        assert diary.lines == [(1.0, "llm 0"), (2.0, "tts 0"), (2.0, "tts done")]
        await asyncio.wait([thinking, partial])

    tell(story, cores=2)


def test_who_was_asked_to_make_room_is_not_asked_again() -> None:
    async def story(diary: Diary) -> None:
        thinking = diary.read(job(LLM, Priority.DECODE, [1] * 4), "llm")
        await asyncio.sleep(0.1)
        urgent = [diary.read(job(TTS, Priority.FIRST_CLAUSE, [1]), f"tts {number}") for number in range(3)]
        await asyncio.sleep(0.1)
        assert diary.world.allowed == [0]
        await asyncio.wait([thinking, *urgent])

    tell(story)


def test_equals_do_not_displace_each_other() -> None:
    async def story(diary: Diary) -> None:
        first = diary.read(job(LLM, Priority.DECODE, [1] * 3), "first")
        second = diary.read(job(TTS, Priority.DECODE, [1]), "second")
        await asyncio.wait([first, second])
        assert diary.lines[-1] == (4.0, "second done")

    tell(story)


def test_nobody_slips_past_a_job_that_waits_for_several_cores() -> None:
    async def story(diary: Diary) -> None:
        running = diary.read(job(STT, Priority.TRANSCRIPT, [2]), "stt")
        wide = diary.read(job(LLM, Priority.DECODE, [1]), "llm")
        narrow = diary.read(job(TTS, Priority.BACKGROUND, [5]), "tts")
        await asyncio.wait([running, wide, narrow])
        assert [line for line in diary.lines if "done" in line[1]] == [
            (2.0, "stt done"),
            (3.0, "llm done"),
            (8.0, "tts done"),
        ]

    tell(story, spec(STT), spec(LLM, threads=2), spec(TTS), cores=2)


def test_an_engine_wider_than_the_machine_runs_alone() -> None:
    async def story(diary: Diary) -> None:
        await asyncio.wait(
            [
                diary.read(job(LLM, Priority.DECODE, [1]), "llm"),
                diary.read(job(STT, Priority.PARTIAL, [1]), "stt"),
            ]
        )
        assert diary.lines[-1] == (2.0, "stt done")

    tell(story, spec(STT), spec(LLM, threads=8), cores=2)


def test_who_holds_a_lane_inherits_the_urgency_of_those_who_wait_for_it() -> None:
    async def story(diary: Diary) -> None:
        guess = diary.read(job(LLM, Priority.SPECULATION, [1, 1]), "guess")
        await asyncio.sleep(0.5)
        partial = diary.read(job(STT, Priority.PARTIAL, [100]), "partial")
        answer = diary.read(job(LLM, Priority.DECODE, [1]), "answer")
        await asyncio.wait([guess, partial, answer])
        done = [line for line in diary.lines if "done" in line[1]]
        assert done == [(2.0, "guess done"), (3.0, "answer done"), (103.0, "partial done")]

    tell(story)


def test_a_slow_reader_holds_up_its_engine_and_nobody_else() -> None:
    async def story(diary: Diary) -> None:
        slow = diary.read(job(LLM, Priority.DECODE, [0.1] * 8, budget_s=1), "slow", pause_s=10)
        await asyncio.sleep(0.05)
        await diary.read(job(STT, Priority.BACKGROUND, [5]), "stt")
        assert diary.lines[-1] == (5.4, "stt done")  # after the four results of the window
        await slow
        assert diary.lines[-1] == (80.1, "slow done")  # eight pauses, and no budget ran out meanwhile

    tell(story, window=4)


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
