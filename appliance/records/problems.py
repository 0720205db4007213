"""What can be wrong with the file, and whose turn it is to do something about it."""

import errno
import sqlite3
from typing import Final

from appliance.core.errors import ApplianceError


class RecordsError(ApplianceError):
    """The file cannot be used as it is (EX_IOERR). The appliance runs all the same, and does not record."""

    exit_code = 74


DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
"""The file is no longer what was written."""

OBSTACLES: Final = {
    sqlite3.SQLITE_FULL: ("the disk is full", "delete something; it goes on by itself"),
    sqlite3.SQLITE_READONLY: ("the disk may only be read", "`mount` says why; it goes on by itself"),
    sqlite3.SQLITE_PERM: ("the file may not be written", "correct its owner; it goes on by itself"),
    sqlite3.SQLITE_CANTOPEN: (
        "the file cannot be opened",
        "see whether its folder is there and may be written",
    ),
    sqlite3.SQLITE_IOERR: (
        "the disk fails, or a limit is reached",
        "`dmesg` says more; it goes on by itself",
    ),
    sqlite3.SQLITE_BUSY: (
        "another program has locked the file",
        "see which with `fuser`; it goes on by itself",
    ),
    sqlite3.SQLITE_NOMEM: ("there is no memory left", "it goes on by itself"),
}
"""What passes, and what a person can do about it: by SQLite's code."""

_SYSTEM: Final = {
    errno.ENOSPC: sqlite3.SQLITE_FULL,
    errno.EDQUOT: sqlite3.SQLITE_FULL,
    errno.EROFS: sqlite3.SQLITE_READONLY,
    errno.EACCES: sqlite3.SQLITE_PERM,
    errno.EPERM: sqlite3.SQLITE_PERM,
}
"""The same, as the operating system says it."""


def damaged(error: sqlite3.Error) -> bool:
    """Whether the file itself is broken."""
    return _code(error) in DAMAGED


def obstacle(error: sqlite3.Error | OSError) -> RecordsError | None:
    """What keeps us from writing for a while; None when waiting would not help."""
    code = (
        _code(error)
        if isinstance(error, sqlite3.Error)
        else _SYSTEM.get(error.errno or 0, sqlite3.SQLITE_IOERR)
    )
    return RecordsError(*OBSTACLES[code]) if code in OBSTACLES else None


def _code(error: sqlite3.Error) -> int:
    """The primary code: SQLite says more in the higher bits."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
