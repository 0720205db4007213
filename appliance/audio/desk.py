"""What an audio process says of itself, in the memory that it shares with the main process."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

TEXT: Final = 4096
"""Bytes of each of its texts; what is longer is cut."""


class Progress(IntEnum):
    """How far an audio process is."""

    STARTING = 0
    """It looks for its device, or opens it."""
    WAITING = 1
    """Its device is not there, or does not open. It looks again when it is told to."""
    OPEN = 2
    """Its callbacks come."""
    CLOSING = 3
    """It closes its device, in which it may hang."""


class Desk:
    """Where one audio process says how it is, in words and numbers. While it lives it is the only writer."""

    def __init__(self, whole: memoryview, first: int, texts: Sequence[memoryview]) -> None:
        """Three words of `whole`, from `first` on, and three texts."""
        self._whole, self._first = whole, first
        self._notice, self._device, self._route = texts

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return Progress(self._whole[self._first])

    @property
    def refused(self) -> int:
        """Bits of `rights.Right` that the system refused it."""
        return int(self._whole[self._first + 1])

    @refused.setter
    def refused(self, bits: int) -> None:
        self._whole[self._first + 1] = bits

    @property
    def edition(self) -> int:
        """Changes with every `say`."""
        return int(self._whole[self._first + 2])

    @property
    def notice(self) -> str:
        """What it last said about its device, for people."""
        return _text(self._notice)

    @property
    def device(self) -> str:
        """What it has open, a `device.Device` in JSON; empty while it has nothing open."""
        return _text(self._device)

    @property
    def route(self) -> str:
        """Which devices it last chose: an `echo_memory.Chosen` in JSON; empty while the other way is not there."""
        return _text(self._route)

    def clear(self) -> None:
        """What the main process does before each life of its process, whose last one may have been killed."""
        self.say(Progress.STARTING, "")

    def say(self, progress: Progress, notice: str, device: str = "", route: str = "") -> None:
        """Tell the main process, and the other audio process."""
        _write(notice, self._notice)
        _write(device, self._device)
        _write(route, self._route)
        self._whole[self._first] = progress
        self._whole[self._first + 2] += 1


def _text(place: memoryview) -> str:
    return bytes(place).split(b"\0", 1)[0].decode(errors="ignore")


def _write(text: str, place: memoryview) -> None:
    encoded = text.encode()[: len(place) - 1]
    place[:] = encoded.ljust(len(place), b"\0")
