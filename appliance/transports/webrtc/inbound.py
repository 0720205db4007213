"""From packets that have arrived to sound: in order, decoded, with what was lost made up for."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.transports.webrtc.jitter import LONGEST_WAIT_S, JitterBuffer, Packet, Step
from appliance.transports.webrtc.opus import RTP_RATE, OpusDecoder, duration

GRAIN: Final = CAPTURE_RATE // 400
"""Samples: libopus makes up for multiples of 2.5 ms."""


class Inbound:
    """Owns the jitter buffer and the decoder of one stream."""

    def __init__(self, capture: Callable[[Samples], None]) -> None:
        self.buffer = JitterBuffer()
        """Counts what the network does."""
        self._capture = capture
        self._decoder = OpusDecoder()
        self._timer: asyncio.TimerHandle | None = None

    def take(self, sequence: int, timestamp: int, payload: bytes) -> None:
        """A packet has arrived. What is no Opus is ignored."""
        if samples := duration(payload):
            steps = tuple(self.buffer.put(Packet(sequence, timestamp, samples, payload)))
            if steps:
                self.close()  # what waits now, waits for another one
            self._hear(steps)
            if self.buffer.waiting and self._timer is None:
                self._timer = clock.after(LONGEST_WAIT_S, self._expire)

    def close(self) -> None:
        """Wait for nothing any more."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        self._timer = None
        self._hear(self.buffer.expire())

    def _hear(self, steps: Iterable[Step]) -> None:
        for step in steps:
            missing = step.missing * CAPTURE_RATE // RTP_RATE // GRAIN * GRAIN
            if missing:
                self._capture(self._decoder.conceal(missing, step.packet.payload))
            self._capture(self._decoder.decode(step.packet.payload))
