"""Whole replies at recorded paces, on virtual time: when they begin to sound, and where they fall silent.

The reply, its clauses, the voice's queue and the port are the real ones; only the engines are made of their paces.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from appliance.core import clock
from appliance.core.audio import Samples
from appliance.core.speech import SpeechChunk, Stage
from appliance.inference.job import Job
from appliance.pipeline.loudspeaker import Loudspeaker
from appliance.pipeline.reply import Reply, ReplySettings
from appliance.pipeline.tempo import Tempo
from appliance.transports.wavfile import WavPort
from tests.virtual_time import run

RATE = 16_000
PIECE_S = 0.2
"""s of sound that the voice gives at once."""
LEAST_S = 0.02
"""s of silence that count: two periods of the port."""


@dataclass(frozen=True)
class Paces:
    """What a machine's engines are like."""

    token_s: float
    """s for which the model writes at a token."""
    first_s: float
    """s before a clause begins to sound."""
    factor: float
    """s of work for a second of sound."""
    whole: bool = False
    """The voice gives a clause only when all of it is made."""
    one_core: bool = True
    """The model stands still while the voice works."""
    letter_s: float = 0.06
    """s of sound of a character."""


@dataclass(frozen=True)
class Silence:
    """A stretch within a reply in which nothing is heard."""

    seconds: float
    after: str
    """The words before it."""

    @property
    def between_sentences(self) -> bool:
        """Where people pause, too."""
        return re.search(r"[.!?…:][\"'”“’»)*_`]*\s*$", self.after) is not None


@dataclass
class Recited:
    """What became of a reply."""

    first_audio_s: float
    """From the first token."""
    silences: list[Silence] = field(default_factory=list)
    clauses: list[str] = field(default_factory=list)
    heard: str = ""

    def starved(self, pause_s: float) -> list[Silence]:
        """Silences that a listener notices: any within a sentence, and longer ones than that between two."""
        return [gap for gap in self.silences if gap.seconds > (pause_s if gap.between_sentences else 0)]


def tokens(text: str) -> list[str]:
    """Pieces such as models write: a word of up to six letters with its space, marks by themselves."""
    return re.findall(r"\s*\w{1,6}|\s*[^\w\s]|\s+$", text)


class Paced:
    """An `Inference` whose model writes a text, and whose voice hums, at given paces."""

    def __init__(self, text: str, paces: Paces) -> None:
        self._text = text
        self._paces = paces
        self._core = asyncio.Event()
        self._core.set()
        self.first_token = 0.0
        self.clauses: list[str] = []

    @asynccontextmanager
    async def stream(self, job: Job[Any]) -> AsyncIterator[AsyncIterator[Any]]:
        yield self._write() if job.stage is Stage.LLM else self._speak(job.args[0])

    def life(self, stage: Stage) -> int:
        return 0

    def spare(self) -> bool:
        return False

    def doubt(self, job: Job[Any], problem: str) -> None:
        raise AssertionError(problem)

    async def call(self, job: Job[Any]) -> Any:
        raise NotImplementedError

    async def _write(self) -> AsyncIterator[str]:
        for token in tokens(self._text):
            await clock.sleep_until(clock.now() + self._paces.token_s)
            await self._core.wait()
            self.first_token = self.first_token or clock.now()
            yield token

    async def _speak(self, text: str) -> AsyncIterator[SpeechChunk]:
        self.clauses.append(text)
        paces, made_s = self._paces, 0.0
        if paces.one_core:
            self._core.clear()
        try:
            await clock.sleep_until(clock.now() + paces.first_s)
            sound = np.full(round(len(text) * paces.letter_s * RATE), 0.5, np.float32)
            step = len(sound) if paces.whole else round(PIECE_S * RATE)
            for first in range(0, len(sound), step):
                piece = sound[first : first + step]
                made_s += len(piece) / RATE
                await clock.sleep_until(clock.now() + paces.factor * len(piece) / RATE)
                if made_s * RATE >= len(sound):
                    self._core.set()
                yield SpeechChunk(piece, RATE)
        finally:
            self._core.set()


def recite(
    text: str, paces: Paces, tempo: Tempo | None = None, settings: ReplySettings | None = None
) -> Recited:
    """One reply, heard to its end."""
    return run(_recite(text, paces, tempo or Tempo(), settings or ReplySettings()))


async def _recite(text: str, paces: Paces, tempo: Tempo, settings: ReplySettings) -> Recited:
    port, inference = WavPort(RATE), Paced(text, paces)
    capture = asyncio.create_task(_drain(port))
    playout = await Loudspeaker(port).open()
    begun = clock.now()
    reply = Reply(inference, playout, "room", 1, lambda _: None, settings, tempo)
    await reply.run([])
    while not playout.finished(port.heard()):
        await clock.sleep_until(clock.now() + 0.05)
    sound = port.speaker()
    capture.cancel()
    first_s = float(sound.nonzero()[0][0]) / RATE - (inference.first_token - begun)
    heard = reply.heard(port.heard())
    return Recited(first_s, _silences(sound, inference.clauses, paces), inference.clauses, heard)


async def _drain(port: WavPort) -> None:
    async for _ in port.frames():
        pass


def _silences(sound: Samples, clauses: Sequence[str], paces: Paces) -> list[Silence]:
    loud = sound.nonzero()[0]
    holes = np.flatnonzero(np.diff(loud) > LEAST_S * RATE)
    ends = np.cumsum([round(len(clause) * paces.letter_s * RATE) for clause in clauses])
    silences = []
    for hole in holes:
        clause = int(np.searchsorted(ends, hole + 1 - 0.01 * RATE))
        within = clauses[clause] if abs(ends[clause] - hole) < 0.02 * RATE else ""
        silences.append(Silence(float(loud[hole + 1] - loud[hole]) / RATE, within))
    return silences
