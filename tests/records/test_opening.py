"""Whatever has happened to the file, it is opened, and nothing is lost that could be saved."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from appliance.records import backup, opening, schema
from appliance.records.backup import broken, copies
from appliance.records.database import whole
from appliance.records.opening import open_store, read_changes
from appliance.records.problems import RecordsError
from tests.records.said import NOW, damage, file, said, talk


def words(folder: Path) -> set[str]:
    """All that is written down."""
    store = open_store(folder)
    found = {turn.transcript for past in store.newest(1000) for turn in past.turns}
    store.close()
    return found


def lived(folder: Path) -> None:
    """A file with a copy, and a turn that is in the file alone."""
    store, ours = open_store(folder), talk()
    store.write([said(ours, 1, "copied")])
    store.back_up()
    store.write([said(ours, 2, "new")])
    store.close()


def test_a_broken_file_is_set_aside_and_its_copy_takes_its_place(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lived(tmp_path)
    damage(file(tmp_path))
    assert words(tmp_path) == {"copied"}
    (aside,) = broken(file(tmp_path))
    assert aside.name in caplog.text
    assert words(tmp_path) == {"copied"}
    assert broken(file(tmp_path)) == [aside]


@pytest.mark.parametrize("fate", ["unlink", "empty", "half", "text"])
def test_a_file_that_is_gone_or_cut_off_is_mended_too(tmp_path: Path, fate: str) -> None:
    lived(tmp_path)
    path = file(tmp_path)
    match fate:
        case "unlink":
            path.unlink()
        case "empty":
            os.truncate(path, 0)
        case "half":
            os.truncate(path, path.stat().st_size // 2 + 100)
        case "text":
            path.write_text("this is no database\n" * 1000)
    assert words(tmp_path) == {"copied"}


def test_a_broken_copy_is_passed_over(tmp_path: Path) -> None:
    lived(tmp_path)
    store = open_store(tmp_path)
    store.back_up()
    store.close()
    damage(copies(file(tmp_path))[0])
    damage(file(tmp_path))
    assert words(tmp_path) == {"copied"}


def test_with_nothing_left_it_begins_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lived(tmp_path)
    damage(file(tmp_path))
    damage(copies(file(tmp_path))[0])
    assert words(tmp_path) == set()
    assert "begins anew" in caplog.text
    assert len(broken(file(tmp_path))) == 1


def test_the_log_of_a_file_that_is_gone_never_meets_its_copy(tmp_path: Path) -> None:
    lived(tmp_path)
    store = open_store(tmp_path)
    store.write([said(talk(), 3, "in the log")])
    log = file(tmp_path).with_name(f"{file(tmp_path).name}-wal")
    left = log.read_bytes()
    store.close()
    file(tmp_path).unlink()
    log.write_bytes(left)
    assert words(tmp_path) == {"copied"}
    assert whole(file(tmp_path))


def test_what_was_written_before_a_kill_is_there(tmp_path: Path) -> None:
    """The log beside the file is not folded in by somebody who is killed."""
    lived(tmp_path)
    store = open_store(tmp_path)
    store.write([said(talk(), 3, "newest")])
    image = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    store.close()
    after = tmp_path / "after"
    after.mkdir()
    for name, content in image.items():
        (after / name).write_bytes(content)
    assert words(after) == {"copied", "new", "newest"}


def test_an_older_file_is_copied_and_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lived(tmp_path)
    newer = (*schema.MIGRATIONS, ("ALTER TABLE turn ADD COLUMN mood TEXT", "UPDATE turn SET mood = 'merry'"))
    for module in (opening, backup):
        monkeypatch.setattr(module, "MIGRATIONS", newer)
    monkeypatch.setattr(opening, "migrate", lambda db: schema.migrate(db, newer))
    assert words(tmp_path) == {"copied", "new"}
    with closing(sqlite3.connect(file(tmp_path))) as db:
        assert schema.version(db) == 2
        assert db.execute("SELECT DISTINCT mood FROM turn").fetchall() == [("merry",)]
    before = tmp_path / "records.version-1.sqlite3"
    with closing(sqlite3.connect(before)) as db:
        assert schema.version(db) == 1
        assert db.execute("SELECT count(*) FROM turn").fetchone() == (2,)
    assert before.name in caplog.text


def test_a_newer_file_is_refused_and_not_touched(tmp_path: Path) -> None:
    lived(tmp_path)
    with closing(sqlite3.connect(file(tmp_path))) as db:
        db.execute("PRAGMA user_version = 99")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = file(tmp_path).read_bytes()
    with pytest.raises(RecordsError, match="newer version") as told:
        open_store(tmp_path)
    assert told.value.remedy
    assert file(tmp_path).read_bytes() == before
    assert read_changes(tmp_path) == {}


def test_what_was_set_aside_keeps_its_name_beside_another(tmp_path: Path) -> None:
    for _ in range(3):
        open_store(tmp_path).close()
        damage(file(tmp_path))
        open_store(tmp_path).close()
    assert len(broken(file(tmp_path))) == 3


def test_choices_are_read_on_a_disk_that_may_only_be_read(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.change("http", "name", "kitchen")
    store.write([said(talk(), 1, at=NOW)])
    store.close()
    tmp_path.chmod(0o500)
    try:
        assert read_changes(tmp_path) == {"http": {"name": '"kitchen"'}}
    finally:
        tmp_path.chmod(0o700)
