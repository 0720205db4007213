import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from ipaddress import ip_address
from pathlib import Path

from appliance.core import clock
from appliance.web.certificates import DeviceCertificates
from appliance.web.door import BURST, Door, Limits

GREETING = b"welcome"


class Host(asyncio.Protocol):
    """Greets whoever says something."""

    def __init__(self, house: "House") -> None:
        self.house = house

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.house.open.add(transport)

    def data_received(self, data: bytes) -> None:
        self.transport.write(GREETING)

    def connection_lost(self, error: Exception | None) -> None:
        self.house.open.discard(self.transport)
        self.house.left.release()


class House:
    """A door, its port, and visitors from any loopback address."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.certificates = DeviceCertificates(folder, "voicebox")
        self.certificates.refresh([])
        self.door = Door(lambda: Host(self), lambda: self.certificates.context, limits)
        self.port = self.door.listen("127.0.0.1", 0, "http.port")
        self.inside: list[socket.socket] = []
        self.open: set[asyncio.Transport] = set()
        self.left = asyncio.Semaphore(0)

    async def close(self) -> None:
        """Send everybody home and shut the door."""
        for connection in self.inside:
            connection.close()
        while self.open:
            self.left = asyncio.Semaphore(0)
            await self.left.acquire()
        await self.door.close()

    async def knock(self, source: str = "127.0.0.1") -> socket.socket:
        """A connection that has said nothing yet."""
        connection = socket.socket()
        connection.bind((source, 0))
        connection.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", self.port))
        self.inside.append(connection)
        return connection

    def counted(self, name: str) -> float:
        return next(metric.value for metric in self.door.metrics() if name in metric.name)


async def _answer(connection: socket.socket, said: bytes = b"hello") -> bytes:
    """What the house answers; b"" when it has shut the door."""
    loop = asyncio.get_running_loop()
    try:
        await loop.sock_sendall(connection, said)
        return await asyncio.wait_for(loop.sock_recv(connection, 100), 10)
    except ConnectionError:
        return b""


@asynccontextmanager
async def _house(
    folder: Path, total: int = 256, per_address: int = 32, patience_s: float = 10
) -> AsyncIterator[House]:
    house = House(folder, Limits(total, per_address, patience_s))
    try:
        yield house
    finally:
        await house.close()


def _visit(folder: Path, story: Callable[[House], Awaitable[None]], **limits: int | float) -> None:
    async def run() -> None:
        async with _house(folder, **limits) as house:  # type: ignore[arg-type]  # they are what they are
            await story(house)

    asyncio.run(run())


def test_tls_and_plain_come_through_one_door(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        assert await _answer(await house.knock()) == GREETING
        trusting = ssl.create_default_context(cadata=(house.certificates.authority or b"").decode())
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", house.port, ssl=trusting, server_hostname="voicebox.local"
        )
        writer.write(b"hello")
        assert await reader.readexactly(len(GREETING)) == GREETING
        writer.close()
        await writer.wait_closed()

    _visit(tmp_path, story)


def test_a_renewed_certificate_is_shown_to_the_next_visitor(tmp_path: Path) -> None:
    async def serial(house: House) -> bytes:
        trusting = ssl.create_default_context(cadata=(house.certificates.authority or b"").decode())
        _, writer = await asyncio.open_connection(
            "127.0.0.1", house.port, ssl=trusting, server_hostname="voicebox.local"
        )
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        await writer.wait_closed()
        return bytes(shown)

    async def story(house: House) -> None:
        before = await serial(house)
        house.certificates.refresh([ip_address("10.0.0.5")])
        assert await serial(house) != before

    _visit(tmp_path, story)


def test_one_address_may_not_fill_the_house(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        for _ in range(5):
            assert await _answer(await house.knock("127.0.0.2")) == GREETING
        assert await _answer(await house.knock("127.0.0.2")) == b""
        assert await _answer(await house.knock("127.0.0.3")) == GREETING
        assert house.counted("turned_away") == 1
        assert house.counted("connections") == 6
        house.inside[0].close()
        await house.left.acquire()
        assert await _answer(await house.knock("127.0.0.2")) == GREETING

    _visit(tmp_path, story, per_address=5)


def test_whoever_says_nothing_is_let_go(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        begun = clock.now()
        mute, slow = await house.knock(), await house.knock()
        await asyncio.get_running_loop().sock_sendall(slow, b"\x16")  # a handshake that goes no further
        for connection in (mute, slow):
            received = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(connection, 10), 20)
            assert received == b""
        assert clock.now() - begun < 10
        assert house.counted("mute") == 2

    _visit(tmp_path, story, patience_s=0.2)


async def _once(house: House) -> bytes:
    with closing(await house.knock("127.0.0.2")) as connection:
        return await _answer(connection)


def test_whoever_hurries_too_much_waits_outside(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        welcome = 0
        while await _once(house) == GREETING:
            welcome += 1
        assert welcome >= BURST
        assert await _answer(await house.knock("127.0.0.3")) == GREETING

    _visit(tmp_path, story, per_address=1000)


def test_nonsense_instead_of_tls_is_nobodys_problem(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        assert await _answer(await house.knock(), b"\x16" + b"x" * 500) != GREETING
        assert await _answer(await house.knock()) == GREETING

    _visit(tmp_path, story)


def test_a_closed_door_lets_go_of_its_port(tmp_path: Path) -> None:
    async def story(house: House) -> None:
        await house.knock()
        await house.door.close()
        with closing(socket.create_server(("127.0.0.1", house.port))):
            pass

    _visit(tmp_path, story)
