import asyncio
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from appliance.core.errors import ConfigError
from appliance.web.addresses import on_the_lan, own_addresses
from appliance.web.listening import PortError
from appliance.web.server import WebServer
from appliance.web.settings import WebSettings
from tests.web.box import NAME, Browser, Deeds, FakeVisitors, open_box


def _server(folder: Path, **settings: object) -> WebServer:
    chosen = WebSettings(name=NAME, bind="127.0.0.1", discovery=False, **settings)  # type: ignore[arg-type]
    return WebServer(chosen, folder, FakeVisitors(), Deeds().hooks(), folder)


def test_it_is_found_by_its_name(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box:
            assert box.server.address == f"https://{NAME}.local:{box.server.ports[0]}/"
            assert box.server.invitation().address == box.server.address
            assert 0 not in box.server.ports

    asyncio.run(story())


@pytest.mark.parametrize("setting", ["port", "help_port"])
def test_a_port_that_is_taken_is_told_and_the_other_is_let_go(tmp_path: Path, setting: str) -> None:
    async def story() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            server = _server(tmp_path, **{"port": 0, "help_port": 0, setting: port})
            with pytest.raises(PortError, match=f"TCP port {port} is used") as refused:
                await server.start()
            assert f"http.{setting}" in refused.value.remedy
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(story())


def test_a_certificate_that_cannot_be_used_is_told_at_the_start(tmp_path: Path) -> None:
    async def story() -> None:
        server = _server(tmp_path, port=0, help_port=0, certificate="/nowhere/a.pem", key="/nowhere/b.pem")
        with pytest.raises(ConfigError, match="cannot be read"):
            await server.start()

    asyncio.run(story())


def test_a_folder_that_cannot_be_written_is_told_at_the_start(tmp_path: Path) -> None:
    async def story() -> None:
        server = _server(tmp_path / "file", port=0, help_port=0)
        with pytest.raises(ConfigError, match="cannot be written"):
            await server.start()

    (tmp_path / "file").touch()
    asyncio.run(story())


def test_the_screen_is_served_whatever_network_is(tmp_path: Path) -> None:
    nearby = on_the_lan(own_addresses())
    if not nearby:
        pytest.skip("this machine has no network")

    async def story() -> None:
        async with (
            open_box(tmp_path, bind=str(nearby[0])) as box,
            Browser(box.server, "localhost", secure=False) as screen,
        ):
            assert (await screen.get("/api/me")).body["kiosk"]
            assert str(nearby[0]) in box.server.invitation().help_address

    asyncio.run(story())


def test_it_leaves_nothing_behind(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            await browser.pair(box.server)
        assert len(asyncio.all_tasks()) == 1
        with socket.create_server(("127.0.0.1", box.server.ports[0])):
            pass

    asyncio.run(story())


async def _slow_loris(port: int, source: str, number: int) -> Sequence[socket.socket]:
    """Connections that send the beginning of a request and no more."""
    loop = asyncio.get_running_loop()
    connections = []
    for _ in range(number):
        connection = socket.socket()
        connection.setblocking(False)
        connection.bind((source, 0))
        connections.append(connection)
        await loop.sock_connect(connection, ("127.0.0.1", port))
        try:
            await loop.sock_sendall(connection, b"GET / HTTP/1.1\r\nHost: voicebox.local\r\nX-")
        except ConnectionError:
            continue  # it was turned away already
    return connections


def test_others_are_served_while_somebody_dawdles_on_five_hundred_connections(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path, patience_s=1) as box, Browser(box.server) as browser:
            connections = await _slow_loris(box.server.ports[0], "127.0.0.9", 500)
            assert (await browser.get("/healthz")).status == 200
            loop = asyncio.get_running_loop()
            try:
                for connection in connections:
                    await asyncio.wait_for(_end(loop, connection), 20)
            finally:
                for connection in connections:
                    connection.close()

    asyncio.run(story())


async def _end(loop: asyncio.AbstractEventLoop, connection: socket.socket) -> None:
    try:
        while await loop.sock_recv(connection, 1000):
            pass
    except ConnectionError:
        pass


def test_a_body_that_never_ends_is_given_up(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path, patience_s=1) as box:
            reader, writer = await asyncio.open_connection("127.0.0.1", box.server.ports[1])
            writer.write(
                b"POST /api/pair HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
            )
            answer = await asyncio.wait_for(reader.read(5000), 20)
            assert answer.startswith(b"HTTP/1.1 408")
            assert b'"too_slow"' in answer
            writer.close()
            await writer.wait_closed()

    asyncio.run(story())
