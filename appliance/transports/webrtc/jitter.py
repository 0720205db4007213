"""Puts packets back in their order and tells what is missing, without ever waiting for long."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from appliance.transports.webrtc.opus import RTP_RATE

DEEPEST: Final = 5
"""Packets that may wait behind a missing one: 100 ms of 20."""
LONGEST_WAIT_S: Final = 0.1
"""s that they wait when no more arrive."""
CALM: Final = 250
"""Packets (5 s) without a late one after which less patience is tried."""
LONGEST_GAP: Final = RTP_RATE // 5
"""Samples, 200 ms: what is missing is made up for up to here; beyond, the sound begins anew."""
STRAY: Final = 100
"""Packets: whoever is further away belongs to another stream of numbers, as after a restart of the sender."""


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet of sound."""

    sequence: int
    """Its number, modulo 2¹⁶."""
    timestamp: int
    """Its place at 48 kHz, modulo 2³²."""
    samples: int
    """Its length at 48 kHz."""
    payload: bytes
    """Its Opus data."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be heard next: so much of what is missing, then a packet."""

    missing: int
    """Samples at 48 kHz."""
    packet: Packet


class JitterBuffer:
    """Owns the packets that wait for one that is missing.

    A packet in order passes at once: whoever listens to whole utterances needs no even flow. Patience with
    missing ones grows with every packet that came too late, and shrinks again in calm.
    """

    def __init__(self) -> None:
        self.depth = 1
        """Packets that wait behind a missing one before it is given up: 1 to 5."""
        self.received = 0
        """Packets, all."""
        self.late = 0
        """Packets that came after they had been given up, or twice."""
        self.missing = 0
        """Samples at 48 kHz that were made up for."""
        self._next: int | None = None
        self._end: int | None = None
        """Timestamp where the last packet ended."""
        self._waiting: dict[int, Packet] = {}
        self._given_up: deque[int] = deque(maxlen=STRAY)
        self._calm = 0

    @property
    def waiting(self) -> bool:
        """Whether packets wait behind a missing one."""
        return bool(self._waiting)

    def put(self, packet: Packet) -> Iterator[Step]:
        """Take a packet that has arrived, and yield what can be heard now."""
        self.received += 1
        ahead = _signed(packet.sequence - self._next, 16) if self._next is not None else 0
        if self._next is None or abs(ahead) > STRAY:
            self._restart(packet)
        elif ahead < 0 or packet.sequence in self._waiting:
            self._belated(packet.sequence)
            return
        self._waiting[packet.sequence] = packet
        yield from self._in_order()
        while len(self._waiting) >= self.depth:
            yield from self._give_up()

    def expire(self) -> Iterator[Step]:
        """Wait no longer: yield what is left."""
        while self._waiting:
            yield from self._give_up()

    def _in_order(self) -> Iterator[Step]:
        while self._next in self._waiting:
            packet = self._waiting.pop(self._next)
            self._next = (self._next + 1) % 2**16
            self._calm += 1
            if self._calm >= CALM:
                self.depth, self._calm = max(1, self.depth - 1), 0
            yield Step(self._gap(packet), packet)

    def _give_up(self) -> Iterator[Step]:
        """Go on with the nearest packet."""
        assert self._next is not None, "something waits"
        while self._next not in self._waiting:
            self._given_up.append(self._next)
            self._next = (self._next + 1) % 2**16
        yield from self._in_order()

    def _gap(self, packet: Packet) -> int:
        gap = _signed(packet.timestamp - self._end, 32) if self._end is not None else 0
        self._end = (packet.timestamp + packet.samples) % 2**32
        gap = gap if 0 < gap <= LONGEST_GAP else 0
        self.missing += gap
        return gap

    def _belated(self, sequence: int) -> None:
        self.late += 1
        if sequence in self._given_up:  # and not only a copy
            self._given_up.remove(sequence)
            self.depth, self._calm = min(self.depth + 1, DEEPEST), 0

    def _restart(self, packet: Packet) -> None:
        self._waiting.clear()
        self._given_up.clear()
        self._next, self._end = packet.sequence, None


def _signed(difference: int, bits: int) -> int:
    """A difference of numbers that wrap around."""
    half = 1 << (bits - 1)
    return (difference + half) % (1 << bits) - half
