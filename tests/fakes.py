"""Full, simple fakes of the contracts: engines that follow a script on the loop's own clock."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import numpy as np

from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.errors import EngineError
from appliance.core.speech import Message, SpeechChunk, Stage, Transcript, Turn, WordMark
from appliance.inference.job import Job
from appliance.pipeline.sound_check import SoundFault
from appliance.sessions.observer import Observer
from appliance.sessions.trace import Stamps
from appliance.turns.machine import State

T = TypeVar("T")

ANSWERED = tuple(
    name
    for name in Stamps().as_dict()
    if name not in {"first_words", "barge_in", "ducked", "hushed", "silent"}
)
"""Stamps of every turn that was said, and answered to its end."""

VOICE_RATE = 16_000
LETTER_S = 0.05
"""Seconds of sound per character of spoken text."""


def voice(seconds: float, level: float = 0.3) -> Samples:
    """Somebody speaking, for `LoudnessVad`: 16 kHz."""
    return np.full(round(seconds * CAPTURE_RATE), level, np.float32)


def silence(seconds: float) -> Samples:
    """Nobody speaking."""
    return np.zeros(round(seconds * CAPTURE_RATE), np.float32)


class LoudnessVad:
    """A detector for which sound is speech."""

    window = 512

    def probability(self, window: Samples) -> float:
        return 0.95 if float(np.abs(window).mean()) > 0.1 else 0.02

    def reset(self) -> None: ...

    def probe(self) -> None: ...

    def warm(self) -> None: ...

    def close(self) -> None: ...


@dataclass
class Script:
    """What the engines do, and how long it takes them."""

    transcripts: Iterable[str] = ()
    """One per utterance; when they run out, "hello there"."""
    streamed: str = ""
    """What the recogniser understands while it listens, a word more with every third block of 100 ms."""
    replies: Iterable[str] = ()
    """One per prompt; when they run out, "Yes. I think so."."""
    turn_ends: Iterable[float] = ()
    """Probabilities, one per look of the turn end model; when they run out, it fails."""
    finish_s: float = 0.0
    """Transcript, at the end or before."""
    prefill_s: float = 0.0
    """Before the first token."""
    token_s: float = 0.0
    """Each word."""
    voice_s: float = 0.0
    """Each clause."""
    spare: bool = False
    """Whether a core is free for what nobody waits for."""
    fails: Callable[[Job[Any]], bool] = field(default=lambda _: False)
    """Which jobs break."""


class ScriptedInference:
    """An `Inference` without engines.

    The sound of a turn has the level turn/100, so that one can see whose it is.
    """

    def __init__(self, script: Script) -> None:
        self.script = script
        self.prompts: list[list[Message]] = []
        self.jobs: list[Job[Any]] = []
        self.running: set[int] = set()
        self.lives: dict[Stage, int] = {}
        self.doubts: list[tuple[Stage, str]] = []
        self._said: dict[int, str] = {}  # by utterance
        self._blocks: Counter[int] = Counter()  # likewise
        self._transcripts = iter(script.transcripts)
        self._replies = iter(script.replies)
        self._turn_ends = iter(script.turn_ends)

    @asynccontextmanager
    async def stream(self, job: Job[T]) -> AsyncIterator[AsyncIterator[T]]:
        self.jobs.append(job)
        key = len(self.jobs)
        self.running.add(key)
        try:
            yield cast(AsyncIterator[T], self._run(job))
        finally:
            self.running.discard(key)

    def life(self, stage: Stage) -> int:
        return self.lives.get(stage, 0)

    def spare(self) -> bool:
        return self.script.spare

    def doubt(self, job: Job[Any], problem: str) -> None:
        self.doubts.append((job.stage, problem))

    async def call(self, job: Job[T]) -> T:
        async with self.stream(job) as results:
            return await anext(results)

    async def _run(self, job: Job[Any]) -> AsyncIterator[Any]:
        if self.script.fails(job):
            raise EngineError(job.stage, f"{job.stage} was told to break")
        match job.method:
            case "accept":
                self._blocks[job.args[0]] += 1
                yield " ".join(self.script.streamed.split()[: self._blocks[job.args[0]] // 3])
            case "discard":
                yield None
            case "probability":
                yield self._turn_end()
            case "prefill":
                yield 0
            case "peek" | "finish":
                await clock.sleep_until(clock.now() + self.script.finish_s)
                yield Transcript(self._understand(job.args[0]), 0.9)
            case "generate":
                self.prompts.append(list(job.args[0]))
                await clock.sleep_until(clock.now() + self.script.prefill_s)
                for word in next(self._replies, "Yes. I think so.").split(" "):
                    await clock.sleep_until(clock.now() + self.script.token_s)
                    yield f"{word} "
            case "synthesize":
                await clock.sleep_until(clock.now() + self.script.voice_s)
                yield self._sound(job.args[0], job.turn)

    def _turn_end(self) -> float:
        turn_end = next(self._turn_ends, None)
        if turn_end is None:
            raise EngineError(Stage.TURN_END, "there is no turn end model")
        return turn_end

    def _understand(self, utterance: int) -> str:
        if utterance not in self._said:
            self._said[utterance] = next(self._transcripts, "hello there")
        return self._said[utterance]

    def _sound(self, text: str, turn: int) -> SpeechChunk:
        letter = round(LETTER_S * VOICE_RATE)
        starts = [i for i, c in enumerate(text) if c != " " and (i == 0 or text[i - 1] == " ")]
        marks = tuple(WordMark(start, start * letter) for start in starts)
        return SpeechChunk(np.full(len(text) * letter, turn / 100, np.float32), VOICE_RATE, marks)


@dataclass
class Witness(Observer):
    """An `Observer` that remembers."""

    states: list[State] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    stamps: list[Stamps] = field(default_factory=list)
    failures: list[tuple[int, Stage]] = field(default_factory=list)
    faults: list[tuple[SoundFault, ...]] = field(default_factory=list)

    def state(self, state: State) -> None:
        self.states.append(state)

    captions: list[tuple[int, str]] = field(default_factory=list)
    asked: list[tuple[int, str]] = field(default_factory=list)

    def understood(self, turn: int, text: str) -> None:
        self.asked.append((turn, text))

    def saying(self, turn: int, heard: str) -> None:
        self.captions.append((turn, heard))

    def sound(self, faults: tuple[SoundFault, ...]) -> None:
        self.faults.append(faults)

    def failed(self, turn: int, error: EngineError) -> None:
        self.failures.append((turn, error.stage))

    def turn(self, turn: Turn, stamps: Stamps) -> None:
        self.turns.append(turn)
        self.stamps.append(stamps)
