"""Where aiortc and aioice have no front door: their fields are reached here, and nowhere else.

Written for aiortc 1.16 and aioice 0.13; `tests/transports/webrtc/test_back_door.py` tells when they change.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from aiortc import RTCRtpReceiver, RTCRtpTransceiver
from aiortc.rtp import RtpPacket

RECEIVED: Final = 64
"""Datagrams that may wait to be handled; more than a second of sound. Full: the oldest is dropped."""
LOOPBACK: Final = "127.0.0.1"
JITTER_BUFFER: Final = "_RTCRtpReceiver__jitter_buffer"

Take = Callable[[int, int, bytes], None]
"""Takes a packet: sequence number, timestamp, payload."""


class _Tap:
    """Stands where aiortc's jitter buffer stood, and lets nothing through to its unbounded queues.

    That one holds 4 packets at all times, and 14 after the first loss.
    """

    def __init__(self, take: Take) -> None:
        self._take = take

    def add(self, packet: RtpPacket) -> tuple[bool, None]:
        """What aiortc calls with every packet."""
        self._take(packet.sequence_number, packet.timestamp, packet.payload)
        return False, None


class _Newest(asyncio.Queue[Any]):  # noqa: TID251 - made with a size; full: see RECEIVED
    """A queue that is never full."""

    def put_nowait(self, item: Any) -> None:
        """Put, at the price of the oldest if need be."""
        if self.full():
            self.get_nowait()
        super().put_nowait(item)


def divert(receiver: RTCRtpReceiver, take: Take) -> None:
    """Give every packet of a receiver to `take`. It still counts and reports them to the sender."""
    if not hasattr(receiver, JITTER_BUFFER):
        raise RuntimeError("this version of aiortc keeps its jitter buffer elsewhere")
    setattr(receiver, JITTER_BUFFER, _Tap(take))


def tame(transceiver: RTCRtpTransceiver) -> None:
    """Bound what waits to be handled, and offer the loopback address where there is no other."""
    connection = transceiver.receiver.transport.transport.iceGatherer._connection  # noqa: SLF001
    connection._queue = _Newest(RECEIVED)  # noqa: SLF001
    gather = connection.get_component_candidates

    async def gather_somewhere(component: int, addresses: list[str], timeout: int = 5) -> Any:  # noqa: ASYNC109
        return await gather(component, addresses or [LOOPBACK], timeout)

    connection.get_component_candidates = gather_somewhere  # type: ignore[method-assign]  # for want of a setting
