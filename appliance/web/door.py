"""Where TCP connections come in: counted before they cost anything, TLS or not by their first byte."""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

from appliance.core import clock
from appliance.web.addresses import normal
from appliance.web.contracts import Metric
from appliance.web.limits import RateLimit
from appliance.web.listening import open_port

BURST, EVERY_S = 32, 0.1
"""New connections of one address at once, and s until it may have another: a handshake costs a millisecond."""
ALL_BURST, ALL_EVERY_S = 128, 0.01
"""The same for the whole network."""
WORDS_S = 60.0
"""s between lines in the log about who was turned away."""
UNACKNOWLEDGED_MS = 20_000
"""ms after which a peer that takes nothing of what is sent is dead to us (TCP_USER_TIMEOUT)."""
GOODBYE_S = 2.0
"""s in which TLS must be ended."""
TLS_HANDSHAKE = b"\x16"
"""First byte of every TLS connection (RFC 8446, 5.1)."""

log = logging.getLogger("appliance.web")


@dataclass(frozen=True, slots=True)
class Limits:
    """How many may come in."""

    total: int
    """Connections at a time from the network. The box itself has its own."""
    per_address: int
    """Connections at a time from one address."""
    patience_s: float
    """Seconds for the first byte, and for the TLS handshake."""


class Door:
    """Lets connections in, one protocol each. Owns the listening sockets."""

    def __init__(
        self,
        protocol: Callable[[], asyncio.BaseProtocol],
        context: Callable[[], ssl.SSLContext],
        limits: Limits,
    ) -> None:
        self._protocol = protocol
        self._context = context
        self._limits = limits
        self._rate, self._network_rate = RateLimit(BURST, EVERY_S), RateLimit(ALL_BURST, ALL_EVERY_S)
        self._words = RateLimit(1, WORDS_S)
        self._listeners: list[socket.socket] = []
        self._open: list[tuple[str, socket.socket]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._turned_away = 0
        self._mute = 0

    def listen(self, bind: str, port: int, setting: str) -> int:
        """Open a port, and return its number.

        Args:
            bind: address to listen at; "" is all of them.
            port: 0 is any free one.
            setting: what the person would change who wants another.

        Raises:
            PortError: that is impossible.
        """
        listener = open_port(bind, port, setting)
        self._listeners.append(listener)
        self._spawn(self._accept(listener))
        return int(listener.getsockname()[1])

    async def close(self) -> None:
        """Let nobody in any more. Who is in stays."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for listener in self._listeners:
            listener.close()

    def metrics(self) -> Iterable[Metric]:
        """What it has seen."""
        yield Metric("appliance_connections", "TCP connections that are open.", len(self._present()))
        yield Metric(
            "appliance_connections_turned_away_total",
            "There were too many.",
            self._turned_away,
            kind="counter",
        )
        yield Metric(
            "appliance_connections_mute_total", "They never came to ask anything.", self._mute, kind="counter"
        )

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, address = await loop.sock_accept(listener)
            except OSError:  # no file descriptors left, or the peer has left already
                await clock.sleep_until(clock.now() + 0.1)
                continue
            self._let_in(connection, str(normal(address[0])))
            await asyncio.sleep(0)  # accepting waits only when nobody waits: everybody else comes first

    def _let_in(self, connection: socket.socket, address: str) -> None:
        if self._admits(address):
            connection.setblocking(False)
            self._open.append((address, connection))
            self._spawn(self._welcome(connection))
            return
        self._turned_away += 1
        connection.close()
        if not self._words.take():
            log.warning("%s was turned away: too many connections (%d so far).", address, self._turned_away)

    def _admits(self, address: str) -> bool:
        self._open = self._present()
        here = sum(other == address for other, _ in self._open)
        if here >= self._limits.per_address or self._rate.take(address):
            return False
        if _loopback(address):
            return True
        network = sum(not _loopback(other) for other, _ in self._open)
        return network < self._limits.total and not self._network_rate.take()

    def _present(self) -> list[tuple[str, socket.socket]]:
        return [entry for entry in self._open if entry[1].fileno() != -1]  # closed by their transport

    async def _welcome(self, connection: socket.socket) -> None:
        loop, patience_s = asyncio.get_running_loop(), self._limits.patience_s
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
            async with asyncio.timeout(patience_s):
                secure = await _first_byte(connection) == TLS_HANDSHAKE
            tls = {"ssl_handshake_timeout": patience_s, "ssl_shutdown_timeout": GOODBYE_S} if secure else {}
            await loop.connect_accepted_socket(
                self._protocol, connection, ssl=self._context() if secure else None, **tls
            )
        except (OSError, TimeoutError):  # they left, stayed mute, or dislike our certificate
            self._mute += 1
            connection.close()
        except asyncio.CancelledError:
            connection.close()
            raise

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _first_byte(connection: socket.socket) -> bytes:
    """The first byte that the peer sends, left where it is; none when it goes without a word."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(connection, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(connection)
    return connection.recv(1, socket.MSG_PEEK)


def _loopback(address: str) -> bool:
    found = normal(address)
    return found is not None and found.is_loopback
