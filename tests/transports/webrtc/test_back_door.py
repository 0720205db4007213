"""That aiortc and aioice still have the fields that are reached by the back door."""

import asyncio
import logging
import socket

import pytest
from aioice import stun
from aiortc import RTCPeerConnection

from appliance.transports.webrtc.back_door import JITTER_BUFFER, RECEIVED, tame
from tests.transports.webrtc.page import Box, Page, call, until


def test_the_fields_are_there() -> None:
    async def story() -> None:
        connection = RTCPeerConnection()
        transceiver = connection.addTransceiver("audio")
        assert hasattr(transceiver.receiver, JITTER_BUFFER)
        ice = transceiver.receiver.transport.transport.iceGatherer._connection
        assert ice._queue.maxsize == 0, "it is bounded already"
        assert callable(ice.get_component_candidates)
        await connection.close()

    asyncio.run(story())


def test_a_flood_pushes_out_the_oldest_and_never_the_end() -> None:
    async def story() -> list[tuple[bytes, int] | None]:
        connection = RTCPeerConnection()
        transceiver = connection.addTransceiver("audio")
        tame(transceiver)
        ice = transceiver.receiver.transport.transport.iceGatherer._connection
        for number in range(10 * RECEIVED):
            ice.data_received(number.to_bytes(2), 1)
        ice._queue.put_nowait(None)
        kept: list[tuple[bytes, int] | None] = [ice._queue.get_nowait() for _ in range(ice._queue.qsize())]
        await connection.close()
        return kept

    kept = asyncio.run(story())
    first = 9 * RECEIVED + 1
    assert kept == [*((number.to_bytes(2), 1) for number in range(first, 10 * RECEIVED)), None]


CUT_OFF = bytes.fromhex("0001 0008 2112a442") + b"x" * 12 + bytes.fromhex("0024 0002 0102 0000")
"""A request whose priority has two bytes instead of four."""


@pytest.mark.parametrize(
    "datagram",
    [b"", CUT_OFF, b"\0" * 20, b"\x16" * 1000, b"\x80" * 172, b"\xff"],
    ids=["nothing", "cut off", "zeros", "DTLS", "sound", "what nobody uses"],
)
def test_a_stranger_neither_ends_a_conversation_nor_fills_the_log(
    datagram: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        box, page = Box(), Page()
        async with call(box, page):
            ice = page.connection.getTransceivers()[0].receiver.transport.transport._connection
            (pair,) = ice._nominated.values()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                for _ in range(100):
                    stranger.sendto(datagram, pair.remote_addr)
            await until(lambda: page.channel.readyState == "open")
            page.channel.send("still here")
            await until(lambda: "still here" in box.messages)
            assert not box.losses

    asyncio.run(story())
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_what_is_cut_off_is_no_request() -> None:
    with pytest.raises(Exception, match="unpack requires"):  # aioice still does what the guard is for
        stun.parse_message(CUT_OFF)
