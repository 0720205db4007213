"""The file is brought up to date one version at a time, and each has happened or has not."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from appliance.records.schema import MIGRATIONS, migrate, version


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        yield db


def tables(db: sqlite3.Connection) -> set[str]:
    return {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_a_new_file_is_of_the_newest_version(db: sqlite3.Connection) -> None:
    migrate(db)
    assert version(db) == len(MIGRATIONS)
    assert tables(db) == {"conversation", "turn", "setting", "seal"}
    migrate(db)
    assert version(db) == len(MIGRATIONS)


@pytest.mark.parametrize("start", [0, 1, 2])
def test_every_version_leads_to_the_newest(db: sqlite3.Connection, start: int) -> None:
    steps = (("CREATE TABLE a (x)",), ("CREATE TABLE b (x)", "INSERT INTO b VALUES (1)"), ("DROP TABLE a",))
    migrate(db, steps[:start])
    assert version(db) == start
    migrate(db, steps)
    assert tables(db) == {"b"}
    assert db.execute("SELECT x FROM b").fetchall() == [(1,)]


def test_a_migration_that_fails_has_not_happened(db: sqlite3.Connection) -> None:
    steps = (("CREATE TABLE a (x)",), ("DROP TABLE a", "SELECT nonsense"))
    with pytest.raises(sqlite3.OperationalError):
        migrate(db, steps)
    assert version(db) == 1
    assert tables(db) == {"a"}
    assert not db.in_transaction
