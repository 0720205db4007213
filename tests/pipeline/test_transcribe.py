"""Following an utterance: what the recogniser is given, when, and what comes back."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from random import Random
from typing import Any

import numpy as np
import pytest

from appliance.core import clock
from appliance.core.audio import Samples
from appliance.core.errors import EngineError
from appliance.core.speech import Partial, Stage, Transcript
from appliance.inference.job import Job, Priority
from appliance.pipeline.listen import Utterance
from appliance.pipeline.transcribe import BLOCK, LONGEST_BLOCK, Transcription, transcribe
from appliance.pipeline.trust import TRIES
from tests.fakes import Script, ScriptedInference
from tests.virtual_time import run

WINDOW = 512
WINDOW_S = WINDOW / 16_000


class Ear(ScriptedInference):
    """A recogniser that knows exactly what it was given, one job at a time.

    A job takes effect somewhere in the middle: whoever cancels it cannot know whether it has.
    """

    def __init__(self, accept_s: float = 0.0, look_s: float = 0.0, *, streams: bool = True) -> None:
        super().__init__(Script(spare=True))
        self.sound: dict[int, Samples] = {}
        self._took_s = {"accept": accept_s, "peek": look_s, "finish": look_s}
        self._streams = streams
        self._lane = asyncio.Lock()
        self._chance = Random(7)

    async def call(self, job: Job[Any]) -> Any:
        async with self._lane:
            took_s = self._took_s.get(job.method, 0.0)
            before_s = took_s * self._chance.random()
            await asyncio.sleep(before_s)
            self.jobs.append(job)
            if self.script.fails(job):
                raise EngineError(job.stage, "told to break")
            result = self._do(job)
            await asyncio.sleep(took_s - before_s)
            return result

    def _do(self, job: Job[Any]) -> Any:
        utterance = job.args[0]
        has = self.sound.get(utterance, np.zeros(0, np.float32))
        words = " ".join(f"word{number}" for number in range(len(has) // 4000))
        match job.method:
            case "accept":
                self.sound[utterance] = np.concatenate([has, job.args[1]])
                return words if self._streams else ""
            case "peek":
                return Transcript(f"{words} {len(has)}", 0.9)
            case "finish":
                self.sound.pop(utterance, None)
                return Transcript(f"{words} {len(has)}", 0.9)
            case _:
                self.sound.pop(utterance, None)
                return None

    def asked(self, method: str) -> list[Job[Any]]:
        return [job for job in self.jobs if job.method == method]


def ramp(start: int, length: int = WINDOW) -> Samples:
    """Sound in which every sample is another."""
    return np.arange(start, start + length, dtype=np.float32)


def an_utterance() -> Utterance:
    return Utterance([ramp(0, 8000)])


async def speak(utterance: Utterance, windows: int, probability: float = 0.9) -> None:
    """Somebody speaks, or does not, in real time."""
    for _ in range(windows):
        await asyncio.sleep(WINDOW_S)
        utterance.extend(ramp(utterance.length), probability)


def end(utterance: Utterance) -> None:
    utterance.end(0, utterance.length)


def story(tell: Coroutine[Any, Any, None]) -> None:
    """Run it; it must leave no task behind."""

    async def main() -> None:
        await tell
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


def transcription(ear: ScriptedInference, utterance: Utterance) -> Transcription:
    return Transcription(ear, utterance, "room", 3, lambda _: None)


async def followed(ear: ScriptedInference, windows: int, partials: list[Partial] | None = None) -> Utterance:
    """Somebody speaks and is followed to the end."""
    utterance = an_utterance()
    following = asyncio.create_task(
        transcribe(ear, utterance, "room", 3, (partials if partials is not None else []).append)
    )
    await speak(utterance, windows)
    end(utterance)
    await following
    return utterance


def test_all_of_it_is_given_once_and_in_order() -> None:
    async def tell() -> None:
        ear = Ear()
        utterance = await followed(ear, 50)
        blocks = [job.args[1] for job in ear.asked("accept")]
        np.testing.assert_array_equal(np.concatenate(blocks), ramp(0, utterance.length))
        assert {job.args[0] for job in ear.jobs} == {utterance.number}
        assert {(job.stage, job.session, job.turn) for job in ear.jobs} == {(Stage.STT, "room", 3)}
        assert ear.sound == {}

    story(tell())


def test_it_is_given_while_it_is_spoken() -> None:
    async def tell() -> None:
        ear, utterance = Ear(), an_utterance()
        following = asyncio.create_task(transcription(ear, utterance).run())
        speaking = asyncio.create_task(speak(utterance, 50))
        await asyncio.sleep(1.0)
        assert utterance.length - len(ear.sound[utterance.number]) <= BLOCK + WINDOW
        await speaking
        end(utterance)
        await following

    story(tell())


def test_the_end_is_urgent_and_what_leads_to_it_is_not() -> None:
    ear = Ear()
    run(followed(ear, 20))
    priorities = [job.priority for job in ear.jobs if job.method != "discard"]
    assert priorities == [Priority.PARTIAL] * (len(priorities) - 1) + [Priority.TRANSCRIPT]


def test_all_of_it_is_urgent_when_somebody_waits_for_the_words() -> None:
    async def tell() -> None:
        ear, utterance = Ear(), an_utterance()
        following = transcription(ear, utterance)
        following.urgent = True
        task = asyncio.create_task(following.run())
        await speak(utterance, 20)
        end(utterance)
        await task
        assert {job.priority for job in ear.jobs} == {Priority.TRANSCRIPT}

    story(tell())


def test_a_recogniser_in_arrears_catches_up_in_steps() -> None:
    ear = Ear(accept_s=3.0)
    utterance = run(followed(ear, 200))
    sizes = [len(job.args[1]) for job in ear.asked("accept")]
    assert max(sizes) == LONGEST_BLOCK
    assert sum(sizes) == utterance.length


def test_what_is_understood_so_far_is_told() -> None:
    partials: list[Partial] = []
    run(followed(Ear(), 50, partials))
    texts = [partial.text for partial in partials]
    assert len(texts) > 3
    assert texts == sorted(set(texts), key=len)
    assert partials[-1].stable == len(partials[-1].text)


def test_an_utterance_that_has_long_ended_is_read_at_once() -> None:
    async def tell() -> None:
        utterance, ear = Utterance([ramp(0, 32_000)]), Ear()
        end(utterance)
        start = clock.now()
        assert (await transcribe(ear, utterance, "room", 1)).text.endswith(" 32000")
        assert clock.now() == start

    story(tell())


def test_a_draft_knows_all_that_was_said_before_it() -> None:
    async def tell() -> None:
        ear, utterance = Ear(accept_s=0.02, look_s=0.1), an_utterance()
        following = transcription(ear, utterance)
        task = asyncio.create_task(following.run())
        await speak(utterance, 30)
        length = utterance.length
        assert (await following.draft()).text.endswith(f" {length}")
        assert ear.jobs[-1].priority is Priority.TRANSCRIPT
        end(utterance)
        await task

    story(tell())


def test_silence_after_a_draft_is_held_back_and_costs_nothing() -> None:
    async def tell() -> None:
        ear, utterance = Ear(), an_utterance()
        following = transcription(ear, utterance)
        task = asyncio.create_task(following.run())
        await speak(utterance, 30)
        await speak(utterance, 6, probability=0.1)
        draft, jobs = await following.draft(), len(ear.jobs)
        await speak(utterance, 10, probability=0.1)
        assert await following.draft() == draft
        end(utterance)
        assert await following.final() == draft
        await task
        assert len(ear.jobs) == jobs

    story(tell())


def test_who_goes_on_after_a_draft_is_heard_with_the_silence_between() -> None:
    async def tell() -> None:
        ear, utterance = Ear(), an_utterance()
        following = transcription(ear, utterance)
        task = asyncio.create_task(following.run())
        await speak(utterance, 30)
        await following.draft()
        await speak(utterance, 10, probability=0.1)
        await speak(utterance, 10)
        given = ear.sound[utterance.number]
        np.testing.assert_array_equal(given, ramp(0, len(given)))
        assert utterance.length - len(given) <= BLOCK + WINDOW
        end(utterance)
        assert (await following.final()).text.endswith(f" {utterance.length}")
        await task

    story(tell())


def test_a_recogniser_that_does_not_stream_is_asked_about_once_a_second_and_in_pauses() -> None:
    async def tell() -> None:
        ear, utterance, partials = Ear(streams=False), an_utterance(), list[Partial]()
        task = asyncio.create_task(transcribe(ear, utterance, "room", 3, partials.append))
        await speak(utterance, 120)
        assert len(ear.asked("peek")) == 3
        await speak(utterance, 15, probability=0.1)
        assert len(ear.asked("peek")) == 4
        end(utterance)
        await task
        assert ear.asked("finish") == [], "the last guess knew everything"
        assert len(partials) == 5

    story(tell())


def test_nobody_guesses_while_the_cores_are_wanted_elsewhere() -> None:
    ear = Ear(streams=False)
    ear.script.spare = False
    run(followed(ear, 100))
    assert ear.asked("peek") == []


@pytest.mark.parametrize("method", ["accept", "finish"])
def test_what_the_recogniser_dies_of_is_told(method: str) -> None:
    ear = Ear()
    ear.script.fails = lambda job: job.method == method
    with pytest.raises(EngineError) as failure:
        run(followed(ear, 20))
    assert failure.value.stage is Stage.STT


def test_a_new_recogniser_is_given_the_sentence_from_its_start() -> None:
    async def tell() -> None:
        ear, utterance = Ear(), an_utterance()
        following = transcription(ear, utterance)
        task = asyncio.create_task(following.run())
        await speak(utterance, 30)
        ear.sound.clear()
        ear.lives[Stage.STT] = 1
        await speak(utterance, 30)
        assert (await following.draft()).text.endswith(f" {utterance.length}")
        np.testing.assert_array_equal(ear.sound[utterance.number], ramp(0, utterance.length))
        end(utterance)
        await task

    story(tell())


@pytest.mark.parametrize("breaks", [1, TRIES - 1, TRIES])
def test_a_recogniser_that_breaks_costs_nothing_and_again_and_again_costs_the_turn(breaks: int) -> None:
    ear = Ear()
    ear.script.fails = lambda job: job.method == "finish" and len(ear.asked("finish")) <= breaks
    if breaks < TRIES:
        run(followed(ear, 20))
    else:
        with pytest.raises(EngineError):
            run(followed(ear, 20))


@pytest.mark.parametrize("nonsense", [None, b"words", Transcript("words", float("nan")), 7])
def test_what_is_no_transcript_is_a_failure_and_raises_doubts(nonsense: object) -> None:
    class Mad(Ear):
        def _do(self, job: Job[Any]) -> Any:
            result = super()._do(job)
            return nonsense if job.method == "finish" else result

    ear = Mad()
    with pytest.raises(EngineError, match="stt gave"):
        run(followed(ear, 20))
    assert [stage for stage, _ in ear.doubts] == [Stage.STT] * TRIES


def test_what_is_discarded_is_not_given_again() -> None:
    async def tell() -> None:
        ear, utterance = Ear(accept_s=0.5), an_utterance()
        following = transcription(ear, utterance)
        task = asyncio.create_task(following.run())
        await speak(utterance, 100)
        end(utterance)
        await following.discard()
        await task
        assert ear.sound == {}
        assert ear.jobs[-1].method == "discard"

    story(tell())


@pytest.mark.parametrize("seed", range(300))
def test_cancelling_at_any_moment_neither_loses_nor_doubles_sound(seed: int) -> None:
    chance = Random(seed)
    ear = Ear(chance.choice([0.0, 0.03, 0.2]), chance.choice([0.0, 0.1, 0.5]), streams=chance.random() < 0.5)
    utterance, said = an_utterance(), [0]

    async def talk() -> None:
        for _ in range(chance.randrange(1, 8)):
            await speak(utterance, chance.randrange(1, 30))
            said[0] = utterance.length
            await speak(utterance, chance.randrange(0, 20), probability=0.1)
        end(utterance)

    async def restless(action: Any) -> Any:
        """Do something, after having given it up a few times."""
        for _ in range(chance.randrange(3)):
            with suppress(TimeoutError):
                async with asyncio.timeout(chance.random()):
                    return await action()
        return await action()

    async def checked(action: Any) -> None:
        at_least = said[0]
        transcript = await action()
        assert at_least <= int(transcript.text.split()[-1]) <= utterance.length
        for sound in ear.sound.values():
            np.testing.assert_array_equal(sound, ramp(0, len(sound)))

    async def tell() -> None:
        following = transcription(ear, utterance)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(restless(following.run))
            tasks.create_task(talk())
            for _ in range(chance.randrange(5)):
                await asyncio.sleep(chance.random())
                tasks.create_task(restless(lambda: checked(following.draft)))
            await restless(lambda: checked(following.final))
        await checked(following.final)
        await following.discard()
        assert ear.sound == {}

    story(tell())
