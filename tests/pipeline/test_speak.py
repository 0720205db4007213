"""Clauses become sound, and what was heard of it becomes text again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.audio import Samples
from appliance.core.errors import EngineError
from appliance.core.speech import SpeechChunk, Stage, WordMark
from appliance.inference.job import Job, Priority
from appliance.pipeline.loudspeaker import Loudspeaker
from appliance.pipeline.sentences import Clause, Splitter
from appliance.pipeline.speak import Recital
from appliance.transports.wavfile import SilentPort
from tests.fakes import VOICE_RATE, Script, ScriptedInference
from tests.virtual_time import run

RATE = 48_000
LETTER = RATE // 20
"""Samples that the scripted voice speaks per character, at the port's rate."""


class Voice(ScriptedInference):
    """The scripted voice, in chunks, with or without word marks."""

    def __init__(self, script: Script | None = None, pieces: int = 1, *, aligned: bool = True) -> None:
        super().__init__(script or Script())
        self._pieces = pieces
        self._aligned = aligned

    async def _run(self, job: Job[Any]) -> AsyncIterator[Any]:
        async for chunk in super()._run(job):
            sound = np.array_split(chunk.samples, self._pieces)
            starts = np.cumsum([0, *map(len, sound)])
            for samples, first, last in zip(sound, starts, starts[1:], strict=False):
                words = tuple(word for word in chunk.words if first <= word.sample < last and self._aligned)
                yield SpeechChunk(samples, chunk.rate, words)


class Loud(SilentPort):
    """A port that takes everything at once and keeps it."""

    def __init__(self) -> None:
        super().__init__(RATE)
        self.played: list[Samples] = []

    async def play(self, frame: Any) -> None:
        self.played.append(frame.samples)


@asynccontextmanager
async def recital(voice: ScriptedInference) -> AsyncIterator[tuple[Recital, Loud]]:
    port = Loud()
    yield Recital(voice, await Loudspeaker(port).open(), "room", 7), port


def clauses(text: str) -> list[Clause]:
    splitter = Splitter()
    return [*splitter.feed(text), *splitter.finish()]


def recite(text: str, voice: ScriptedInference | None = None) -> tuple[Recital, Samples]:
    """Say all of a text."""

    async def main() -> tuple[Recital, Samples]:
        async with recital(voice or Voice()) as (reciter, port):
            for clause in clauses(text):
                await reciter.say(clause)
            return reciter, np.concatenate([np.empty(0, np.float32), *port.played])

    return run(main())


def test_the_voice_is_given_what_one_says_and_not_what_is_written() -> None:
    voice = Voice()
    recite("It costs $5.", voice)
    assert [job.args for job in voice.jobs] == [("It costs five dollars.",)]


def test_the_sound_has_the_ports_rate_and_its_whole_length() -> None:
    _, sound = recite("Good morning.")
    assert len(sound) == len("Good morning.") * LETTER


def test_only_the_first_sound_is_urgent() -> None:
    voice = Voice()
    recite("🙂 Yes, I do think so. It is late. Good night.", voice)
    first, *rest = [job.priority for job in voice.jobs]
    assert first is Priority.FIRST_CLAUSE
    assert set(rest) == {Priority.SPEECH}


def test_a_clause_without_words_costs_nothing() -> None:
    voice = Voice()
    reciter, sound = recite("🙂", voice)
    assert voice.jobs == []
    assert not len(sound)
    assert reciter.heard_until(0) == 0


TEXT = "It costs $12 and lasts for 3 days. Bring it back when it's empty, please. Goodbye!"


@pytest.mark.parametrize("pieces", [1, 7])
@pytest.mark.parametrize("aligned", [True, False])
def test_all_was_heard_when_the_last_sample_has_left(pieces: int, aligned: bool) -> None:
    reciter, sound = recite(TEXT, Voice(pieces=pieces, aligned=aligned))
    assert reciter.heard_until(len(sound)) == len(TEXT)
    assert reciter.heard_until(len(sound) - 1) < len(TEXT)
    assert reciter.heard_until(0) == 0


@pytest.mark.parametrize("pieces", [1, 7])
def test_more_samples_are_never_less_text_and_always_whole_words(pieces: int) -> None:
    reciter, sound = recite(TEXT, Voice(pieces=pieces))
    positions = [reciter.heard_until(samples) for samples in range(0, len(sound) + 1, 480)]
    assert positions == sorted(positions)
    for position in set(positions):
        assert position in (0, len(TEXT)) or TEXT[position - 1].isspace() or TEXT[position].isspace(), (
            position
        )


