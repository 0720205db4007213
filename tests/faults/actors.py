"""Engines that act on the loop's clock, in workers that speak the real messages; any of them can be hurt.

They keep what real ones keep: the recogniser has only heard what it was given in this life, the model goes on with an
answer that was cut off, every voice has a level by which it is known.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any

import numpy as np

from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.errors import EngineError
from appliance.core.speech import Role, SpeechChunk, Stage, Transcript, WordMark
from appliance.inference.launch import Receive, Worker
from appliance.inference.spec import EngineSpec
from appliance.inference.wire import (
    Allow,
    Broken,
    Call,
    Cancel,
    Decoder,
    Ended,
    Item,
    Ping,
    Pong,
    Ready,
    Start,
    Waiting,
)

VOICE_RATE = 16_000
LETTER_S = 0.04
"""s of sound per character."""
WORD_S = 0.25
"""s of somebody's voice that the recogniser takes for one word."""
NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
REPLY = "This is an answer that you asked for. It has a second sentence. And then it ends."
LEVELS = {"the voice": 0.10, "the spare voice": 0.14}
"""How loud each voice speaks: its name, as it were."""

LOAD_S = 0.8
"""s that an engine takes to be ready. Real ones take 0.3 to 3."""
TAKES_S = {
    "peek": 0.15,
    "finish": 0.15,
    "prefill": 0.05,
    "generate": 0.12,
    "synthesize": 0.06,
    "probability": 0.06,
}
"""s to the first result: what this project's engines take on two cores."""
TOKEN_S = 0.02


class Kind(StrEnum):
    """What can befall a part."""

    RAISES = "raises"
    HANGS = "hangs"
    SLOW = "slow"
    GARBAGE = "garbage"
    KILLED = "killed"
    OOM = "oom"
    BROKEN = "starts_broken"


MAIN = {
    Stage.STT: {"peek", "finish"},
    Stage.LLM: {"generate"},
    Stage.TTS: {"synthesize"},
    Stage.TURN_END: {"probability"},
}
"""The methods for whose result somebody waits."""

NONSENSE: dict[Stage, list[Any]] = {
    Stage.STT: [Transcript("", 0.9), Transcript("four", float("nan")), None, "four"],
    Stage.LLM: ["", "🙂", None, 7],
    Stage.TTS: [
        SpeechChunk(np.full(16_000, np.nan, np.float32), VOICE_RATE),
        SpeechChunk(np.zeros(16_000, np.float32), VOICE_RATE),
        None,
        SpeechChunk(np.zeros(0, np.float32), 0),
    ],
    Stage.TURN_END: [float("nan"), 7.0, None, "yes"],
}
"""What each may give instead of sense."""


@dataclass
class Wound:
    """What befalls the engines of one stage, while it is open."""

    stage: Stage
    kind: Kind
    engines: frozenset[str] = frozenset()
    """Names of those it befalls; empty: all of the stage."""
    times: float = float("inf")
    """How often yet."""
    midst: bool = False
    """In the middle of the work, where there is one, not before it."""
    nonsense: Any = None
    """GARBAGE: what is given."""
    struck: int = 0
    """How often it has befallen them."""

    def befalls(self, spec: EngineSpec, method: str) -> bool:
        """Whether it does so now; that is counted."""
        early = self.midst and self.stage is Stage.STT
        methods = {"accept"} if early else MAIN[self.stage]
        mine = spec.stage is self.stage and (not self.engines or spec.name in self.engines)
        if not mine or method not in methods or self.times <= 0 or self.kind is Kind.BROKEN:
            return False
        self.times -= 1
        self.struck += 1
        return True

    def prevents(self, spec: EngineSpec) -> bool:
        """Whether the engine cannot even start."""
        mine = spec.stage is self.stage and (not self.engines or spec.name in self.engines)
        prevented = mine and self.kind is Kind.BROKEN and self.times > 0
        self.struck += prevented
        return prevented


@dataclass
class Theatre:
    """All engines of a box."""

    wound: Wound | None = None
    """What is wrong at present."""
    launched: list[str] = field(default_factory=list)

    async def launch(self, spec: EngineSpec, receive: Receive) -> Worker:
        """A `Launch`."""
        self.launched.append(spec.name)
        return Actor(self, spec, receive)

    def strike(self, spec: EngineSpec, method: str) -> Wound | None:
        """What befalls this job."""
        return self.wound if self.wound and self.wound.befalls(spec, method) else None


