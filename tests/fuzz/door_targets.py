"""What comes through the door: requests that are none, and connections that say anything once they are open."""

import asyncio
import re
import struct
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from aiohttp import WSMsgType

from appliance.web.websocket import Connection
from tests.fuzz.live import LiveBox, live_box
from tests.fuzz.target import Target, text
from tests.virtual_time import run
from tests.web.fake_sessions import FRAME_S, House, wait
from tests.web.fake_socket import Arrived, FakeSocket

GLANCE_S = 0.1
"""s for an answer to what may not deserve one. What breaks is noticed anyway: it is logged."""


_opened = ExitStack()


@cache
def _box() -> LiveBox:
    """A box that stays open until `close_box`."""
    folder = _opened.enter_context(tempfile.TemporaryDirectory())
    return _opened.enter_context(live_box(Path(folder)))


def close_box() -> None:
    """Close it, if it is open."""
    _opened.close()
    _box.cache_clear()


def http(data: bytes) -> None:
    """Bytes at the port of the help page, which is also the one of the box's own screen."""
    live = _box()
    answer = live.say(data, GLANCE_S)
    statuses = re.findall(rb"^HTTP/1\.[01] (\d{3})", answer, re.MULTILINE)
    assert not answer or answer.startswith(b"HTTP/1."), answer[:200]
    assert b"500" not in statuses, answer
    assert b"Traceback" not in answer
    live.check_well()


def socket(data: bytes) -> None:
    """Messages and sound of a WebSocket, to a conversation, in any order and at any pace."""
    run(_socket(data))


async def _socket(data: bytes) -> None:
    async with House(limit=2).open() as visitors:
        well = visitors.enter("somebody else", None)
        socket = FakeSocket()
        carried = asyncio.create_task(Connection(socket, visitors.enter("phone", None)).run())
        for kind, payload in _cut(data):
            match kind % 8:
                case 0 | 1 | 2:
                    socket.arrive(Arrived(WSMsgType.TEXT, text(payload)))
                case 3 | 4:
                    socket.arrive(Arrived(WSMsgType.BINARY, payload))
                case 5:
                    socket.page_sounds()
                case 6:
                    await wait(FRAME_S * (kind >> 3))
                case _:
                    socket.arrive(Arrived(WSMsgType.ERROR))
            if carried.done():
                break
        socket.page_leaves()
        await carried
        assert well in visitors, "somebody else is gone"


def _cut(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 3 <= len(data):
        kind, length = struct.unpack_from(">BH", data, at)
        yield kind, data[at + 3 : at + 3 + length]
        at += 3 + length


DOOR = (
    Target(
        "http",
        http,
        (b"\r\n", b"Host: localhost\r\n", b"POST ", b"Content-Length: ", b"Transfer-Encoding: chunked"),
    ),
    Target(
        "socket",
        socket,
        (b"\x00\x00\x0f", b"\x03\x02\x80", b'{"type":"stop"}', b"\xfe\x00\x00", b"\x05\x00\x00"),
    ),
)
"""All of them."""
