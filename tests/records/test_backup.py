"""Copies are whole, rotated, and one of them is always there, whenever the box is killed."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from appliance.records.backup import KEPT, back_up, broken, copies, restore, set_aside
from appliance.records.database import connect, whole
from appliance.records.opening import open_store
from tests.records.said import damage, file, said, talk


def test_copies_are_rotated_and_left_behind_ones_swept_up(tmp_path: Path) -> None:
    store, ours = open_store(tmp_path), talk()
    for number in range(1, KEPT + 3):
        store.write([said(ours, number, str(number))])
        store.back_up()
    store.close()
    (tmp_path / ".records.abc").write_bytes(b"half a copy")
    assert all(map(whole, copies(file(tmp_path))))
    for age, copy in enumerate(copies(file(tmp_path))):
        with closing(sqlite3.connect(copy)) as db:
            assert db.execute("SELECT max(number) FROM turn").fetchone() == (KEPT + 2 - age,)
    open_store(tmp_path).close()
    assert not list(tmp_path.glob(".*"))
    assert len(list(tmp_path.iterdir())) == KEPT + 1


def test_a_copy_that_fails_leaves_the_older_ones(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.back_up()
    before = copies(file(tmp_path))[0].read_bytes()
    with closing(connect(file(tmp_path))) as other:
        other.close()
        with pytest.raises(sqlite3.Error):
            back_up(other, file(tmp_path))
    assert copies(file(tmp_path))[0].read_bytes() == before
    assert not list(tmp_path.glob(".*"))
    store.close()


def test_a_copy_that_shall_be_alone_is(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    for _ in range(KEPT):
        store.back_up()
    store.back_up(alone=True)
    assert [copy.exists() for copy in copies(file(tmp_path))] == [True, False, False]
    store.close()


def test_nothing_is_restored_from_nothing(tmp_path: Path) -> None:
    assert restore(file(tmp_path)) is None
    assert set_aside(file(tmp_path)) is None
    assert broken(file(tmp_path)) == []


def test_what_is_restored_is_the_newest_that_is_whole(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.back_up()
    store.write([said(talk(), 1)])
    store.back_up()
    store.close()
    newest, older, _ = copies(file(tmp_path))
    assert restore(file(tmp_path)) == newest
    damage(newest)
    assert restore(file(tmp_path)) == older
    assert whole(file(tmp_path))
