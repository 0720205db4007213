"""One way to open SQLite files, and to look whether they are whole."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from appliance.records.problems import damaged

BUSY_S: Final = 2.0
"""s that a statement waits for another process: `appliance settings set` beside the running appliance."""


def connect(path: Path) -> sqlite3.Connection:
    """Open a file for writing, and make it if need be: readable by nobody else.

    WAL: a reader never waits for the writer, and a process that is killed leaves a whole file whatever it was doing.
    synchronous=FULL: a turn that is committed outlives a power cut too. With NORMAL the newest ones would be lost. It
    costs one fsync per turn, on a thread where nobody waits.
    secure_delete: what is deleted is overwritten, not merely forgotten.
    """
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    db = sqlite3.connect(path, BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA secure_delete = ON")
        db.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        db.close()
        raise
    return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # a full disk rolls back by itself
            db.execute("ROLLBACK")
        raise


@contextmanager
def readable() -> Iterator[None]:
    """SQLite quotes what is broken, and Python fails at quotations that are no text: that is a broken file, too.

    Raises:
        sqlite3.DatabaseError: instead.
    """
    try:
        yield
    except UnicodeDecodeError:
        broken = sqlite3.DatabaseError("the file is damaged, and even its names are no text")
        broken.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise broken from None


def whole(path: Path) -> bool:
    """Whether a file is a database from its first page to its last.

    Raises:
        sqlite3.Error: that cannot be known now.
    """
    if not path.is_file() or path.stat().st_size == 0:
        return False
    try:
        with readable(), closing(sqlite3.connect(path, BUSY_S, isolation_level=None)) as db:
            return [row[0] for row in db.execute("PRAGMA integrity_check(1)")] == ["ok"]
    except sqlite3.Error as error:
        if (
            damaged(error) or error.sqlite_errorcode == sqlite3.SQLITE_ERROR
        ):  # our question is right: its format is not
            return False
        raise
