"""What is written down is read again, as long as it may be kept, and by nobody else."""

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from appliance.records.backup import copies
from appliance.records.conversation import Conversation, Ended, Past, fingerprint
from appliance.records.database import whole
from appliance.records.opening import open_store, read_changes, write_change
from appliance.records.store import MOST_TURNS
from tests.records.said import NOW, file, raw, said, talk, turn

ENOUGH = 1_000_000_000


def test_turns_are_read_again_by_conversation(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    ours, theirs = talk(), talk("a session", "phone", NOW + 1)
    store.write([said(ours, 1), said(theirs, 1, "привет", NOW + 2), said(ours, 2, at=NOW + 3)])
    store.close()
    store = open_store(tmp_path)
    assert store.newest(100) == [
        Past(ours, (turn(1), turn(2)), NOW + 3),
        Past(theirs, (turn(1, "привет"),), NOW + 2),
    ]
    assert store.newest(1) == [Past(ours, (turn(2),), NOW + 3)]
    store.close()


def test_the_id_of_a_session_is_not_on_the_disk(tmp_path: Path) -> None:
    conversation = Conversation.new("kTz9-secret", "phone", NOW)
    store = open_store(tmp_path)
    store.write([said(conversation, 1)])
    assert conversation.session == fingerprint("kTz9-secret")
    assert b"kTz9-secret" not in raw(tmp_path)
    store.close()


def test_only_conversations_that_nobody_ended_go_on(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    old, ended, ours = talk("old"), talk("ended"), talk("ours")
    store.write([said(old, 1), said(ended, 1, at=NOW + 9), said(ours, 1, at=NOW + 10), Ended(ended, NOW + 9)])
    assert [past.conversation for past in store.going_on(NOW + 5)] == [ours]
    assert store.newest(100)[1].ended
    store.close()


def test_no_more_turns_are_read_than_a_page_shows(tmp_path: Path) -> None:
    store, ours = open_store(tmp_path), talk()
    store.write([said(ours, number) for number in range(1, MOST_TURNS + 11)])
    (past,) = store.going_on(0)
    assert [turn.number for turn in past.turns] == list(range(11, MOST_TURNS + 11))
    store.close()


def test_a_turn_that_is_told_twice_is_there_once(tmp_path: Path) -> None:
    store, ours = open_store(tmp_path), talk()
    for _ in range(2):
        store.write([said(ours, 1)])
    assert [past.turns for past in store.newest(9)] == [(turn(1),)]
    store.close()


def test_what_is_too_old_goes(tmp_path: Path) -> None:
    store, ours = open_store(tmp_path), talk()
    store.write([said(talk(), 1), said(ours, 1), said(ours, 2, at=NOW + 10)])
    assert store.forget(NOW + 5, ENOUGH) == 2
    assert [past.turns for past in store.newest(9)] == [(turn(2),)]
    assert store.forget(NOW + 5, ENOUGH) == 0
    store.close()


def test_of_what_is_too_much_the_oldest_goes(tmp_path: Path) -> None:
    store, ours, most = open_store(tmp_path), talk(), 300_000
    for number in range(1, 400):
        store.write([said(ours, number, "x" * 1000)])
        store.forget(0, most)
    (past,) = store.newest(1000)
    numbers = [turn.number for turn in past.turns]
    assert numbers == list(range(numbers[0], 400))
    assert 150 <= len(numbers) < 300
    assert file(tmp_path).stat().st_size < 2 * most  # pages are used again
    store.close()


def test_all_can_be_forgotten_and_then_nothing_of_it_is_on_the_disk(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.write([said(talk(), 1, "Rosebud")])
    store.change("http", "name", "kitchen")
    store.back_up()
    store.back_up()
    (tmp_path / "records.broken-20250101-000000.sqlite3").write_bytes(b"Rosebud")
    assert b"Rosebud" in raw(tmp_path)
    store.forget_all()
    assert store.newest(9) == []
    assert b"Rosebud" not in raw(tmp_path)
    assert read_changes(tmp_path) == {"http": {"name": '"kitchen"'}}
    store.close()


def test_what_was_too_old_is_not_in_the_file_any_more(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    store.write([said(talk(), 1, "Rosebud")])
    store.back_up()
    store.forget(NOW + 1, ENOUGH)
    store.back_up(alone=True)
    assert b"Rosebud" not in raw(tmp_path)
    store.close()


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    store = open_store(tmp_path / "new")
    store.write([said(talk(), 1)])
    store.back_up()
    for path in (tmp_path / "new").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    store.close()


def test_one_turn_that_cannot_be_read_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store, ours = open_store(tmp_path), talk()
    store.write([said(ours, 1), said(ours, 2)])
    store.close()
    with closing(sqlite3.connect(file(tmp_path))) as db:
        db.execute("UPDATE turn SET words = x'00ff' WHERE number = 1")
        db.commit()
    store = open_store(tmp_path)
    assert [past.turns for past in store.newest(9)] == [(turn(2),)]
    assert "cannot be read" in caplog.text
    store.close()


def test_choices_of_the_owner_are_written_beside_the_running_appliance(tmp_path: Path) -> None:
    assert read_changes(tmp_path) == {}
    write_change(tmp_path, "piper", "speed", 1.25)
    store = open_store(tmp_path)
    write_change(tmp_path, "http", "name", "kitchen")
    store.change("piper", "speed", None)
    store.write([said(talk(), 1)])
    assert read_changes(tmp_path) == {"http": {"name": '"kitchen"'}}
    store.close()
    assert whole(file(tmp_path))
    assert not any(copy.exists() for copy in copies(file(tmp_path)))
