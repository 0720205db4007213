"""Every write of a machine to its disk, in order: what is on the disk if the power goes at any moment.

QEMU's `blklogwrites` writes the log in the format of Linux' dm-log-writes. A disk keeps what was written before the
last flush; of what came after it may have kept anything.
"""

import random
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

# Documentation/admin-guide/device-mapper/log-writes.rst and QEMU's block/blklogwrites.c
MAGIC = 0x6A736677736872
SUPER = struct.Struct("<QQQI")
HEAD = struct.Struct("<QQQQ")
FLUSH, FUA, DISCARD = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Write:
    """One of them."""

    start: int
    """Where on the disk, in bytes."""
    data: bytes
    """What; empty where it was only a flush."""
    flush: bool
    """Whether all that came before is safe now."""
    length: int
    """Bytes; a discard has no data, and zeros are as good as any."""


def read_log(path: Path) -> list[Write]:
    """All writes of a log."""
    data = path.read_bytes()
    magic, version, _, sector = SUPER.unpack_from(data)
    if (magic, version) != (MAGIC, 1):
        raise ValueError(f"{path} is no log of writes")
    return list(_entries(data, sector))


def _entries(data: bytes, sector: int) -> Iterator[Write]:
    at = sector
    while at + HEAD.size <= len(data):
        place, count, flags, _ = HEAD.unpack_from(data, at)
        if not (place or count or flags):  # behind the last one
            return
        at += sector
        length = count * sector
        body = b"" if flags & DISCARD else data[at : at + length]
        if len(body) != length and not flags & DISCARD:
            return
        at += len(body)
        yield Write(place * sector, body, bool(flags & (FLUSH | FUA)), length)


def mark(writes: Sequence[Write], words: bytes) -> int:
    """Index behind the first write that has these words in it."""
    return next(number for number, write in enumerate(writes, 1) if words in write.data)


def kept(writes: Sequence[Write], cut: int, dice: random.Random | None) -> list[Write]:
    """What is on the disk when the power goes after so many writes.

    Args:
        writes: all, in order.
        cut: how many were made.
        dice: decides what of the unsafe ones was kept; None: all.
    """
    if dice is None:
        return list(writes[:cut])
    safe = next((number for number in range(cut, 0, -1) if writes[number - 1].flush), 0)
    return [*writes[:safe], *(write for write in writes[safe:cut] if dice.random() < 0.5)]


def apply(writes: Sequence[Write], disk: Path) -> None:
    """Make them on a disk."""
    with disk.open("r+b") as file:
        for write in writes:
            file.seek(write.start)
            file.write(write.data or bytes(write.length))
