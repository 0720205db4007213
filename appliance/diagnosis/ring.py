"""The last events in a file of fixed size, mapped into memory: what is written survives the death of the process.

The kernel owns the pages, so neither SIGKILL nor a crash loses a byte; only a power cut may lose the last seconds.
There is no header that could be torn: each event has a mark, a number, its length and a checksum, and a reader takes
the run of numbers that ends with the greatest. Writing one costs a copy of some hundred bytes and no system call.
"""

import fcntl
import json
import mmap
import os
import struct
import zlib
from pathlib import Path
from threading import Lock
from typing import Any, Final

from appliance.core.errors import InputError

MARK: Final = b"\xf1iG\x0a"
_HEAD: Final = struct.Struct("<4sQII")
"""Mark, number, length, checksum of number and event."""
LONGEST: Final = 8192
"""Bytes of one event; what is longer is cut off, and unreadable."""


class Ring:
    """Owns the file, and where the next event goes. May be written from any thread."""

    def __init__(self, memory: mmap.mmap, first: int = 1) -> None:
        self._memory = memory
        self._place = 0
        self._number = first
        self._lock = Lock()

    @classmethod
    def open(cls, path: Path, size: int) -> "tuple[Ring, list[bytes]]":
        """A ring in a file, and what was in that before. Without disk or rights, or while another has it, in memory."""
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return cls(mmap.mmap(-1, size)), []
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            before = read(path.read_bytes())
            os.ftruncate(descriptor, 0)
            os.posix_fallocate(descriptor, 0, size)  # now, or writing may kill us with SIGBUS on a full disk
            return cls(
                mmap.mmap(descriptor, size)
            ), before  # the map keeps the file open, and with it the lock
        except OSError:
            return cls(mmap.mmap(-1, size)), []
        finally:
            os.close(descriptor)

    def append(self, event: bytes) -> None:
        """Write an event over the oldest."""
        event = event[:LONGEST]
        size = _HEAD.size + len(event)
        with self._lock:
            if self._place + size > len(self._memory):
                self._place = 0
            head = _HEAD.pack(MARK, self._number, len(event), _checksum(self._number, event))
            self._memory[self._place : self._place + size] = head + event
            self._place += size
            self._number += 1

    def events(self) -> list[bytes]:
        """What is in it, oldest first."""
        with self._lock:
            content = self._memory[:]
        return read(content)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._memory.close()


def read(content: bytes) -> list[bytes]:
    """The events in a ring's file, oldest first; whatever is torn or overwritten is left out."""
    found: dict[int, bytes] = {}
    place = content.find(MARK)
    while place >= 0:
        event = _event_at(content, place)
        if event:
            found[event[0]] = event[1]
        place = content.find(MARK, place + (_HEAD.size + len(event[1]) if event else 1))
    number = max(found, default=0)
    events = []
    while number in found:
        events.append(found[number])
        number -= 1
    return events[::-1]


def live(path: Path) -> list[dict[str, Any]]:
    """The events in a ring's file, be it that of a program which runs.

    Raises:
        InputError: there is none.
    """
    try:
        return [json.loads(event) for event in read(path.read_bytes())]
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None


def _checksum(number: int, event: bytes) -> int:
    return zlib.crc32(event, number & 0xFFFFFFFF)


def _event_at(content: bytes, place: int) -> tuple[int, bytes] | None:
    if place + _HEAD.size > len(content):
        return None
    _, number, length, checksum = _HEAD.unpack_from(content, place)
    event = content[place + _HEAD.size : place + _HEAD.size + length]
    whole = len(event) == length <= LONGEST and _checksum(number, event) == checksum
    return (number, event) if whole else None
