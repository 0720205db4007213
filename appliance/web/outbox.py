"""What waits to be sent through a WebSocket: never much, and never for long."""

import asyncio
from collections import deque
from typing import Any, Final, Protocol

from appliance.web.messages import Flush, encode

MOST_SOUNDS: Final = 5
"""Frames of 20 ms. When they are full, whoever plays them waits: more would only be heard later."""

MOST_TEXTS: Final = 256
"""Messages. A lively turn has 60; a page that does not read so many is gone, and is told all when it comes back."""

SLOW_S: Final = 2.0
"""s that the network may take for one message."""

TOO_SLOW: Final = "too slow"


class Socket(Protocol):
    """An aiohttp `WebSocketResponse` that is open, as far as it is used here."""

    async def send_str(self, data: str) -> None:
        """Send a text; waits while the network is busy."""

    async def send_bytes(self, data: bytes) -> None:
        """Send bytes; likewise."""

    async def receive(self, timeout: float | None = None) -> Any:  # noqa: ASYNC109 - aiohttp's own
        """The next `WSMessage`."""

    async def close(self, *, code: int = 1000, message: bytes = b"") -> bool:
        """Say good-bye."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """`socket` is the TCP socket."""


class Outbox:
    """A `Carrier`. Owns the messages that wait, and the only task that sends them."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._texts: deque[str] = deque()
        self._sounds: deque[bytes] = deque()
        self._news = asyncio.Event()
        self._end: str | None = None
        """Why nothing more is taken."""

    @property
    def roomy(self) -> bool:
        """Whether sound may be put in."""
        return len(self._sounds) < MOST_SOUNDS and self._end is None

    def send(self, text: str) -> None:
        """See `Carrier`."""
        if self._end is not None:
            return
        if len(self._texts) == MOST_TEXTS:
            self._texts.clear()
            self.close(TOO_SLOW)
            return
        self._texts.append(text)
        self._news.set()

    def play(self, sound: bytes) -> None:
        """Send sound; only while it is `roomy`."""
        self._sounds.append(sound)
        self._news.set()

    def flush(self) -> None:
        """Drop the sound that waits, and have the page drop what waits there."""
        self._sounds.clear()
        if self._end is None:
            self._texts.appendleft(encode(Flush()))  # one too many is no harm
            self._news.set()

    def close(self, reason: str) -> None:
        """See `Carrier`."""
        self._end = self._end or reason
        self._sounds.clear()
        self._news.set()

    async def run(self) -> str:
        """Send what is put in, and return why that is over."""
        while True:
            self._news.clear()
            # Words first: they are short, and the sound is played behind a buffer anyway.
            while self._texts or self._sounds:
                if not await self._send():
                    return TOO_SLOW
            if self._end is not None:
                return self._end
            await self._news.wait()

    async def _send(self) -> bool:
        try:
            async with asyncio.timeout(SLOW_S):
                if self._texts:
                    await self._socket.send_str(self._texts.popleft())
                else:
                    await self._socket.send_bytes(self._sounds.popleft())
        except (TimeoutError, ConnectionError):
            return False
        return True


async def close(socket: Socket, reason: str) -> None:
    """End the connection; whoever does not answer the good-bye is not waited for."""
    try:
        async with asyncio.timeout(SLOW_S):
            await socket.close(message=reason.encode())
    except (TimeoutError, ConnectionError):
        return
