"""What tools keep: timers, alarms, reminders and lists, in a file of its own beside the conversations.

A file of its own, because an older version of the appliance, to which an update may fall back, refuses a file of
conversations with a table that it does not know. It holds words of people, so it is sealed with the same key.
"""

import asyncio
import json
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from appliance.core import clock
from appliance.records.cipher import Cipher
from appliance.records.database import connect, readable, transaction, whole
from appliance.records.problems import RecordsError, damaged, obstacle

T = TypeVar("T")

FILE: Final = "kept.db"
MOST: Final = 2000
"""Things on it."""
_TABLE: Final = """CREATE TABLE IF NOT EXISTS thing (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (kind, key))"""

log = logging.getLogger("appliance.records")


class DiskShelf:
    """Owns the file. Used on the event loop; what it does to the disk happens on a thread, one thing at a time."""

    def __init__(self, folder: Path, key_file: str = "") -> None:
        self._path = folder / FILE
        self._key_file = key_file
        self._thread = ThreadPoolExecutor(1, "shelf")
        self._db: sqlite3.Connection | None = None
        self._cipher = Cipher()

    async def open(self) -> None:
        """Open the file, or make it. One that is broken is set aside.

        Raises:
            RecordsError: there is no way to use it now.
        """
        await self._do(self._open)

    async def all(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """All things of a kind by their keys, the oldest first; what cannot be read is left out."""

        def work(db: sqlite3.Connection) -> dict[str, Mapping[str, Any]]:
            rows = db.execute("SELECT key, body FROM thing WHERE kind = ? ORDER BY id", (kind,))
            read = ((key, self._read(body)) for key, body in rows)
            return {key: thing for key, thing in read if thing is not None}

        return await self._use(work)

    async def put(self, kind: str, key: str, thing: Mapping[str, Any]) -> None:
        """Keep a thing, in place of the one with this key; it is on the disk when this returns.

        Raises:
            RecordsError: the disk, or the number of things, is against it.
        """

        def work(db: sqlite3.Connection) -> None:
            (count,) = db.execute(
                "SELECT count(*) FROM thing WHERE (kind, key) != (?, ?)", (kind, key)
            ).fetchone()
            if count >= MOST:
                raise RecordsError(f"more than {MOST} things are kept", "take something off the lists")
            body = self._cipher.seal(json.dumps(dict(thing)).encode())
            db.execute(
                "INSERT INTO thing (kind, key, body) VALUES (?, ?, ?) "
                "ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
                (kind, key, body),
            )

        await self._use(work)

    async def drop(self, kind: str, key: str) -> None:
        """Keep it no longer. Unknown ones are ignored.

        Raises:
            RecordsError: the disk is against it.
        """
        await self._use(
            lambda db: db.execute("DELETE FROM thing WHERE (kind, key) = (?, ?)", (kind, key)) and None
        )

    async def forget_all(self) -> None:
        """Delete everything, whatever was set aside included.

        Raises:
            RecordsError: the disk is against it.
        """

        def work(db: sqlite3.Connection) -> None:
            with transaction(db):
                db.execute("DELETE FROM thing")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # pages of the log hold what was deleted
            for file in self._path.parent.glob(f"{FILE}.broken-*"):
                file.unlink()

        await self._use(work)

    async def close(self) -> None:
        """Let go of the file."""
        if self._db:
            await self._use(lambda db: db.close())
        self._thread.shutdown(wait=False)

    def _open(self) -> None:
        self._cipher = Cipher.load(self._key_file)
        if self._path.exists() and self._path.stat().st_size and not whole(self._path):
            self._set_aside()
        self._db = connect(self._path)
        with readable():
            self._db.execute(_TABLE)
        self._seal()

    def _seal(self) -> None:
        """With a key for the first time: nothing plain stays behind."""
        assert self._db
        rows = self._db.execute("SELECT id, body FROM thing").fetchall() if self._cipher.keyed else []
        plain = [
            (number, body) for number, body in rows if self._cipher.unseal(body) is None and _is_plain(body)
        ]
        if plain:
            with transaction(self._db):
                for number, body in plain:
                    self._db.execute(
                        "UPDATE thing SET body = ? WHERE id = ?", (self._cipher.seal(body), number)
                    )
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _set_aside(self) -> None:
        aside = self._path.with_name(f"{FILE}.broken-{clock.wall():%Y%m%d-%H%M%S}")
        log.error("What tools keep cannot be read: %s is broken, and lies beside as %s.", FILE, aside.name)
        self._path.rename(aside)
        for log_file in (f"{FILE}-wal", f"{FILE}-shm"):
            self._path.with_name(log_file).unlink(missing_ok=True)

    def _read(self, body: bytes) -> Mapping[str, Any] | None:
        with suppress(ValueError, RecursionError):
            thing = json.loads(self._cipher.unseal(body) or b"")
            if isinstance(thing, dict):
                return thing
        log.warning("A thing that a tool kept cannot be read, and is left out.")
        return None

    async def _use(self, work: Callable[[sqlite3.Connection], T]) -> T:
        def use() -> T:
            if self._db is None:
                raise RecordsError("the file of what tools keep is not open", "see the log for why")
            return work(self._db)

        return await self._do(use)

    async def _do(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (sqlite3.Error, OSError) as error:
            if isinstance(error, sqlite3.Error) and damaged(error):
                raise RecordsError(
                    "the file of what tools keep is broken", "start the appliance again"
                ) from error
            passing = obstacle(error)
            if passing is None:
                raise
            raise passing from error


def _is_plain(body: bytes) -> bool:
    return body.startswith(b"{")


@asynccontextmanager
async def open_shelf(folder: Path, key_file: str = "") -> AsyncIterator[DiskShelf]:
    """A shelf that is open.

    Raises:
        RecordsError: there is no way to use it now.
    """
    shelf = DiskShelf(folder, key_file)
    try:
        await shelf.open()
        yield shelf
    finally:
        await shelf.close()
