"""It is known what passes, what is broken, and what is a mistake of ours; each with what a person can do."""

import errno
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from appliance.records.problems import OBSTACLES, RecordsError, damaged, obstacle


def raised(path: Path, statement: str) -> sqlite3.Error:
    """What SQLite says to a statement."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        with pytest.raises(sqlite3.Error) as told:
            db.executescript(statement)
        return told.value


def test_a_full_file_passes(tmp_path: Path) -> None:
    error = raised(tmp_path / "file", "PRAGMA max_page_count = 1; CREATE TABLE a (x)")
    found = obstacle(error)
    assert isinstance(found, RecordsError)
    assert "full" in found.problem
    assert not damaged(error)


def test_what_is_no_database_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no database at all" * 100)
    error = raised(tmp_path / "file", "SELECT * FROM a")
    assert damaged(error)
    assert obstacle(error) is None


def test_a_mistake_of_ours_is_neither(tmp_path: Path) -> None:
    error = raised(tmp_path / "file", "SELECT nonsense")
    assert not damaged(error)
    assert obstacle(error) is None


@pytest.mark.parametrize(
    ("number", "word"),
    [(errno.ENOSPC, "full"), (errno.EROFS, "read"), (errno.EACCES, "written"), (errno.EIO, "fails")],
)
def test_the_operating_system_says_it_too(number: int, word: str) -> None:
    found = obstacle(OSError(number, "x"))
    assert found
    assert word in found.problem


def test_everything_that_passes_says_what_to_do() -> None:
    assert all(problem and remedy for problem, remedy in OBSTACLES.values())
