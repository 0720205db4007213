"""The open file. Blocking, and not for the event loop: `Keeper` calls it on a thread of its own."""

import json
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from appliance.core.speech import Outcome, Turn
from appliance.records import backup
from appliance.records.cipher import MAKE_KEY, PROBE, Cipher
from appliance.records.conversation import Conversation, Deed, Past, Said
from appliance.records.database import transaction
from appliance.records.problems import RecordsError

MOST_OPEN: Final = 64
"""Conversations that may be gone on with after a restart; older ones are over."""
MOST_TURNS: Final = 200
"""Newest turns that are read of each: as many as a page shows and a model remembers."""
ROOM: Final = 0.9
"""Share of the allowed size that is left when the oldest turns have had to go, so that it is rare."""

_OF_ONE: Final = "SELECT * FROM turn WHERE conversation = ? ORDER BY number DESC LIMIT ?"
_OF_ALL: Final = "SELECT * FROM turn ORDER BY id DESC LIMIT ?"

log = logging.getLogger("appliance.records")


class Store:
    """Owns the connection."""

    def __init__(self, db: sqlite3.Connection, path: Path, cipher: Cipher) -> None:
        """`db` is whole and of our version."""
        self.path = path
        self._db = db
        self._cipher = cipher

    def unlock(self) -> None:
        """See that the key fits; with a new key, seal what was plain.

        Raises:
            RecordsError: it does not.
        """
        probe = self._db.execute("SELECT probe FROM seal").fetchone()
        if probe is None:
            if self._cipher.keyed:
                self._seal_all()
        elif not self._cipher.keyed:
            raise RecordsError(
                "what was said is sealed, and there is no key",
                f"set records.key_file, or move {self.path} away",
            )
        elif self._cipher.unseal(probe[0]) != PROBE:
            raise RecordsError(
                "what was said is sealed with another key",
                f"put that key into records.key_file, or move {self.path} away ({MAKE_KEY})",
            )

    def write(self, deeds: Sequence[Deed]) -> None:
        """Write all of it down, or nothing."""
        with transaction(self._db):
            for deed in deeds:
                self._write(deed)

    def going_on(self, since: float) -> list[Past]:
        """Conversations that were not ended and had a turn after `since` (Unix time in s), newest first."""
        newest = """SELECT key FROM conversation JOIN turn ON conversation = key WHERE ended IS NULL AND at >= ?
            GROUP BY key ORDER BY max(at) DESC LIMIT ?"""
        keys = [row[0] for row in self._db.execute(newest, (since, MOST_OPEN))]
        return [past for key in keys for past in self._read(_OF_ONE, (key, MOST_TURNS))]

    def newest(self, turns: int) -> list[Past]:
        """The newest so many turns, by conversation; the one that was held last first."""
        found = sorted(self._read(_OF_ALL, (turns,)), key=lambda past: past.last, reverse=True)
        return list(found)

    def forget(self, before: float, most_bytes: int) -> int:
        """Delete what was said before (Unix time in s), and the oldest of what is too much; returns how many turns."""
        with transaction(self._db):
            gone = self._db.execute("DELETE FROM turn WHERE at < ?", (before,)).rowcount
            if self._used() > most_bytes:
                gone += self._halve(most_bytes)
            if gone:
                self._drop_empty()
        for copy in backup.of_versions(self.path):
            if copy.stat().st_mtime < before:
                copy.unlink()
        return gone

    def forget_all(self) -> None:
        """Delete all that was said, wherever it is: here, in the copies, and in what was set aside."""
        with transaction(self._db):
            self._db.execute("DELETE FROM conversation")
        for file in (*backup.broken(self.path), *backup.of_versions(self.path)):
            file.unlink(missing_ok=True)
        self.back_up(alone=True)

    def change(self, section: str, key: str, value: Any) -> None:
        """The owner has chosen a value for a setting; None: they have no wish any more."""
        with transaction(self._db):
            self._db.execute("DELETE FROM setting WHERE (section, key) = (?, ?)", (section, key))
            if value is not None:
                row = (section, key, json.dumps(value))
                self._db.execute("INSERT INTO setting (section, key, value) VALUES (?, ?, ?)", row)

    def back_up(self, *, alone: bool = False) -> None:
        """Make a copy; see `backup.back_up`."""
        if alone:
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # pages of the log hold what was deleted
        backup.back_up(self._db, self.path, alone=alone)

    @property
    def changes(self) -> int:
        """Rows that were ever changed through this connection: whether a copy is worth making."""
        return self._db.total_changes

    def close(self) -> None:
        """Let go of the file; the log beside it is folded into it."""
        self._db.close()

    def _write(self, deed: Deed) -> None:
        told = deed.conversation
        if isinstance(deed, Said):
            row = (told.key, told.session, told.device, told.began)
            self._db.execute(
                "INSERT OR IGNORE INTO conversation (key, session, device, began) VALUES (?, ?, ?, ?)", row
            )
            turn = deed.turn
            words = self._cipher.seal(json.dumps([turn.transcript, turn.said, turn.heard]).encode())
            self._db.execute(
                "INSERT OR REPLACE INTO turn (conversation, number, at, outcome, words) VALUES (?, ?, ?, ?, ?)",
                (told.key, turn.number, deed.at, turn.outcome, words),
            )
        else:
            self._db.execute("UPDATE conversation SET ended = ? WHERE key = ?", (deed.at, told.key))

    def _read(self, which: str, values: tuple[Any, ...]) -> Iterator[Past]:
        """Turns, by conversation."""
        query = f"""SELECT key, session, device, began, ended, number, outcome, words, at
            FROM ({which}) JOIN conversation ON conversation = key ORDER BY began, key, number"""  # noqa: S608 - ours
        rows = self._db.execute(query, values).fetchall()
        for (*told, ended), group in groupby(rows, key=lambda row: row[:5]):
            read = [(self._turn(*row[5:8]), row[8]) for row in group]
            turns = tuple(turn for turn, _ in read if turn)
            if turns:
                yield Past(Conversation(*told), turns, max(at for _, at in read), ended is not None)

    def _turn(self, number: int, outcome: str, words: bytes) -> Turn | None:
        plain = self._cipher.unseal(words)
        with suppress(ValueError, TypeError, RecursionError):
            transcript, said, heard = json.loads(plain or b"")
            return Turn(number, str(transcript), str(said), str(heard), Outcome(outcome))
        log.warning("A turn that was written down cannot be read, and is left out.")
        return None

    def _used(self) -> int:
        """Bytes of pages that hold something."""
        pages, free, size = (
            self._db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)

    def _halve(self, most_bytes: int) -> int:
        """Delete the oldest turns until little enough is left; returns how many."""
        (turns,) = self._db.execute("SELECT count(*) FROM turn").fetchone()
        surplus = round(turns * (1 - ROOM * most_bytes / self._used()))
        oldest = "DELETE FROM turn WHERE id IN (SELECT id FROM turn ORDER BY id LIMIT ?)"
        return self._db.execute(oldest, (surplus,)).rowcount

    def _drop_empty(self) -> None:
        self._db.execute("DELETE FROM conversation WHERE key NOT IN (SELECT conversation FROM turn)")

    def _seal_all(self) -> None:
        """There is a key for the first time: nothing plain stays behind, the copies included."""
        with transaction(self._db):
            rows = self._db.execute("SELECT id, words FROM turn").fetchall()
            sealed = [(self._cipher.seal(words), number) for number, words in rows]
            self._db.executemany("UPDATE turn SET words = ? WHERE id = ?", sealed)
            self._db.execute("INSERT INTO seal (probe) VALUES (?)", (self._cipher.seal(PROBE),))
        self._db.execute("VACUUM")  # pages that were let go hold plain text
        for copy in backup.of_versions(self.path):
            copy.unlink()
        self.back_up(alone=True)
