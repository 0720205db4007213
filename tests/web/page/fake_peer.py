"""The WebRTC half of the fake box: a real peer that plays a tone and measures what it hears."""

import asyncio
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from aiortc import MediaStreamTrack, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

RATE = 48_000
FRAME = 960
"""Samples in 20 ms."""
TONE_HZ = 440


def tone(at: int, loud: bool) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """20 ms of the box's voice, from sample `at` on."""
    phase = 2 * np.pi * TONE_HZ * np.arange(at, at + FRAME) / RATE
    return (np.sin(phase) * (8000 if loud else 0)).astype(np.int16)


class Voice(MediaStreamTrack):
    """A tone while the box is speaking, silence otherwise."""

    kind = "audio"

    def __init__(self, loud: Callable[[], bool]) -> None:
        super().__init__()
        self._loud = loud
        self._at = 0
        self._begun = asyncio.get_running_loop().time()

    async def recv(self) -> AudioFrame:
        due = self._begun + self._at / RATE
        await asyncio.sleep(max(0, due - asyncio.get_running_loop().time()))
        frame = AudioFrame.from_ndarray(tone(self._at, self._loud())[np.newaxis], layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._at, Fraction(1, RATE)
        self._at += FRAME
        return frame


class Peer:
    """One browser, connected by WebRTC."""

    def __init__(
        self,
        loud: Callable[[], bool],
        opened: Callable[["Peer"], None],
        told: Callable[[str], None],
        heard: Callable[[float], None],
    ) -> None:
        self._connection = RTCPeerConnection()
        self._connection.addTrack(Voice(loud))
        self._channel: RTCDataChannel | None = None
        self._listening: list[asyncio.Task[None]] = []

        def on_channel(channel: RTCDataChannel) -> None:
            self._channel = channel
            channel.on("message", told)
            opened(self)

        def on_track(track: MediaStreamTrack) -> None:
            self._listening.append(asyncio.create_task(_listen(track, heard)))

        self._connection.on("datachannel", on_channel)
        self._connection.on("track", on_track)

    async def answer(self, sdp: str, reachable: bool) -> str:
        """The SDP of the answer; unreachable means that no packet of ours ever leaves."""
        await self._connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        answer = self._connection.localDescription.sdp
        if reachable:
            return answer
        await self.close()
        return "".join(line for line in answer.splitlines(True) if not line.startswith("a=candidate"))

    def tell(self, text: str) -> None:
        """Send a message to the page."""
        if self._channel:
            self._channel.send(text)

    async def close(self) -> None:
        """Hang up."""
        for task in self._listening:
            task.cancel()
        await self._connection.close()


async def _listen(track: MediaStreamTrack, heard: Callable[[float], None]) -> None:
    try:
        while True:
            frame = await track.recv()
            assert isinstance(frame, AudioFrame)
            heard(float(np.abs(frame.to_ndarray()).max()) / 32768)
    except MediaStreamError:
        pass  # the page has hung up
