"""Who runs when, on the virtual clock and with scripted workers."""

import asyncio

from appliance.inference.job import Priority
from appliance.inference.lane import Lane
from appliance.inference.scheduler import Scheduler
from appliance.inference.settings import InferenceSettings
from tests.inference.diary import LLM, STT, TTS, Diary, tell
from tests.inference.scripted import End, job, spec


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
