"""A page far away that hears and speaks through a port, and a network that may break: a few lines, on virtual time."""

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np

from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE, AudioFrame, Samples
from appliance.core.gate import FADE_MS
from appliance.transports.remote import RemotePort, RemoteSettings
from tests.transports.port_conformance import RATE, pause
from tests.virtual_time import run

BLOCK = RATE // 50
PACKET = CAPTURE_RATE // 50
DELAY_S = 0.1
FADE = RATE * FADE_MS // 1000
STEP = 0.51 / 48
"""The largest step between samples of 0.5 that are faded within 5 ms, or glide within 10."""


def counting(seconds: float) -> AudioFrame:
    """Sound of which every sample tells its place."""
    count = round(seconds * RATE)
    return AudioFrame(np.linspace(0.25, 0.75, count, dtype=np.float32), RATE, 0)


class Page:
    """A page that hears and speaks, and a network that may break."""

    def __init__(self, port: RemotePort) -> None:
        self.port = port
        self.linked = True
        """Whether packets get through, in both directions."""
        self.carried = True
        """Whether the box pulls at all."""
        self.heard: list[Samples] = []
        """What got through, or silence in its place."""
        self.pulled: list[Samples] = []

    def tick(self) -> None:
        """20 ms of both directions."""
        if self.linked:
            self.port.capture(np.full(PACKET, 0.1, np.float32))
        if self.carried:
            block = self.port.pull(BLOCK)
            self.pulled.append(block)
            self.heard.append(block if self.linked else np.zeros_like(block))

    async def live(self) -> None:
        due = clock.now()
        while True:
            self.tick()
            due += 0.02
            await clock.sleep_until(due)

    def speaker(self) -> Samples:
        return np.concatenate([np.empty(0, np.float32), *self.heard])


def played(scene: Callable[[Page, RemotePort], Awaitable[None]]) -> Samples:
    """What a page hears while a scene lasts."""

    async def main() -> Samples:
        port = RemotePort(RemoteSettings(delay_ms=DELAY_S * 1000))
        page = Page(port)
        port.attach()
        living = asyncio.create_task(page.live())
        await pause(0.011)  # between two blocks
        await scene(page, port)
        living.cancel()
        port.close()
        return page.speaker()

    return run(main())
