"""Carries a conversation through a WebSocket, sound included: for networks on which WebRTC finds no way.

Sound goes up as 20 ms of PCM16 at 16 kHz in each binary message, all the time, so that its absence tells that the
connection is dead long before TCP would. It comes down as 20 ms of PCM16 at 48 kHz, at the pace of our clock. When
the network is slower than that, nothing is taken from the port, and nothing is lost. Once it was dead it is closed
rather than repaired: what is still on its way would be heard a second time, behind what the port gives away again.
"""

import asyncio
from socket import IPPROTO_TCP, TCP_NOTSENT_LOWAT
from typing import Any, Final

import numpy as np
from aiohttp import WSMsgType

from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.web.limits import RateLimit
from appliance.web.outbox import Outbox, Socket, close
from appliance.web.requests import BadMessage
from appliance.web.visitor import Visitor

FRAME_S: Final = 0.02
"""s of sound in a binary message, either way: as in WebRTC."""
UP_BYTES: Final = round(CAPTURE_RATE * FRAME_S) * 2
"""Of a message from the page."""
SILENCE_S: Final = 1.0
"""s without sound from the page after which it is gone."""
FIRST_S: Final = 5.0
"""The same for the first sound: a page has to start its microphone."""
CATCH_UP_S: Final = 0.1
"""s that a late loop catches up at once; what it missed beyond that has been silence."""
UP_RATE: Final = 55
"""Binary messages a second: 50, and what a page's clock may be fast. 35 KB/s, and no more."""
UP_BURST: Final = 100
"""At once: what has gathered while the network was away. Older sound is dropped by the port."""

UNSENT_BYTES: Final = 4096
"""That the kernel may hold before they go out: two frames. By default it takes megabytes, and then neither we nor the
port would notice for half a minute that nobody reads them."""

GONE: Final = "the page is gone"
SILENT: Final = "no sound from the page"
TOO_MUCH: Final = "too much sound"


class Connection:
    """Owns one WebSocket while it carries a visitor."""

    def __init__(self, socket: Socket, visitor: Visitor) -> None:
        self._socket = socket
        self._visitor = visitor
        self._outbox = Outbox(socket)
        self._allowance = RateLimit(UP_BURST, 1 / UP_RATE, keys=1)
        self._silent_at = clock.now() + FIRST_S
        """When the page will have been silent for too long."""

    async def run(self) -> str:
        """Carry the visitor until the connection ends, and return why it did."""
        if tcp := self._socket.get_extra_info("socket"):
            tcp.setsockopt(IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        self._visitor.port.attach(self)
        self._visitor.attach(self._outbox, self._outbox.flush)
        tasks = [asyncio.create_task(work) for work in (self._outbox.run(), self._read(), self._pace())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            reason = next(task.result() for task in tasks if task.done())
        finally:
            self._visitor.port.detach(self)
            self._visitor.detach(self._outbox)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await close(self._socket, reason)
        return reason

    async def _read(self) -> str:
        while True:
            try:
                message = await self._socket.receive(timeout=max(0.001, self._silent_at - clock.now()))
            except TimeoutError:
                return SILENT
            reason = self._take(message)
            if reason:
                return reason

    def _take(self, message: Any) -> str:
        """Do what a message wants; returns why it was the last, or ""."""
        match message.type:
            case WSMsgType.BINARY:
                return self._hear(message.data)
            case WSMsgType.TEXT:
                self._visitor.receive(self._outbox, message.data)
            case _:  # closed, broken, or a message that was too long
                return GONE
        return "" if clock.now() < self._silent_at else SILENT

    def _hear(self, data: bytes) -> str:
        if self._allowance.take() > 0:
            return TOO_MUCH
        if len(data) != UP_BYTES:
            self._visitor.complain(
                self._outbox, BadMessage(f"Sound comes in {UP_BYTES} bytes, not {len(data)}.")
            )
            return ""
        self._silent_at = clock.now() + SILENCE_S
        if self._visitor.port.carrier is self:
            self._visitor.port.capture(from_pcm(data))
        return ""

    async def _pace(self) -> str:
        """Take sound from the port as time passes, and when the network takes it."""
        port, due = self._visitor.port, clock.now()
        count = round(port.playback_rate * FRAME_S)
        while True:
            due = max(due + FRAME_S, clock.now() - CATCH_UP_S)
            await clock.sleep_until(due)
            if self._outbox.roomy and port.carrier is self:
                self._outbox.play(to_pcm(port.pull(count)))


def to_pcm(samples: Samples) -> bytes:
    """As 16 bit little-endian integers."""
    return (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()


def from_pcm(data: bytes) -> Samples:
    """The reverse."""
    return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768)
