"""Text between model and voice, on virtual time."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from appliance.core import clock
from appliance.pipeline.dictation import CLAUSES_AHEAD, Dictation, Stopwatch
from appliance.pipeline.sentences import Clause
from appliance.pipeline.tempo import CAUTION, Tempo
from tests.virtual_time import run

FIRST_WORDS_S = 0.35


class Desk:
    """A dictation and what has left it; so much sound is ahead."""

    def __init__(self, ahead_s: float = 0.0, tempo: Tempo | None = None) -> None:
        self.left: list[str] = []
        self.ahead_s = ahead_s
        self.dictation = Dictation(tempo or Tempo(), lambda _: self.ahead_s, 2.0, self._released)

    def _released(self, clause: Clause) -> None:
        self.left.append(clause.text)

    async def write(self, *deltas: str, each_s: float = 0.0) -> None:
        for delta in deltas:
            await clock.sleep_until(clock.now() + each_s)
            await self.dictation.write(delta, FIRST_WORDS_S)


async def passed(seconds: float) -> None:
    await clock.sleep_until(clock.now() + seconds)


def lived(scene: Coroutine[Any, Any, Any]) -> None:
    run(scene)


def test_what_is_held_back_leaves_by_itself_when_time_is_up() -> None:
    async def scene() -> None:
        desk = Desk()
        await desk.write("Not", " yet", ",", " ", each_s=0.3)
        assert desk.left == []
        await passed(1.6)
        assert desk.left == []
        await passed(0.3)
        assert desk.left == ["Not yet,"]

    lived(scene())


def test_what_grows_leaves_by_itself_before_the_sound_is_over() -> None:
    async def scene() -> None:
        desk = Desk(ahead_s=2.0)
        await desk.write("Not yet, not")
        assert desk.left == []
        desk.ahead_s = 0.5
        await passed(2.0)
        assert desk.left == ["Not yet,"]

    lived(scene())


def test_nothing_leaves_while_the_model_is_away() -> None:
    async def scene() -> None:
        desk = Desk()
        await desk.write("Not yet, ", each_s=1.0)
        desk.dictation.pause()
        await passed(60)
        assert desk.left == []
        await desk.dictation.finish()
        assert desk.left == ["Not yet, "]
        assert await desk.dictation.next() == Clause("Not yet, ", 0)
        assert await desk.dictation.next() is None

    lived(scene())


def test_the_model_waits_for_the_voice_and_that_is_not_its_pace() -> None:
    async def scene() -> None:
        tempo = Tempo()
        desk = Desk(tempo=tempo)
        writing = asyncio.create_task(desk.write(*["This is so. "] * 12, each_s=0.12))
        await passed(30)
        assert not writing.done()
        assert len(desk.left) == CLAUSES_AHEAD + 1
        while not writing.done():
            await desk.dictation.next()
            await passed(5)
        assert "".join(desk.left) == ("This is so. " * 12).rstrip()
        assert tempo.writing_s(100) == pytest.approx(CAUTION * 1.0)

    lived(scene())


def test_a_text_that_is_there_is_not_timed() -> None:
    async def scene() -> None:
        desk = Desk()
        await desk.dictation.recite("Not yet, but soon. And so on.")
        assert desk.left == ["Not yet,", " but soon.", " And so on."]

    lived(scene())


def test_what_cannot_be_said_is_forgotten() -> None:
    async def scene() -> None:
        desk = Desk()
        await desk.write("*** ")
        desk.dictation.pause()
        desk.dictation.begin_again()
        await desk.write("Yes")
        await desk.dictation.finish()
        assert desk.left == ["Yes"]

    lived(scene())


def test_a_stopwatch_tells_stretches_and_leaves_out_pauses() -> None:
    told: list[tuple[int, float]] = []

    class Told(Tempo):
        def wrote(self, characters: int, seconds: float) -> None:
            told.append((characters, seconds))

    watch = Stopwatch(Told())
    for moment in (10.0, 10.5, 11.0, 11.5):
        watch.wrote(5, moment)
    assert told == [(15, 1.5)]
    watch.wrote(5, 12.0)
    watch.stop()
    watch.wrote(50, 99.0)
    assert told == [(15, 1.5)]
