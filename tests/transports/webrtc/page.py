"""A page without a browser: aiortc at the other end of the connection, with a tone for a microphone."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from appliance.core import clock
from appliance.core.audio import Samples
from appliance.transports.remote import RemotePort
from appliance.transports.webrtc.peer import Peer
from appliance.transports.webrtc.settings import WebRtcSettings

RATE = 48_000
BLOCK = 960
PATIENCE_S = 20.0
"""s: on a machine under load everything takes long, and nothing here measures how long."""


class Tone(MediaStreamTrack):
    """A sine, for ever."""

    kind = "audio"

    def __init__(self, hertz: float) -> None:
        super().__init__()
        self._hertz = hertz
        self._number = 0
        self._begun = 0.0

    async def recv(self) -> AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        self._begun = self._begun or clock.now()
        await clock.sleep_until(self._begun + self._number * 0.02)
        moments = (np.arange(BLOCK) + self._number * BLOCK) / RATE
        sound = np.round(16_384 * np.sin(2 * np.pi * self._hertz * moments)).astype(np.int16)
        # In stereo, because FFmpeg spreads mono over two channels at 0.7 each.
        frame = AudioFrame.from_ndarray(np.repeat(sound, 2)[None, :], format="s16", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._number * BLOCK, Fraction(1, RATE)
        self._number += 1
        return frame


class Air:
    """Stands between a page and its socket, and makes weather."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self._chance = random.Random(1)
        self.loss = self.jitter_s = 0.0

    def sendto(self, data: bytes, address: Any) -> None:
        if self._chance.random() >= self.loss:
            clock.after(self._chance.uniform(0, self.jitter_s), partial(self._deliver, data, address))

    def _deliver(self, data: bytes, address: Any) -> None:
        if not self._transport.is_closing():
            self._transport.sendto(data, address)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Page:
    """One end of a connection, with all it has heard and read."""

    def __init__(self, hertz: float = 440.0) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration([]))
        self.connection.addTrack(Tone(hertz))
        self.channel: RTCDataChannel = self.connection.createDataChannel("control")
        self.channel.on("message", self._read)
        self.connection.on("track", self._listen)
        self.heard: list[Samples] = []
        """48 kHz."""
        self.read: list[str] = []
        self._listening: asyncio.Task[None] | None = None

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def accept(self, sdp: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    async def close(self) -> None:
        await self.connection.close()
        if self._listening:
            await self._listening

    def weather(self, *, loss: float = 0.0, jitter_s: float = 0.0) -> None:
        """From now on so many of its packets are lost, or come so much too late."""
        ice: Any = self.connection.getTransceivers()[0].receiver.transport.transport._connection
        for protocol in ice._protocols:
            if not isinstance(protocol.transport, Air):
                protocol.transport = Air(protocol.transport)
            protocol.transport.loss, protocol.transport.jitter_s = loss, jitter_s

    def level(self) -> float:
        """Root mean square of the last 100 ms that were heard."""
        sound = np.concatenate([np.zeros(1, np.float32), *self.heard[-5:]])
        return float(np.sqrt(np.mean(sound**2)))

    def _read(self, text: str) -> None:
        self.read.append(text)

    def _listen(self, track: MediaStreamTrack) -> None:
        self._listening = asyncio.create_task(self._record(track))

    async def _record(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                frame = await track.recv()
                assert isinstance(frame, AudioFrame)
                self.heard.append(frame.to_ndarray()[0, ::2].astype(np.float32) / np.float32(32_768))
        except MediaStreamError:
            pass


class Box:
    """The other end: a peer, its port, and what the peer has told."""

    def __init__(self, settings: WebRtcSettings | None = None, port: RemotePort | None = None) -> None:
        self.port = port or RemotePort()
        self.messages: list[str] = []
        self.losses: list[str] = []
        self.connections = 0
        self.peer = Peer(
            self.port, settings, message=self.messages.append, connected=self._count, lost=self.losses.append
        )

    def _count(self) -> None:
        self.connections += 1


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await clock.sleep_until(clock.now() + 0.01)


@asynccontextmanager
async def call(box: Box, page: Page) -> AsyncIterator[None]:
    """The two are connected."""
    try:
        await page.accept(await box.peer.answer(await page.offer()))
        await until(lambda: box.connections)
        yield
    finally:
        await page.close()
        await box.peer.close()
