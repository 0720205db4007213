"""A WebSocket without a network, on virtual time: what arrives is put in, what was sent can be read."""

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType


@dataclass(frozen=True)
class Arrived:
    """As aiohttp's `WSMessage`."""

    type: WSMsgType
    data: Any = None


@dataclass
class FakeSocket:
    """Both ends: the box's has the methods of a `Socket`, the page's is what tests use."""

    texts: list[dict[str, Any]] = field(default_factory=list)
    sounds: list[bytes] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    """Types of messages in the order in which they were sent; "sound" is one too."""
    send_s: float = 0.0
    """Seconds that the network takes for each message."""
    _inbox: deque[Arrived] = field(default_factory=deque)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def page_says(self, **fields: Any) -> None:
        self.arrive(Arrived(WSMsgType.TEXT, json.dumps(fields)))

    def page_sounds(self, data: bytes = bytes(640)) -> None:
        self.arrive(Arrived(WSMsgType.BINARY, data))

    def page_leaves(self) -> None:
        self.arrive(Arrived(WSMsgType.CLOSE))

    def arrive(self, message: Arrived) -> None:
        self._inbox.append(message)
        self._news.set()

    def told(self, kind: str) -> list[dict[str, Any]]:
        return [text for text in self.texts if text["type"] == kind]

    async def send_str(self, data: str) -> None:
        await asyncio.sleep(self.send_s)
        self._check()
        self.texts.append(json.loads(data))
        self.log.append(self.texts[-1]["type"])

    async def send_bytes(self, data: bytes) -> None:
        await asyncio.sleep(self.send_s)
        self._check()
        self.sounds.append(data)
        self.log.append("sound")

    async def receive(self, timeout: float | None = None) -> Arrived:  # noqa: ASYNC109 - aiohttp's own
        async with asyncio.timeout(timeout):
            while not self._inbox:
                self._news.clear()
                await self._news.wait()
        return self._inbox.popleft()

    async def close(self, *, code: int = 1000, message: bytes = b"") -> bool:
        self.closed.append(message.decode())
        self.arrive(Arrived(WSMsgType.CLOSED))
        await asyncio.sleep(self.send_s)
        return True

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def _check(self) -> None:
        if self.closed:
            raise ConnectionResetError
