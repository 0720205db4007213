"""What a page, or whoever else reaches the box by network, can say."""

import asyncio
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.transports.remote import RemotePort
from appliance.transports.webrtc.back_door import tame
from appliance.transports.webrtc.inbound import Inbound
from appliance.transports.webrtc.jitter import DEEPEST, LONGEST_GAP
from appliance.transports.webrtc.offer import LONGEST, OfferError, admit, prefer_repair
from appliance.transports.webrtc.opus import LONGEST as LONGEST_PACKET
from appliance.transports.webrtc.opus import RTP_RATE
from appliance.transports.webrtc.peer import Peer
from appliance.web.devices import Devices
from appliance.web.pairing import NAME_LENGTH, Pairing, TooManyDevices, TooManyTries, WrongPin
from appliance.web.pin import Pin
from appliance.web.requests import MOST_CHARACTERS, BadMessage, Text, parse
from tests.fuzz.target import Target, refusal, text
from tests.virtual_time import run


def sdp(data: bytes) -> None:
    """An offer, as far as we look at it ourselves."""
    with refusal(OfferError):
        admitted = admit(text(data))
        assert len(admitted) <= 2 * LONGEST  # line ends become two characters
        prefer_repair(admitted)


def offer(data: bytes) -> None:
    """An offer, and what aiortc does with it. Nothing may be left over, and nothing break behind our back."""
    asyncio.run(_offer(text(data)))


async def _offer(offered: str) -> None:
    behind: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: behind.append(context))
    peer = Peer(RemotePort(), message=lambda _: None, connected=lambda: None, lost=lambda _: None)
    with refusal(OfferError):
        await peer.answer(offered)
    await peer.close()
    if others := asyncio.all_tasks() - {asyncio.current_task()}:  # cancelled, and about to notice
        await asyncio.wait(others)
    assert not behind, behind
    loop: Any = asyncio.get_running_loop()
    assert len(loop._selector.get_map()) == 1, "a socket is left open"  # the other wakes the loop


def message(data: bytes) -> None:
    """A message of a page, by either way."""
    with refusal(BadMessage):
        request = parse(text(data))
        if isinstance(request, Text):
            assert 1 <= len(request.text) <= MOST_CHARACTERS
            assert request.text.isprintable() or "\x7f" not in request.text
            request.text.encode()


def packets(data: bytes) -> None:
    """Packets of sound, in any order, with any content."""
    run(_packets(data))


async def _packets(data: bytes) -> None:
    sound: list[Samples] = []
    inbound = Inbound(sound.append)
    arrived = 0
    for sequence, timestamp, payload in _cut(data):
        arrived += 1
        inbound.take(sequence, timestamp, payload)
        assert len(inbound.buffer._waiting) < DEEPEST + 1
    await asyncio.sleep(1.0)
    assert not inbound.buffer.waiting
    heard = np.concatenate([np.zeros(0, np.float32), *sound])
    assert len(heard) <= arrived * (LONGEST_PACKET + LONGEST_GAP * CAPTURE_RATE // RTP_RATE)
    assert np.isfinite(heard).all()


def _cut(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 0
    while at + 8 <= len(data):
        sequence, timestamp, length = struct.unpack_from(">HIH", data, at)
        yield sequence, timestamp, data[at + 8 : at + 8 + length]
        at += 8 + length


def datagram(data: bytes) -> None:
    """A datagram at the UDP port of a connection, from anybody on the network."""
    port = _udp_port()
    port.protocol.datagram_received(data, ("192.0.2.9", 4711))
    port.loop.run_until_complete(asyncio.sleep(0))
    assert port.connection._queue.empty(), "a stranger's datagram is handed on"
    assert not port.behind, port.behind


@dataclass(frozen=True)
class _UdpPort:
    """A port that waits for its peer, as long as the process lives."""

    loop: asyncio.AbstractEventLoop
    connection: Any
    protocol: asyncio.DatagramProtocol
    behind: list[dict[str, Any]]


@cache
def _udp_port() -> _UdpPort:
    loop, behind = asyncio.new_event_loop(), list[dict[str, Any]]()
    loop.set_exception_handler(lambda _, context: behind.append(context))

    async def gather() -> Any:
        transceiver = RTCPeerConnection(RTCConfiguration([])).addTransceiver("audio")
        tame(transceiver)
        gatherer = transceiver.receiver.transport.transport.iceGatherer
        await gatherer.gather()
        return gatherer._connection

    connection = loop.run_until_complete(gather())
    return _UdpPort(loop, connection, connection._protocols[0], behind)


def pairing(data: bytes) -> None:
    """Digits and a name, typed by anybody."""
    digits, _, name = text(data).partition("\0")
    with tempfile.TemporaryDirectory() as folder:
        run(_pair(Path(folder), digits, name))


async def _pair(folder: Path, digits: str, name: str) -> None:
    pairing = Pairing(Pin(600, 5), Devices(folder / "devices.json", 2))
    for tried in (digits, pairing.pin.digits):
        with refusal(WrongPin, TooManyTries, TooManyDevices):
            device, token = await pairing.pair(tried, name, "192.0.2.7", None)
            assert device.name.isprintable()
            assert len(device.name) <= NAME_LENGTH
            assert token.isascii()
    assert len(Devices(folder / "devices.json", 2).all()) == len(pairing._devices.all())


TALK = (
    Target(
        "sdp",
        sdp,
        (b"\r\n", b"a=", b"m=audio 9 UDP/TLS/RTP/SAVPF 111", b"a=rtpmap:111 opus/48000/2", b" ", b"-1"),
    ),
    Target(
        "offer",
        offer,
        (b"\r\n", b"a=", b"m=application 9 UDP/DTLS/SCTP webrtc-datachannel", b"a=mid:0", b"a=setup:active"),
    ),
    Target("message", message, (b'"type"', b'"text"', b"NaN", b"1e999", b"true", b"{", b"}", b"[")),
    Target("packets", packets, (b"\xff\xff", b"\x00\x00", b"\x7f\xff\xff\xff", b"\x0b\xe4", b"\xfc\xff\xfe")),
    Target("datagram", datagram, (b"\x00\x01", b"\x21\x12\xa4\x42", b"\x00\x24", b"\x80\x28", b"\x00\x06")),
    Target("pairing", pairing, (b"\0", b"000000", "٣".encode(), "\u202e".encode())),
)
"""All of them."""
