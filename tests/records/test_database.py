"""Files are opened so that a kill, a power cut and a second program do them no harm."""

import sqlite3
import stat
from contextlib import closing, suppress
from pathlib import Path

import pytest

from appliance.records.database import connect, transaction, whole
from tests.records.said import damage


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.sqlite3"


def test_it_is_opened_for_safety(path: Path) -> None:
    with closing(connect(path)) as db:
        found = {
            name: db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        }
        assert found == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_transaction_is_all_or_nothing(path: Path) -> None:
    with closing(connect(path)) as db:
        db.execute("CREATE TABLE a (x)")
        with transaction(db):
            db.execute("INSERT INTO a VALUES (1)")
        with suppress(ZeroDivisionError), transaction(db):
            db.execute("INSERT INTO a VALUES (2)")
            raise ZeroDivisionError
        assert db.execute("SELECT x FROM a").fetchall() == [(1,)]


def test_it_is_known_whether_a_file_is_whole(path: Path) -> None:
    assert not whole(path)
    path.touch()
    assert not whole(path)
    with closing(connect(path)) as db:
        db.execute("CREATE TABLE a (x)")
        db.executemany("INSERT INTO a VALUES (?)", [("x" * 1000,)] * 100)
        assert whole(path)
    damage(path)
    assert not whole(path)
    path.write_text("no database at all, but long enough to be one" * 100)
    assert not whole(path)


def test_what_cannot_be_known_now_is_not_called_broken(path: Path) -> None:
    with closing(connect(path)) as db:
        db.execute("CREATE TABLE a (x)")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            whole(path)
