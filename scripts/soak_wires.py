"""How soaking guests reach the box: a WebSocket that carries sound, or WebRTC."""

import asyncio
from contextlib import suppress
from fractions import Fraction
from socket import SHUT_RDWR
from typing import Any

import aiohttp
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from appliance.core.clock import monotonic
from scripts.soak_people import QUIET, Address, Guest, Mouth, browser, pair, until

AT_THE_BOX = asyncio.Semaphore(1)
"""One reads the digits at a time: they are new for everybody."""
HELLO_S = 30.0
"""s that the box has to say hello."""


class _Reachable(Guest):
    """A guest who knows where the box is, and is paired with it."""

    def __init__(self, box: Address, *args: Any) -> None:
        super().__init__(*args)
        self._box = box
        self._web: aiohttp.ClientSession | None = None

    async def browse(self) -> aiohttp.ClientSession:
        """Their browser, paired."""
        if self._web is None:
            web = browser()
            try:
                async with AT_THE_BOX:
                    await pair(web, self._box, self.line.name)
            except (aiohttp.ClientError, OSError):
                await web.close()
                raise
            self._web = web
        return self._web

    async def greeted(self) -> None:
        """Return when the box has said hello."""
        await until(lambda: self.line.connected, HELLO_S)
        if not self.line.connected:
            raise TimeoutError

    async def leave(self) -> None:
        """For good."""
        if self.wire:
            with suppress(Exception):
                await self.wire.end(rudely=False)
        if self._web:
            await self._web.close()


class SocketGuest(_Reachable):
    """Somebody whose network lets no UDP through."""

    async def connect(self) -> None:
        """See `Guest`."""
        if isinstance(self.wire, _Socket):
            await self.wire.end(rudely=True)
        web = await self.browse()
        query = f"?session={self.line.session}" if self.line.session else ""
        self.wire = _Socket(await web.ws_connect(self._box.secure(f"/api/ws{query}")), self)
        await self.greeted()


class _Socket:
    """Owns a WebSocket and the two tasks that serve it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, guest: Guest) -> None:
        self._socket = socket
        self._guest = guest
        self._tasks = [asyncio.create_task(work) for work in (self._read(), self._speak())]

    async def send(self, text: str) -> None:
        await self._socket.send_str(text)

    async def send_sound(self, data: bytes) -> None:
        await self._socket.send_bytes(data)

    async def end(self, *, rudely: bool) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        plain = self._socket.get_extra_info("socket") if rudely else None
        if plain:
            with suppress(OSError):
                plain.shutdown(SHUT_RDWR)
        else:
            await self._socket.close()

    async def _read(self) -> None:
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self._guest.take(message.data)
            elif message.type is aiohttp.WSMsgType.BINARY:
                samples = np.frombuffer(message.data, "<i2").astype(np.float32) / 32768
                if float(np.sqrt(np.mean(samples**2))) > QUIET:
                    self._guest.line.heard()
        if self._guest.wire is self:
            self._guest.line.lost()

    async def _speak(self) -> None:
        due = monotonic()
        with suppress(ConnectionError):
            while not self._socket.closed:
                await self._socket.send_bytes((self._guest.mouth.frame() * 32767).astype("<i2").tobytes())
                due = max(due + 0.02, monotonic() - 0.1)
                await asyncio.sleep(max(0.0, due - monotonic()))


class _Voice(MediaStreamTrack):
    """A microphone for WebRTC."""

    kind = "audio"

    def __init__(self, mouth: Mouth) -> None:
        super().__init__()
        self._mouth = mouth
        self._number = 0
        self._begun = monotonic()

    async def recv(self) -> AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        await asyncio.sleep(max(0.0, self._begun + self._number * 0.02 - monotonic()))
        sound = np.repeat(
            self._mouth.frame(), 3
        )  # 48 kHz is what the box asks for; images above 8 kHz harm nobody
        frame = AudioFrame.from_ndarray(
            (np.repeat(sound, 2)[None, :] * 32767).astype(np.int16), format="s16", layout="stereo"
        )
        frame.sample_rate, frame.pts, frame.time_base = 48_000, self._number * 960, Fraction(1, 48_000)
        self._number += 1
        return frame


class RtcGuest(_Reachable):
    """Somebody with WebRTC."""

    async def connect(self) -> None:
        """See `Guest`."""
        if self.wire:
            await self.wire.end(rudely=True)
        web, wire = await self.browse(), _Rtc(self)
        self.wire = wire
        offer: dict[str, Any] = {"type": "offer", "sdp": await wire.offer()}
        if self.line.session:
            offer["session"] = self.line.session
        async with web.post(self._box.secure("/api/offer"), json=offer) as got:
            answer = await got.json()
        if got.status != 200:
            await wire.end(rudely=False)
            raise ConnectionError(answer["problem"])
        await wire.accept(answer["sdp"])
        await self.greeted()


class _Rtc:
    """Owns one peer connection."""

    def __init__(self, guest: Guest) -> None:
        self._guest = guest
        self._peer = RTCPeerConnection(RTCConfiguration([]))
        self._peer.addTrack(_Voice(guest.mouth))
        self._channel = self._peer.createDataChannel("control")
        self._channel.on("message", guest.take)
        self._peer.on("track", self._listen)
        self._peer.on("connectionstatechange", self._follow)
        self._listening: asyncio.Task[None] | None = None

    async def offer(self) -> str:
        await self._peer.setLocalDescription(await self._peer.createOffer())
        return str(self._peer.localDescription.sdp)

    async def accept(self, sdp: str) -> None:
        await self._peer.setRemoteDescription(RTCSessionDescription(sdp, "answer"))

    async def send(self, text: str) -> None:
        if self._channel.readyState == "open":
            self._channel.send(text)

    async def send_sound(self, data: bytes) -> None:
        if self._channel.readyState == "open":
            self._channel.send(data)

    async def end(self, *, rudely: bool) -> None:
        if rudely:  # the network is gone: nothing is said any more
            for transceiver in self._peer.getTransceivers():
                for protocol in transceiver.receiver.transport.transport._connection._protocols:  # noqa: SLF001
                    protocol.transport.abort()
        with suppress(Exception):
            await self._peer.close()
        if self._listening:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    def _follow(self) -> None:
        if self._peer.connectionState in {"failed", "closed"} and self._guest.wire is self:
            self._guest.line.lost()

    def _listen(self, track: MediaStreamTrack) -> None:
        self._listening = asyncio.create_task(self._hear(track))

    async def _hear(self, track: MediaStreamTrack) -> None:
        with suppress(MediaStreamError):
            while True:
                frame: Any = await track.recv()
                sound = frame.to_ndarray().astype(np.float32) / 32768
                if float(np.sqrt(np.mean(sound**2))) > QUIET:
                    self._guest.line.heard()
