"""Stops replies in the loudspeaker, and compares what is then taken for heard with where the words really were."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import accumulate
from math import ceil
from typing import Any

from appliance.core import clock
from appliance.core.interfaces import TextToSpeech
from appliance.core.speech import SpeechChunk, Stage
from appliance.inference.job import Job
from appliance.pipeline.loudspeaker import Loudspeaker
from appliance.pipeline.sentences import Clause, Splitter
from appliance.pipeline.speak import Recital
from appliance.pipeline.spoken import speak
from appliance.transports.wavfile import WavPort
from tests.virtual_time import run

RATE = 48_000

Spans = Sequence[tuple[float, float]]
"""Where each word of a spoken clause begins and ends, in s from the start of its sound."""


class Never:
    """A cancel token that nobody uses."""

    cancelled = False

    def raise_if_cancelled(self) -> None: ...

    def on_cancel(self, action: Callable[[], None]) -> None: ...


class Spoken:
    """An `Inference` with nothing but a voice, which it asks once for each clause."""

    def __init__(self, voice: TextToSpeech) -> None:
        self._voice = voice
        self._known: dict[str, list[SpeechChunk]] = {}

    def chunks(self, text: str) -> list[SpeechChunk]:
        if text not in self._known:
            self._known[text] = list(self._voice.synthesize(text, Never()))
        return self._known[text]

    def life(self, stage: Stage) -> int:
        return 0

    def spare(self) -> bool:
        return False

    def doubt(self, job: Job[Any], problem: str) -> None:
        raise NotImplementedError

    async def call(self, job: Job[Any]) -> Any:
        raise NotImplementedError

    @asynccontextmanager
    async def stream(self, job: Job[Any]) -> AsyncIterator[AsyncIterator[Any]]:
        yield self._deliver(job.args[0])

    async def _deliver(self, text: str) -> AsyncIterator[SpeechChunk]:
        for chunk in self.chunks(text):
            yield chunk


class Unmarked(Spoken):
    """The same voice, that tells nothing of its words and delivers its sound in pieces."""

    def __init__(self, voice: TextToSpeech, piece_s: float = 0.2) -> None:
        super().__init__(voice)
        self._piece_s = piece_s

    async def _deliver(self, text: str) -> AsyncIterator[SpeechChunk]:
        for chunk in self.chunks(text):
            step = round(self._piece_s * chunk.rate)
            for first in range(0, len(chunk.samples), step):
                yield SpeechChunk(chunk.samples[first : first + step], chunk.rate)


@dataclass(frozen=True)
class Place:
    """What is said on its own (a word, a price, a date), in the reply and in the loudspeaker."""

    written_end: int
    """Characters from the start of the reply."""
    begin: float
    """Samples of the playout."""
    end: float
    """Samples of the playout."""


@dataclass(frozen=True)
class Verdict:
    """What became of one stop."""

    claimed: int
    """Words taken for heard."""
    ended: int
    """Words that had ended."""
    begun: int
    """Words that had begun."""

    @property
    def error(self) -> int:
        """Words claimed too many; negative is too few."""
        return self.claimed - self.ended


def clauses(text: str) -> list[Clause]:
    splitter = Splitter()
    return [*splitter.feed(text), *splitter.finish()]


def places(text: str, voice: Spoken, spans: Callable[[str], Spans]) -> list[Place]:
    """Where all words of a reply are, if `spans` tells the truth of each clause."""
    found: list[Place] = []
    start = 0
    for clause in clauses(text):
        spoken = speak(clause.text)
        if spoken.text:
            found += _placed(clause, start, spans(spoken.text))
            chunks = voice.chunks(spoken.text)
            start += ceil(sum(len(chunk.samples) for chunk in chunks) * RATE / chunks[0].rate - 1e-6)
    return found


def _placed(clause: Clause, start: int, spans: Spans) -> Iterable[Place]:
    pieces = speak(clause.text).pieces
    ends = list(accumulate(len(piece.spoken.split()) for piece in pieces))
    for piece, first, last in zip(pieces, [0, *ends], ends, strict=False):
        begin, end = spans[first][0], spans[last - 1][1]
        yield Place(clause.start + piece.end, start + begin * RATE, start + end * RATE)


def stopped(text: str, voice: Spoken, after_s: float) -> tuple[int, int]:
    """Recite a reply and stop it; returns the characters taken for heard and the samples that left."""

    async def main() -> tuple[int, int]:
        port = WavPort(RATE)
        capture = asyncio.create_task(_drain(port))
        loudspeaker = Loudspeaker(port)
        playout = await loudspeaker.open()
        recital = Recital(voice, playout, "room", 1)
        talking = asyncio.create_task(_recite(recital, text))
        await clock.sleep_until(clock.now() + after_s)
        loudspeaker.hush()
        talking.cancel()
        while not loudspeaker.tick().idle:
            await clock.sleep_until(clock.now() + 0.01)
        port.close()
        await capture
        heard = playout.heard(port.heard())
        return recital.heard_until(heard), heard

    return run(main())


async def _drain(port: WavPort) -> None:
    async for _ in port.frames():
        pass


async def _recite(recital: Recital, text: str) -> None:
    for clause in clauses(text):
        await recital.say(clause)


def judge(text: str, voice: Spoken, truth: Sequence[Place], after_s: float) -> Verdict:
    """Stop a reply once."""
    position, samples = stopped(text, voice, after_s)
    return Verdict(
        sum(place.written_end <= position for place in truth),
        sum(place.end <= samples for place in truth),
        sum(place.begin < samples for place in truth),
    )
