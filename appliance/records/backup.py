"""Copies of the file: made while it is in use, verified, rotated, and taken when the file is broken.

The newest is number 1. A copy is written beside the others, read from end to end, and only then takes its place.
"""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Final

from appliance.core.clock import wall
from appliance.records.database import whole
from appliance.records.schema import MIGRATIONS, version

KEPT: Final = 3
"""Copies."""
_PAGES: Final = 256
"""Pages (1 MB) that are copied while the file is locked for others."""
_BESIDE: Final = ("-wal", "-shm")
"""What SQLite keeps beside a file. It must never meet another file of that name."""


def copies(path: Path) -> list[Path]:
    """Where the copies of a file are, or would be; the newest first."""
    return [path.with_name(f"{path.stem}.backup-{number}{path.suffix}") for number in range(1, KEPT + 1)]


def back_up(db: sqlite3.Connection, path: Path, *, alone: bool = False) -> None:
    """Make a copy of the open file at `path`.

    Args:
        db: it.
        path: its name.
        alone: the other copies hold what is to be forgotten, and go.

    Raises:
        OSError: and the older copies stay as they are.
        sqlite3.Error: likewise.
    """
    newest, *older = copies(path)
    fresh = _temporary(path)
    try:
        copy_to(db, fresh)
        if alone:
            for copy in older:
                copy.unlink(missing_ok=True)
        else:
            for after, before in zip(reversed(older), [*reversed(older[:-1]), newest], strict=True):
                if before.exists():
                    before.replace(after)
        fresh.replace(newest)
        _sync(path.parent)
    finally:
        fresh.unlink(missing_ok=True)


def copy_to(db: sqlite3.Connection, target: Path) -> None:
    """Copy an open file to another, whole and verified.

    Raises:
        sqlite3.Error: it could not be written, or cannot be read again.
    """
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        db.backup(copy, pages=_PAGES, sleep=0.01)
        copy.execute("PRAGMA journal_mode = DELETE")  # a copy is one file
    if not whole(target):
        raise sqlite3.OperationalError("the copy cannot be read again")


def restore(path: Path) -> Path | None:
    """Put the newest copy that is whole in the place of a file that is gone; None when there is none."""
    for copy in copies(path):
        if whole(copy) and _readable(copy):
            fresh = _temporary(path)
            shutil.copyfile(copy, fresh)
            _sync(fresh)
            fresh.replace(path)
            _sync(path.parent)
            return copy
    return None


def set_aside(path: Path) -> Path | None:
    """Give a broken file a name with its date, for whoever wants to look into it. Never deleted by itself."""
    aside = path.with_name(f"{path.stem}.broken-{wall():%Y%m%d-%H%M%S-%f}{path.suffix}")
    for end in ("", *_BESIDE):
        part = path.with_name(path.name + end)
        if part.exists():
            part.replace(aside.with_name(aside.name + end))
    return aside if aside.exists() else None


def broken(path: Path) -> list[Path]:
    """What was set aside."""
    return sorted(path.parent.glob(f"{path.stem}.broken-*"))


def of_versions(path: Path) -> list[Path]:
    """Copies that were made before a file was brought up to date."""
    return sorted(path.parent.glob(f"{path.stem}.version-*"))


def before_update(db: sqlite3.Connection, path: Path, found: int) -> Path:
    """Make such a copy, of a file of version `found`."""
    before = path.with_name(f"{path.stem}.version-{found}{path.suffix}")
    fresh = _temporary(path)
    copy_to(db, fresh)
    fresh.replace(before)
    return before


def _readable(copy: Path) -> bool:
    with closing(sqlite3.connect(copy, isolation_level=None)) as db:
        return 0 < version(db) <= len(MIGRATIONS)


def _temporary(path: Path) -> Path:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.")  # 0600 from the beginning
    os.close(descriptor)
    return Path(name)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
