"""What passes between a lane and its worker: pickled messages, each behind its length.

    lane → worker   EngineSpec, once; then per job: Call, Start, Allow*, Cancel; and Ping now and then
    worker → lane   Ready or Broken, once; then per job: Item*, Waiting*, Ended; a Pong for every Ping

A job may produce results up to a number that the lane allows. Raising the number is back-pressure
let go, lowering it to zero is preemption: one message serves both. `Waiting` says that the worker
has run into the number and burns nothing. It echoes the serial of the last `Allow` seen, so that a
`Waiting` which crossed a newer `Allow` on the way is recognised as out of date.
"""

import pickle
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from appliance.core.errors import EngineError

LENGTH = struct.Struct("!I")
LIMIT = 64 * 2**20
"""Bytes of one message. Ten minutes of 24 kHz sound; whatever is larger is a mistake."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a job is: `method` of the engine. Sent right before its `Start`, but packed when the job was asked for."""

    job: int
    method: str
    args: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Start:
    """Begin a job. Only sent while the seat is free."""

    job: int
    seat: int
    """Which of the worker's, from 0."""
    until: int
    """Results allowed before the first `Allow`."""


@dataclass(frozen=True, slots=True)
class Allow:
    """Produce results up to number `until`, counted from the first of the job."""

    job: int
    serial: int
    """Counts the messages of this kind within the job, from 1."""
    until: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """Nobody wants the rest."""

    job: int


@dataclass(frozen=True, slots=True)
class Ping:
    """Say that you live."""


@dataclass(frozen=True, slots=True)
class Pong:
    """It lives."""

    worked_s: float | None
    """CPU seconds of all its threads but the one that answers; None while it has nothing to do."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The engine is loaded, has passed its probe and is warm."""

    load_s: float
    """Seconds that took."""
    rss: int
    """Bytes resident in memory afterwards."""
    lack: int = 0
    """Of its confinement: a `confine.Lack`."""
    seats: int = 1
    """Jobs that it can do at the same time."""
    warnings: tuple[str, ...] = ()
    """What a person should know about it, in sentences: it works, and something of it does not."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The engine cannot be used."""

    error: EngineError


@dataclass(frozen=True, slots=True)
class Item:
    """One result."""

    job: int
    value: Any


@dataclass(frozen=True, slots=True)
class Waiting:
    """The job has reached the number it was allowed and waits for a higher one."""

    job: int
    serial: int
    """Of the last `Allow` seen, 0 if none was."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The job is over and its seat free, whether it finished, failed or was cancelled."""

    job: int
    error: EngineError | None = None


def encode(message: object) -> bytes:
    """Bytes of one message.

    Raises:
        ValueError: it is larger than the limit. Pickling raises what it likes.
    """
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    if len(body) > LIMIT:
        raise ValueError(f"a message of {len(body)} bytes; {LIMIT} is the limit")
    return LENGTH.pack(len(body)) + body


class Decoder:
    """Puts messages together again, however the bytes arrive.

    Args:
        loads: reads one. The lane has its reasons for another one than the worker's, which trusts the lane.
    """

    def __init__(self, loads: Callable[[bytearray], Any] = pickle.loads) -> None:
        self._loads = loads
        self._bytes = bytearray()

    def feed(self, data: bytes) -> list[Any]:
        """Messages completed by `data`."""
        self._bytes += data
        messages, start = [], 0
        while (end := self._end(start)) <= len(self._bytes):
            messages.append(self._loads(self._bytes[start + LENGTH.size : end]))
            start = end
        del self._bytes[:start]
        return messages

    def _end(self, start: int) -> int:
        body = start + LENGTH.size
        if body > len(self._bytes):
            return body
        (length,) = LENGTH.unpack_from(self._bytes, start)
        if length > LIMIT:
            raise ValueError(f"a message of {length} bytes is announced; {LIMIT} is the limit")
        return body + int(length)