class Actor:
    """A worker."""

    pid = 0

    def __init__(self, theatre: Theatre, spec: EngineSpec, receive: Receive) -> None:
        self._theatre = theatre
        self._spec = spec
        self._receive = receive
        self._decoder = Decoder()
        self._heard: dict[int, list[Samples]] = {}
        self._call = Call(0, "", ())
        self._until = 0
        self._serial = 0
        self._news = asyncio.Event()
        self._how = ""
        self._dead = asyncio.Event()
        self._task = asyncio.create_task(self._load())

    def send(self, data: bytes) -> None:
        for message in self._decoder.feed(data):
            asyncio.get_running_loop().call_soon(self._obey, message)

    def kill(self) -> None:
        self.die("was killed by us")

    def die(self, how: str) -> None:
        self._how = self._how or how
        self._task.cancel()
        self._dead.set()

    async def gone(self) -> str:
        await self._dead.wait()
        return self._how

    def last_words(self) -> str:
        return ""

    def _say(self, message: Any) -> None:
        if not self._dead.is_set():
            self._receive(message)

    async def _load(self) -> None:
        await clock.sleep_until(clock.now() + LOAD_S)
        wound = self._theatre.wound
        if wound and wound.prevents(self._spec):
            problem = f"{self._spec.name} cannot be loaded"
            self._say(Broken(EngineError(self._spec.stage, problem, retryable=False)))
        else:
            self._say(Ready(LOAD_S, 2**20))

    def _obey(self, message: Any) -> None:
        match message:
            case _ if self._dead.is_set():
                return
            case Call():
                self._call = message
            case Start(until=until):
                self._until, self._serial = until, 0
                self._task = asyncio.create_task(
                    self._work(self._call.job, self._call.method, self._call.args)
                )
            case Allow(serial=serial, until=until):
                self._serial, self._until = serial, until
                self._news.set()
            case Cancel(job=job):
                if not self._task.done():
                    self._task.cancel()
                    self._say(Ended(job))
            case Ping():
                self._say(Pong(clock.now()))  # it burns: nothing but its job can tell that it hangs

    async def _work(self, job: int, method: str, args: tuple[Any, ...]) -> None:
        wound = self._theatre.strike(self._spec, method)
        results = self._results(method, args, 10.0 if wound and wound.kind is Kind.SLOW else 1.0)
        index = 0
        if wound and wound.kind is not Kind.SLOW and not await self._befall(wound, job, results):
            return
        async for result in results:
            await self._gate(job, index)
            self._say(Item(job, result))
            index += 1
        self._say(Ended(job))

    async def _befall(self, wound: Wound, job: int, results: AsyncIterator[Any]) -> bool:
        """Be hurt. Returns whether the work goes on."""
        if wound.midst and self._spec.stage in {Stage.LLM, Stage.TTS}:
            for _ in range(4):
                self._say(Item(job, await anext(results)))
        match wound.kind:
            case Kind.RAISES:
                self._say(Ended(job, EngineError(self._spec.stage, f"{self._spec.name} failed: ValueError")))
            case Kind.HANGS:
                await asyncio.Event().wait()
            case Kind.GARBAGE:
                self._say(Item(job, wound.nonsense))
                self._say(Ended(job))
            case Kind.KILLED:
                self.die("was killed by signal 11 (Segmentation fault)")
            case Kind.OOM:
                self.die("was killed by signal 9 (Killed), as the kernel does when memory runs out")
        return False

    async def _gate(self, job: int, index: int) -> None:
        while index >= self._until:
            self._say(Waiting(job, self._serial))
            self._news.clear()
            await self._news.wait()

    async def _results(self, method: str, args: tuple[Any, ...], slowness: float) -> AsyncIterator[Any]:
        async def take(seconds: float) -> None:
            await clock.sleep_until(clock.now() + seconds * slowness)

        await take(TAKES_S.get(method, 0.0))
        match method:
            case "accept":
                self._heard.setdefault(args[0], []).append(args[1])
                yield ""
            case "peek" | "finish":
                yield Transcript(self._words(args[0]), 0.9)
            case "prefill":
                yield 1
            case "generate":
                last = args[0][-1]
                said = last.text if last.role is Role.ASSISTANT else ""
                for word in REPLY[len(said) :].split(" "):
                    await take(TOKEN_S)
                    yield f"{word} "
            case "synthesize":
                for chunk in _spoken(args[0], LEVELS[self._spec.name]):
                    yield chunk
                    await take(0.01)
            case "probability":
                yield 0.9
            case _:
                self._heard.pop(args[0], None)
                yield None

    def _words(self, utterance: int) -> str:
        sound = np.concatenate([np.zeros(1, np.float32), *self._heard.get(utterance, [])])
        voiced_s = np.count_nonzero(np.abs(sound) > 0.1) / CAPTURE_RATE
        return " ".join(NUMBERS[: round(voiced_s / WORD_S)])


def _spoken(text: str, level: float) -> list[SpeechChunk]:
    """Its sound in six pieces, with marks."""
    letter = round(LETTER_S * VOICE_RATE)
    starts = [i for i, c in enumerate(text) if c != " " and (i == 0 or text[i - 1] == " ")]
    marks = [WordMark(start, start * letter) for start in starts]
    bounds = np.linspace(0, len(text) * letter, 7).astype(int)
    return [
        SpeechChunk(
            np.full(last - first, level, np.float32),
            VOICE_RATE,
            tuple(mark for mark in marks if first <= mark.sample < last),
        )
        for first, last in pairwise(bounds)
    ]


def specs(stage: Stage) -> list[EngineSpec]:
    """The engines of a stage, best first."""
    names: dict[Stage, list[str]] = {
        Stage.STT: ["the ear", "the spare ear"],
        Stage.LLM: ["the model", "the spare model"],
        Stage.TTS: list(LEVELS),
        Stage.TURN_END: ["the judge"],
    }
    return [EngineSpec(stage, name, "nobody:imports_this") for name in names[stage]]
