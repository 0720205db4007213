"""A box on a thread of its own, for tools that ask over real sockets and wait; and everything that breaks in it."""

import asyncio
import json
import logging
import random
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from tests.web.box import Box, open_box

T = TypeVar("T")

PATIENCE_S = 20.0
"""s: on a machine under load everything takes long, and nothing here measures how long."""


class LiveBox(logging.Handler):
    """Owns the thread, and remembers what was logged as an error or raised where nobody waits."""

    def __init__(self, folder: Path) -> None:
        super().__init__(logging.ERROR)
        self.box: Box
        self.broken: list[str] = []
        self._folder = folder
        self._open = threading.Event()
        self._loop: asyncio.AbstractEventLoop
        self._over: asyncio.Event
        self._luck = random.Random(20_26)

    def emit(self, record: logging.LogRecord) -> None:
        """An error was logged."""
        self.broken.append(self.format(record))

    def run(self) -> None:
        """Serve until `stop`."""
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        async with open_box(self._folder, patience_s=1) as self.box:
            self._open.set()
            await self._over.wait()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        self.broken += [f"left over: {task}" for task in left]

    def wait(self) -> None:
        """Return when it is open."""
        assert self._open.wait(PATIENCE_S)

    def stop(self) -> None:
        """Close it."""
        self._loop.call_soon_threadsafe(self._over.set)

    def ask(self, work: Coroutine[Any, Any, T]) -> T:
        """Have something done on its loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def digits(self) -> str:
        """What its screen shows."""

        async def read() -> str:
            return self.box.server.invitation().pin

        return self.ask(read())

    def somewhere(self) -> str:
        """Another address of this machine each time, because nobody may ask too much."""
        return (
            f"127.{self._luck.randrange(1, 250)}.{self._luck.randrange(250)}.{self._luck.randrange(1, 250)}"
        )

    def say(self, data: bytes, patience_s: float = PATIENCE_S) -> bytes:
        """Send bytes without TLS, and return what comes until the box hangs up, or patience is over."""
        with socket.socket() as connection:
            connection.settimeout(patience_s)
            connection.bind((self.somewhere(), 0))
            connection.connect(("127.0.0.1", self.box.server.ports[1]))
            got = b""
            with suppress(ConnectionError, TimeoutError):
                connection.sendall(data)
                while more := connection.recv(65_536):
                    got += more
            return got

    def check_well(self) -> None:
        """Whoever behaves is served as if nothing had been."""
        answer = self.say(b"GET /api/me HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), answer
        assert json.loads(body)["kiosk"]
        assert not self.broken, self.broken[0]


@contextmanager
def live_box(folder: Path) -> Iterator[LiveBox]:
    """It is open, and in the end nothing has broken."""
    live = LiveBox(folder)
    thread = threading.Thread(target=live.run, daemon=True)  # who does not end it does not wait for it
    logging.getLogger().addHandler(live)
    try:
        thread.start()
        live.wait()
        yield live
    finally:
        live.stop()
        thread.join(PATIENCE_S)
        logging.getLogger().removeHandler(live)
    assert not live.broken, live.broken[0]
