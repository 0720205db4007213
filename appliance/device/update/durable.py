"""Files that are whole or not there, on a file system without a journal: the boot partition's is FAT."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PIECE: Final = 4 << 20
"""Bytes that are copied at a time."""
DRAFT: Final = ".new"
"""How a file ends that is not whole yet: nobody starts such a one."""


def copy(source: Path, target: Path) -> Iterator[str]:
    """Copy a file, and give it its name when all of it is on the disk. Says each step when it is done."""
    draft = target.with_name(target.name + DRAFT)
    target.parent.mkdir(exist_ok=True)
    with source.open("rb") as reading, draft.open("wb") as writing:
        while piece := reading.read(PIECE):
            writing.write(piece)
            yield f"{target.name}: {writing.tell()} bytes"
        writing.flush()
        os.fsync(writing.fileno())
    _name(draft, target)
    yield f"{target.name} is there"


def write(text: str, target: Path) -> Iterator[str]:
    """The same with a text."""
    draft = target.with_name(target.name + DRAFT)
    with draft.open("w") as writing:
        writing.write(text)
        yield f"{target.name} is written"
        writing.flush()
        os.fsync(writing.fileno())
    _name(draft, target)
    yield f"{target.name} is there"


def _name(draft: Path, target: Path) -> None:
    """Linux' FAT gives a renamed file an empty entry at first; its length follows when the file is synced once more.
    Without that a power cut may leave a kernel of no bytes (scripts/image/update_cuts.py found it)."""
    draft.replace(target)
    with target.open("rb") as opened:
        os.fsync(opened.fileno())
    sync(target.parent)


def remove(path: Path) -> Iterator[str]:
    """Remove a file, and have that on the disk."""
    path.unlink(missing_ok=True)
    sync(path.parent)
    yield f"{path.name} is gone"


def sync(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
