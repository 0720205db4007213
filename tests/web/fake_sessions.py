"""Conversations of browsers without browsers: real sessions on scripted engines, and pages that talk and listen."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeVar, cast

import numpy as np

from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.speech import Role, SpeechChunk, Transcript, Turn
from appliance.inference.job import Job
from appliance.sessions.observer import Observer
from appliance.sessions.recorder import Keep
from appliance.sessions.session import Session
from appliance.transports.remote import RemotePort
from appliance.transports.wavfile import WavPort
from appliance.web.visitor import Visitor
from appliance.web.visitor_settings import VisitorSettings
from appliance.web.visitors import Visitors
from tests.fakes import VOICE_RATE, Script, ScriptedInference
from tests.room import Room

T = TypeVar("T")

FRAME_S = 0.02
UP = round(CAPTURE_RATE * FRAME_S)
DOWN = round(48_000 * FRAME_S)

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class Mimic(ScriptedInference):
    """Engines for many: whoever speaks at the level of n is understood as n, and is answered n at that level.

    Every prompt must be n's own from beginning to end.
    """

    def __init__(self, seed: int, slowest_s: float = 0.3) -> None:
        super().__init__(Script())
        self._luck = random.Random(seed)
        self._slowest_s = slowest_s
        self._levels: dict[int, float] = {}

    async def _run(self, job: Job[Any]) -> AsyncIterator[Any]:
        await clock.sleep_until(clock.now() + self._luck.random() * self._slowest_s)
        match job.method:
            case "accept":
                loudest = float(np.abs(job.args[1]).max())
                self._levels[job.args[0]] = max(loudest, self._levels.get(job.args[0], 0.0))
                yield ""
            case "peek" | "finish":
                yield Transcript(f"number {self._word(job.args[0])}", 0.9)
            case "generate":
                asked = {message.text.split()[1] for message in job.args[0] if message.role is Role.USER}
                heard = {m.text.split()[0] for m in job.args[0] if m.role is Role.ASSISTANT}
                assert len(asked) == 1, asked
                assert {word.lower().strip(".") for word in heard} <= asked
                for _ in range(self._luck.randint(2, 12)):
                    await clock.sleep_until(clock.now() + self._luck.random() * self._slowest_s / 10)
                    yield f"{next(iter(asked))} "
            case "synthesize":
                level = level_of(WORDS.index(job.args[0].split()[0].lower().strip(".,")))
                yield SpeechChunk(np.full(len(job.args[0]) * VOICE_RATE // 20, level, np.float32), VOICE_RATE)
            case _:
                async for result in super()._run(job):
                    yield result

    def _word(self, utterance: int) -> str:
        return WORDS[round((self._levels[utterance] - 0.2) * 25)]


def level_of(number: int) -> float:
    """How loud somebody with this number speaks: enough for `LoudnessVad`, and different for each."""
    return 0.2 + number / 25


class House:
    """Visitors on scripted engines."""

    def __init__(
        self,
        *,
        limit: int = 3,
        settings: VisitorSettings | None = None,
        script: Script | None = None,
        inference: ScriptedInference | None = None,
        keep: Keep | None = None,
    ) -> None:
        self.settings = settings or VisitorSettings()
        self.rooms: list[Room] = []
        self._script = script
        self._inference = inference
        self.visitors = Visitors(self._open, RemotePort, self.settings, limit, "box", keep)

    def _open(self, name: str, port: RemotePort, observer: Observer, past: Sequence[Turn]) -> Session:
        room = Room(self._script, past=past)
        room.inference = self._inference or room.inference
        self.rooms.append(room)
        return room.open(cast(WavPort, port), observer)  # it only uses what all ports have

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Visitors]:
        """While it is, visitors come and go. Nothing may be left over."""
        before = asyncio.all_tasks()
        running = asyncio.create_task(self.visitors.run())
        try:
            yield self.visitors
        finally:
            running.cancel()
            await asyncio.wait({running})
            await self.visitors.close()
        assert len(self.visitors) == 0
        others = asyncio.all_tasks() - before
        assert not others, others


@dataclass
class Page:
    """A `Carrier`, and somebody before the page who talks and listens."""

    visitor: Visitor
    level: float = 0.3
    """At which they speak."""
    messages: list[dict[str, Any]] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    heard: list[Samples] = field(default_factory=list)
    """What left the page's loudspeaker."""
    speaking_s: float = 0.0
    """Seconds that they will go on speaking."""
    _media: "asyncio.Task[None] | None" = None

    def send(self, text: str) -> None:
        assert not self.closed, "a page that has gone is told nothing"
        self.messages.append(json.loads(text))

    def close(self, reason: str) -> None:
        self.closed.append(reason)
        self._cut()

    def connect(self) -> "Page":
        self.visitor.port.attach(self)
        self.visitor.attach(self)
        self._media = asyncio.create_task(self._flow())
        return self

    def vanish(self) -> None:
        """The network is gone, and the box has noticed."""
        self._cut()
        self.visitor.port.detach(self)
        self.visitor.detach(self)

    def request(self, **fields: Any) -> None:
        self.visitor.receive(self, json.dumps(fields))

    async def say(self, seconds: float = 1.0) -> None:
        self.speaking_s = seconds
        await wait(seconds)

    def told(self, kind: str) -> list[dict[str, Any]]:
        """All messages of a type."""
        return [message for message in self.messages if message["type"] == kind]

    async def until(self, kind: str, number: int = 1, patience_s: float = 60.0) -> dict[str, Any]:
        """Wait for so many messages of a type, and return the last."""
        deadline = clock.now() + patience_s
        while len(self.told(kind)) < number:
            assert clock.now() < deadline, f"no {kind}: {self.messages}"
            await wait(FRAME_S)
        return self.told(kind)[number - 1]

    async def state(self, state: str) -> None:
        """Wait for a state."""
        while self.visitor.narrator.now != state:
            await wait(FRAME_S)

    def sound(self) -> list[int]:
        """Levels that were heard for 50 ms or more, in thousandths, in order; silence left out."""
        track = np.concatenate([np.empty(0, np.float32), *self.heard])
        parts = track[: len(track) // 480 * 480].reshape(-1, 480)  # 10 ms
        levels = [round(float(level) * 1000) for level in np.median(parts, axis=1)]
        return [level for level, run in groupby(levels) if level and len(list(run)) >= 5]

    def _cut(self) -> None:
        if self._media:
            self._media.cancel()

    async def _flow(self) -> None:
        due = clock.now()
        while True:
            due += FRAME_S
            await clock.sleep_until(due)
            speaks = self.speaking_s > 0
            self.speaking_s -= FRAME_S
            self.visitor.port.capture(np.full(UP, self.level if speaks else 0.0, np.float32))
            self.heard.append(self.visitor.port.pull(DOWN))


async def wait(seconds: float) -> None:
    """Let virtual time pass."""
    await clock.sleep_until(clock.now() + seconds)
