"""Where aiortc and aioice have no front door: their fields are reached here, and nowhere else.

Written for aiortc 1.16 and aioice 0.13; `tests/transports/webrtc/test_back_door.py` tells when they change.
"""

import asyncio
import logging
import struct
from collections.abc import Callable
from typing import Any, Final

from aioice import stun
from aioice.ice import Connection, StunProtocol
from aiortc import RTCRtpReceiver, RTCRtpTransceiver
from aiortc.rtp import RtpPacket

RECEIVED: Final = 64
"""Datagrams that may wait to be handled; more than a second of sound. Full: the oldest is dropped."""
LOOPBACK: Final = "127.0.0.1"
LAST_OF_STUN: Final = 3
"""Greatest first byte of a datagram of STUN; above are DTLS and sound (RFC 7983, section 7)."""
JITTER_BUFFER: Final = "_RTCRtpReceiver__jitter_buffer"

Take = Callable[[int, int, bytes], None]
"""Takes a packet: sequence number, timestamp, payload."""

log = logging.getLogger(__name__)


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
    """Bound what waits to be handled, keep strangers out, and offer loopback where there is no other address."""
    connection = transceiver.receiver.transport.transport.iceGatherer._connection  # noqa: SLF001
    connection._queue = _Newest(RECEIVED)  # noqa: SLF001
    gather = connection.get_component_candidates

    async def gather_somewhere(component: int, addresses: list[str], timeout: int = 5) -> Any:  # noqa: ASYNC109
        candidates = await gather(component, addresses or [LOOPBACK], timeout)
        for protocol in connection._protocols:  # noqa: SLF001
            if isinstance(protocol, StunProtocol):
                _guard(connection, protocol)
        return candidates

    connection.get_component_candidates = gather_somewhere  # type: ignore[method-assign]  # for want of a setting


def _guard(connection: Connection, protocol: StunProtocol) -> None:
    """Let in only what a peer sends, or what may make somebody one.

    The port is open to the whole network. Without this an empty datagram of anybody ends the connection, sound
    that is none pushes out the peer's, and a request that is cut off writes a traceback into the log.
    """
    take = protocol.datagram_received

    def receive(data: bytes, address: tuple[Any, ...]) -> None:
        if not data or not (_request(data) if data[0] <= LAST_OF_STUN else _known(connection, address)):
            return
        try:
            take(data, address)
        except Exception as error:  # noqa: BLE001 - aioice meets bad input with whatever comes first
            log.debug("A datagram was ignored: %r", error)

    protocol.datagram_received = receive  # type: ignore[assignment,method-assign]  # for want of a setting


def _request(data: bytes) -> bool:
    """Whether it is STUN, well formed."""
    try:
        stun.parse_message(data)
    except (ValueError, struct.error):
        return False
    return True


def _known(connection: Connection, address: tuple[Any, ...]) -> bool:
    """Whether somebody with the connection's password has called from there, or said that they are there."""
    return any(
        (candidate._network_host, candidate.port) == address[:2]  # noqa: SLF001
        for candidate in connection._remote_candidates  # noqa: SLF001
    )
