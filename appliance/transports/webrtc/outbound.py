"""From what a port plays to packets, one every 20 ms of the monotonic clock."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av.packet import Packet

from appliance.core import clock
from appliance.core.audio import Samples
from appliance.transports.webrtc.opus import RTP_RATE, OpusEncoder

PACKET_S: Final = 0.02
BLOCK: Final = RTP_RATE // 50
"""Samples per packet."""
CATCH_UP_S: Final = 0.1
"""s of packets that a late loop sends at once; what is later than that is left out of the stream's time."""
QUIET: Final = 5
"""Packets of pure silence after which the last one is sent again and again: encoding silence costs as much
as speech, and most sessions are silent most of the time."""


class VoiceTrack(MediaStreamTrack):
    """What the box says, encoded at the last moment: a stop is heard with the next packet."""

    kind = "audio"

    def __init__(self, pull: Callable[[int], Samples]) -> None:
        """Prepare a track that asks `pull` for the next so many samples at 48 kHz, whenever they are due."""
        super().__init__()
        self._pull = pull
        self._encoder = OpusEncoder()
        self._begun = 0.0
        self._periods = 0
        """Of 20 ms, since the first packet."""
        self._quiet = 0
        self._silence = b""

    async def recv(self) -> "Packet[Any]":
        """The next packet, when it is due."""
        if self.readyState != "live":
            raise MediaStreamError
        await clock.sleep_until(self._due())
        packet: Packet[Any] = Packet(self._encode(self._pull(BLOCK)))
        packet.pts, packet.time_base = self._periods * BLOCK, TIME_BASE
        return packet

    def _due(self) -> float:
        now = clock.now()
        if not self._begun:
            self._begun = now
            return now
        self._periods += 1
        due = self._begun + self._periods * PACKET_S
        if now - due > CATCH_UP_S:
            self._periods += int((now - due) / PACKET_S)
        return self._begun + self._periods * PACKET_S

    def _encode(self, block: Samples) -> bytes:
        self._quiet = 0 if block.any() else self._quiet + 1
        if self._quiet <= QUIET:
            self._silence = self._encoder.encode(block)
        return self._silence


TIME_BASE: Final = Fraction(1, RTP_RATE)
