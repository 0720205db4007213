"""A link without a device for the local port: the test itself is the device."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

import numpy as np

from appliance.audio.device import Format
from appliance.audio.memory import PLAYBACK_PERIOD as PERIOD
from appliance.audio.memory import anonymous
from appliance.audio.playback import Playback
from appliance.audio.ring import CaptureWriter
from appliance.audio.side import AudioStatus, Side
from appliance.core.audio import AudioFrame
from appliance.core.clock import monotonic
from appliance.core.gate import FADE_MS

T = TypeVar("T")
FADE = 48 * FADE_MS
HERE = AudioStatus(Side(True, "a microphone"), Side(True, "a loudspeaker"))
GONE = Side(False, "gone", gone=True)


class TestLink:
    """Memory and a doorbell. The test itself is the device."""

    __test__ = False

    def __init__(self) -> None:
        self.memory = anonymous()
        self.status = HERE
        self.writer = CaptureWriter(self.memory)
        self.playback = Playback(self.memory, Format(48_000, 1))
        self._news = asyncio.Event()
        self._open = True

    async def open(self) -> None: ...

    async def close(self) -> None:
        self._open = False
        self._news.set()

    async def news(self) -> bool:
        await self._news.wait()
        return self._open

    def capture(self, samples: int) -> None:
        for start in range(0, samples, 160):
            moment = monotonic() + start / 16_000
            self.writer.write(np.full(min(160, samples - start), 0.5, np.float32), moment)
        self.ring()

    def take(self, periods: int = 1) -> None:
        """Play periods that leave the loudspeaker at this very moment."""
        out = np.zeros(PERIOD, np.float32)
        for _ in range(periods):
            self.playback.period(out.data.cast("B"), monotonic() - 1, starved=False)
        self.ring()

    def ring(self) -> None:
        self._news.set()
        self._news.clear()


def run(test: Coroutine[object, object, T]) -> T:
    async def bounded() -> T:
        async with asyncio.timeout(10):
            return await test

    return asyncio.run(bounded())


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(5):
        await asyncio.sleep(0)


def sound(samples: int) -> AudioFrame:
    return AudioFrame(np.full(samples, 0.5, np.float32), 48_000, 0)
