"""What the file looks like, version by version. A version that was released is never edited: a new one is added.

`PRAGMA user_version` is the number of migrations that were applied. Each runs in one transaction: after a power cut
it has happened, or it has not.
"""

import sqlite3
from collections.abc import Sequence
from typing import Final

Migration = Sequence[str]
"""Statements, in order."""

MIGRATIONS: Final[tuple[Migration, ...]] = (
    (
        """CREATE TABLE conversation (
            key TEXT PRIMARY KEY,
            session TEXT NOT NULL,
            device TEXT,
            began REAL NOT NULL,
            ended REAL
        )""",
        """CREATE TABLE turn (
            id INTEGER PRIMARY KEY,
            conversation TEXT NOT NULL REFERENCES conversation (key) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            at REAL NOT NULL,
            outcome TEXT NOT NULL,
            words BLOB NOT NULL,
            UNIQUE (conversation, number)
        )""",
        "CREATE INDEX turn_at ON turn (at)",
        """CREATE TABLE setting (
            section TEXT NOT NULL,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (section, key)
        )""",
        "CREATE TABLE seal (probe BLOB NOT NULL)",
    ),
)
"""`words`: a JSON list of what was said by the person, by the model, and what was heard of it, sealed where there is
a key. `setting.value`: JSON. `seal`: one row where what was said is sealed, to know the key again."""


def version(db: sqlite3.Connection) -> int:
    """How many migrations a file has seen."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def migrate(db: sqlite3.Connection, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Bring an older file up to date."""
    for number in range(version(db), len(migrations)):
        db.execute("BEGIN IMMEDIATE")
        try:
            for statement in migrations[number]:
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {number + 1}")
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise
