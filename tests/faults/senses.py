"""Ports, detectors and schedulers that can be hurt, around the real ones."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import numpy as np

from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE, AudioFrame, Samples
from appliance.core.speech import Stage
from appliance.inference.job import Inference, Job
from appliance.transports.wavfile import WavPort
from tests.faults.actors import Kind
from tests.faults.house import RATE, Ear

T = TypeVar("T")

LOST_S = 3.0
"""s for which a device is gone, or stands still."""
BURST = 10
"""Periods that come at once, late."""


class Wounded(WavPort):
    """A port whose microphone, or loudspeaker, can be hurt once."""

    def __init__(self) -> None:
        super().__init__(RATE)
        self.ear: Kind | None = None
        """What befalls the microphone next."""
        self.mouth: Kind | None = None
        """Likewise the loudspeaker."""
        self._gone = {"ear": -1.0, "mouth": -1.0}

    @property
    def deaf(self) -> bool:  # type: ignore[override]  # of a file it is a fact, here it changes
        return clock.now() < self._gone["ear"]

    @property
    def speechless(self) -> bool:  # type: ignore[override]
        return clock.now() < self._gone["mouth"]

    def lose(self, what: str, seconds: float = LOST_S) -> None:
        """The device of this side is gone for so long."""
        self._gone[what] = clock.now() + seconds

    async def frames(self) -> AsyncIterator[AudioFrame]:
        number = 0
        async for frame in super().frames():
            number += 1
            match self.ear:
                case Kind.RAISES:
                    self.ear = None
                    raise OSError("the microphone broke")
                case Kind.HANGS:
                    self.ear = None
                    await clock.sleep_until(clock.now() + LOST_S)
                case Kind.SLOW if number % BURST == 0:
                    await clock.sleep_until(clock.now() + BURST / 100)
            yield AudioFrame(self._damaged(frame.samples, number), CAPTURE_RATE, frame.start)

    def _damaged(self, samples: Samples, number: int) -> Samples:
        if self.deaf:
            return np.zeros_like(samples)
        return np.full_like(samples, np.nan) if self.ear is Kind.GARBAGE and number % 5 == 0 else samples

    async def play(self, frame: AudioFrame) -> None:
        match self.mouth:
            case Kind.RAISES:
                self.mouth = None
                raise OSError("the loudspeaker broke")
            case Kind.HANGS:
                self.mouth = None
                await clock.sleep_until(clock.now() + LOST_S)
        if not self.speechless:
            await super().play(frame)


class HurtEar(Ear):
    """A detector that fails for as long as it is hurt."""

    wound: Kind | None = None
    nonsense: float = float("nan")

    def __init__(self) -> None:
        super().__init__()
        if self.wound is Kind.BROKEN:
            raise OSError("no such model")

    def probe(self) -> None:
        if not 0.0 <= self.probability(np.zeros(self.window, np.float32)) < 0.3:
            raise OSError("it takes silence for speech")

    def probability(self, window: Samples) -> float:
        match self.wound:
            case Kind.RAISES:
                raise RuntimeError("onnxruntime fell over")
            case Kind.GARBAGE:
                return self.nonsense
            case Kind.SLOW:
                for _ in range(9):
                    super().probability(window)
        return super().probability(window)


class HurtScheduler:
    """An `Inference` around the real one, with a bug that shows once."""

    def __init__(self, inner: Inference) -> None:
        self.inner = inner
        self.wound: Kind | None = None

    @asynccontextmanager
    async def stream(self, job: Job[T]) -> AsyncIterator[AsyncIterator[T]]:
        wound = self.wound if job.method == "generate" and job.session == "local" else None
        self.wound = None if wound else self.wound
        async with self.inner.stream(job) as results:
            match wound:
                case Kind.RAISES:
                    raise KeyError("a ticket that is not there")
                case Kind.SLOW:
                    await clock.sleep_until(clock.now() + 2.0)
                    yield results
                case Kind.HANGS:
                    yield _never()
                case Kind.GARBAGE:
                    yield _nonsense()
                case _:
                    yield results

    def life(self, stage: Stage) -> int:
        return self.inner.life(stage)

    def spare(self) -> bool:
        return self.inner.spare()

    def doubt(self, job: Job[Any], problem: str) -> None:
        self.inner.doubt(job, problem)

    async def call(self, job: Job[T]) -> T:
        return await self.inner.call(job)


async def _never() -> AsyncIterator[Any]:
    await clock.sleep_until(clock.now() + 1e6)
    yield None


async def _nonsense() -> AsyncIterator[Any]:
    yield {"not": "a word"}
