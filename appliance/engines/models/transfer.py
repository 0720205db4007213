"""The words in which every source of model files speaks: located, opened, read."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

T = TypeVar("T")

CHUNK = 1 << 20
"""Bytes read at once, at most."""


class SourceError(Exception):
    """One source cannot give one file. The next source may."""


class UnreachableError(SourceError):
    """Nobody answers there."""


class WrongBytesError(SourceError):
    """What came, or what an earlier download left behind, is not the file."""


class Body(Protocol):
    """Whatever can be read."""

    def read1(self, size: int, /) -> bytes:
        """At most `size` bytes, as soon as there are any; none at the end.

        Not `read`, which waits for all of them, and forgets those it has when the rest does not come.
        """


@dataclass(frozen=True, slots=True)
class Located:
    """What a source says of a file before giving it. None: it does not say."""

    revision: str | None = None
    """What exactly it is: a commit, a wheel."""
    size: int | None = None
    """Bytes."""
    sha256: str | None = None
    """Of the whole file."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A file being read."""

    body: Body
    """The bytes from `start` on."""
    start: int
    """Where the body begins in the file, in bytes: 0 where the source cannot begin in the middle."""
    size: int | None = None
    """Bytes of the whole file; None when the source does not say."""


class FileSource(Protocol):
    """One file at one source."""

    name: str
    """The file at its source, in the lock and in messages."""
    site: str
    """Who is asked. When it does not answer for one file, it is not asked for the next."""

    def locate(self) -> Located:
        """Ask for the file.

        Raises:
            SourceError: it is not to be had here.
        """

    def open(self, located: Located, start: int) -> AbstractContextManager[Stream]:
        """Read the file, from `start` if the source can.

        Raises:
            SourceError: it is not to be had here.
        """


def within(seconds: float, call: Callable[[], T], discard: Callable[[T], None] = lambda _: None) -> T:
    """The result of `call`, or TimeoutError when it takes longer.

    For calls that cannot be bounded otherwise: a name server that does not answer holds getaddrinfo
    for as long as it likes. The call goes on alone; `discard` gets what it brings too late.
    """
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(call())
        except BaseException as error:  # noqa: BLE001 - carried to the caller, whatever it is
            result.set_exception(error)

    def clean(late: Future[T]) -> None:
        if late.exception() is None:
            discard(late.result())

    threading.Thread(target=run, daemon=True, name="bounded call").start()
    try:
        return result.result(seconds)
    except (TimeoutError, KeyboardInterrupt):
        result.add_done_callback(clean)
        raise


def megabytes(size: int) -> str:
    """A size as people read it."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{max(size / 1e6, 0.1):.1f} MB"
