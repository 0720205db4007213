"""The data channel of a peer: short texts in both directions, and never many that wait."""

from collections.abc import Callable
from itertools import count
from typing import Final, Protocol

LOW: Final = 16_384
"""Characters that are given to the channel before they are sent; the others wait here, and can be replaced."""
MOST: Final = 262_144
"""Characters that may wait altogether: the conversation's text of hours. A page that reads nothing is given up then."""


class Channel(Protocol):
    """What is needed of an `RTCDataChannel`."""

    bufferedAmountLowThreshold: int  # noqa: N815 - the names are the standard's

    @property
    def readyState(self) -> str:  # noqa: N802
        """`open`, or some state in which nothing can be sent."""

    @property
    def bufferedAmount(self) -> int:  # noqa: N802
        """Bytes that it has not sent yet."""

    def send(self, data: str) -> None:
        """Queue a text."""


class Control:
    """Owns what has not been sent yet."""

    def __init__(self, overflow: Callable[[], None]) -> None:
        """Prepare for a channel; `overflow` is called when the page does not read."""
        self._overflow = overflow
        self._channel: Channel | None = None
        self._waiting: dict[str, str] = {}
        self._numbers = count()

    def open(self, channel: Channel) -> bool:
        """Send through `channel` from now on. False: there is one already."""
        if self._channel is not None:
            return False
        self._channel = channel
        channel.bufferedAmountLowThreshold = LOW
        self.flush()
        return True

    def send(self, text: str, replaces: str = "") -> None:
        """Send a text, in order; one that waits under the same name, if there is one, is replaced by it."""
        self._waiting[replaces or f"#{next(self._numbers)}"] = text
        self.flush()
        if self._buffered() + sum(len(waiting) for waiting in self._waiting.values()) > MOST:
            self._overflow()

    def flush(self) -> None:
        """Give the channel what it has room for."""
        while (
            self._waiting and self._channel and self._channel.readyState == "open" and self._buffered() <= LOW
        ):
            self._channel.send(self._waiting.pop(next(iter(self._waiting))))

    def _buffered(self) -> int:
        return self._channel.bufferedAmount if self._channel else 0