def test_a_word_counts_once_it_is_over() -> None:
    reciter, _ = recite("one two three.")
    assert reciter.heard_until(3 * LETTER) == 0
    two = reciter.heard_until(len("one ") * LETTER)
    assert "one two three."[:two].strip() == "one"
    two = reciter.heard_until(len("one two ") * LETTER)
    assert "one two three."[:two].strip() == "one two"


def test_a_spoken_out_number_is_heard_whole_or_not_at_all() -> None:
    reciter, sound = recite("It costs $1234 today.")
    heard = {"It costs $1234 today."[: reciter.heard_until(n)].strip() for n in range(0, len(sound) + 1, 240)}
    assert heard == {"", "It", "It costs", "It costs $1234", "It costs $1234 today."}


@given(
    st.integers(0, 200),
    st.lists(st.sampled_from(["yes.", "no,", "$5", "🙂", "perhaps", "(so)"]), max_size=12),
)
def test_what_was_heard_is_a_beginning_of_what_was_said(tenths: int, words: list[str]) -> None:
    text = " ".join(words)
    reciter, sound = recite(text)
    assert 0 <= reciter.heard_until(min(len(sound), tenths * RATE // 10)) <= len(text)


def test_a_clause_that_is_cut_off_was_heard_as_far_as_it_got() -> None:
    class Full(Loud):
        async def play(self, frame: Any) -> None:
            if len(self.played) == 5:
                await asyncio.Event().wait()
            await super().play(frame)

    async def main() -> str:
        port = Full()
        reciter = Recital(Voice(), await Loudspeaker(port).open(), "room", 7)
        text = "one two three four five six seven eight."
        talking = asyncio.create_task(reciter.say(Clause(text, 0)))
        await asyncio.sleep(1)
        talking.cancel()
        return text[: reciter.heard_until(sum(map(len, port.played)))]

    assert run(main()).strip() == "one two"


def test_a_clause_that_the_voice_has_not_finished_is_not_over_when_all_there_is_was_heard() -> None:
    class Stalling(Voice):
        async def _run(self, job: Job[Any]) -> AsyncIterator[Any]:
            chunks = super()._run(job)
            yield await anext(chunks)
            await asyncio.Event().wait()

    async def main() -> str:
        async with recital(Stalling(pieces=2)) as (reciter, port):
            text = "one two three four."
            talking = asyncio.create_task(reciter.say(Clause(text, 0)))
            await asyncio.sleep(1)
            heard = reciter.heard_until(sum(map(len, port.played)))
            talking.cancel()
            return text[:heard]

    assert run(main()).strip() == "one two"


@pytest.mark.parametrize("pieces", [1, 7])
def test_a_boundary_is_where_the_next_word_begins(pieces: int) -> None:
    reciter, sound = recite("one two. Three", Voice(pieces=pieces))
    starts = [len(before) * LETTER for before in ("one ", "one two.", "one two.Three")]
    for first, boundary in zip([0, *starts], starts, strict=False):
        assert reciter.boundary_after(first) == reciter.boundary_after(boundary - 1) == boundary
    assert reciter.boundary_after(len(sound)) == len(sound)


def test_without_marks_a_boundary_is_estimated_and_always_ahead() -> None:
    reciter, sound = recite(TEXT, Voice(pieces=7, aligned=False))
    boundaries = [reciter.boundary_after(samples) for samples in range(0, len(sound), 480)]
    assert boundaries == sorted(boundaries)
    assert all(boundary > samples for boundary, samples in zip(boundaries, range(0, len(sound), 480)))  # noqa: B905
    assert len(set(boundaries)) > len(TEXT.split())


def test_there_is_no_boundary_in_silence() -> None:
    reciter, _ = recite("🙂")
    assert reciter.boundary_after(0) == 0


def test_the_voice_works_ahead_of_the_loudspeaker_and_is_stopped_with_it() -> None:
    class Full(Loud):
        async def play(self, frame: Any) -> None:
            await asyncio.Event().wait()

    async def main() -> None:
        voice = Voice(pieces=7, aligned=False)
        reciter = Recital(voice, await Loudspeaker(Full()).open(), "room", 7)
        talking = asyncio.create_task(reciter.say(Clause("one two three four.", 0)))
        await asyncio.sleep(1)
        assert not voice.running, "all of the sound is there"
        talking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await talking
        stuck = Voice(Script(voice_s=10))
        talking = asyncio.create_task(
            Recital(stuck, await Loudspeaker(Loud()).open(), "room", 7).say(Clause("one", 0))
        )
        await asyncio.sleep(1)
        assert stuck.running
        talking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await talking
        assert not stuck.running

    run(main())


def test_a_voice_that_fails_is_told() -> None:
    with pytest.raises(EngineError) as failure:
        recite("Hello.", Voice(Script(fails=lambda job: True)))
    assert failure.value.stage is Stage.TTS


def test_a_voice_with_another_rate_keeps_its_words_in_place() -> None:
    class Slow(Voice):
        async def _run(self, job: Job[Any]) -> AsyncIterator[Any]:
            async for chunk in super()._run(job):
                half = replace(chunk, samples=chunk.samples[::2], rate=VOICE_RATE // 2)
                yield replace(half, words=tuple(WordMark(w.offset, w.sample // 2) for w in chunk.words))

    plain, _ = recite(TEXT, Voice())
    slow, sound = recite(TEXT, Slow())
    assert [slow.heard_until(n) for n in range(0, len(sound), 4800)] == [
        plain.heard_until(n) for n in range(0, len(sound), 4800)
    ]


class Breaking(Voice):
    """Gives so many pieces of every clause's first attempt and breaks."""

    def __init__(self, pieces: int, whole: int, *, aligned: bool = True) -> None:
        super().__init__(pieces=whole, aligned=aligned)
        self._given = pieces

    async def _run(self, job: Job[Any]) -> AsyncIterator[Any]:
        left = self._given if len(self.jobs) == 1 else 1000
        async for chunk in super()._run(job):
            if left == 0:
                raise EngineError(Stage.TTS, "the voice died")
            left -= 1
            yield chunk


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("pieces", [0, 1, 3, 6])
def test_a_voice_that_breaks_off_is_replaced_and_goes_on_with_the_word_at_which_it_was_cut(
    pieces: int, aligned: bool
) -> None:
    text = "One two three four five six."
    voice = Breaking(pieces, 7, aligned=aligned)
    reciter, sound = recite(text, voice)
    first, second = (job.args[0] for job in voice.jobs)
    assert first.endswith(second), "no word is lost"
    assert pieces < 3 or second != first, "and none that was heard is said again"
    assert reciter.heard_until(len(sound)) == len(text)
    assert reciter.heard_until(0) == 0
    positions = [reciter.heard_until(samples) for samples in range(0, len(sound), 500)]
    assert positions == sorted(positions), "what was heard stays heard"


def test_a_voice_that_breaks_twice_leaves_what_it_had_said() -> None:
    class Dead(Breaking):
        async def _run(self, job: Job[Any]) -> AsyncIterator[Any]:
            async for chunk in super()._run(job):
                yield chunk
                if len(self.jobs) > 1:
                    raise EngineError(Stage.TTS, "again")

    with pytest.raises(EngineError, match="again"):
        recite("One two three four five six.", Dead(3, 7))


NONSENSE: list[Any] = [
    None,
    SpeechChunk(np.full(100, np.nan, np.float32), 16_000),
    SpeechChunk(np.full(100, 1e9, np.float32), 16_000),
    SpeechChunk(np.zeros((2, 100), np.float32), 16_000),
    SpeechChunk(np.zeros(100, np.float32), 0),
    SpeechChunk(np.zeros(16_000, np.float32), 16_000),
    SpeechChunk(np.full(16_000 * 100, 0.1, np.float32), 16_000),
]


@pytest.mark.parametrize("nonsense", NONSENSE, ids=range(len(NONSENSE)))
def test_sound_that_is_none_is_not_played_and_raises_doubts(nonsense: Any) -> None:
    class Mad(Voice):
        async def _run(self, job: Job[Any]) -> AsyncIterator[Any]:
            if len(self.jobs) == 1:
                yield nonsense
            else:
                async for chunk in super()._run(job):
                    yield chunk

    voice = Mad()
    _, sound = recite("Good morning.", voice)
    assert len(sound) == len("Good morning.") * LETTER
    assert [stage for stage, _ in voice.doubts] == [Stage.TTS]
