"""The folder of reports: few, small, whole, and nothing on a full disk."""

import datetime
from pathlib import Path

import pytest

from appliance.diagnosis import reports as module
from appliance.diagnosis.reports import SPARE_BYTES, Reports, load

ENTRIES = [{"t": 1.0, "event": "state"}, {"t": 2.0, "event": "turn.failed"}]


class Clock:
    """A wall clock that goes on by a second with every look."""

    def __init__(self) -> None:
        self.now = datetime.datetime(2026, 11, 21, 12, 0, tzinfo=datetime.UTC)

    def __call__(self) -> datetime.datetime:
        self.now += datetime.timedelta(seconds=1)
        return self.now


def reports(folder: Path, most: int = 3, free: int = 2**40) -> Reports:
    return Reports(folder, most, Clock(), lambda _: free)


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = reports(tmp_path).write("turn.failed", ENTRIES, {"version": "1"})
    assert path
    head, entries = load(path)
    assert (head["reason"], head["version"], entries) == ("turn.failed", "1", ENTRIES)
    assert path.name == "flight-20261121-120001-turn-failed.jsonl"
    assert path.stat().st_mode & 0o077 == 0


def test_the_oldest_go_and_with_them_their_recordings(tmp_path: Path) -> None:
    kept = reports(tmp_path)
    first = kept.write("crash", ENTRIES, {})
    assert first
    tape = first.with_name(f"{first.stem}-microphone.flac")
    tape.write_bytes(b"x")
    newer = [kept.write("crash", ENTRIES, {}) for _ in range(3)]
    assert kept.all() == newer
    assert not tape.exists()


def test_all_together_have_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    kept = reports(tmp_path, most=100)
    for _ in range(20):
        kept.write("crash", ENTRIES * 5, {})
    assert 0 < sum(path.stat().st_size for path in kept.all()) <= 1000


def test_on_a_disk_that_is_nearly_full_there_are_none(tmp_path: Path) -> None:
    assert reports(tmp_path, free=SPARE_BYTES).write("crash", ENTRIES, {}) is None
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_refuses_is_no_catastrophe(tmp_path: Path) -> None:
    assert reports(tmp_path / "absent").write("crash", ENTRIES, {}) is None
    assert reports(tmp_path / "absent").texts() == {}


def test_a_reason_cannot_leave_the_folder(tmp_path: Path) -> None:
    path = reports(tmp_path).write("../../etc/passwd", ENTRIES, {})
    assert path
    assert path.parent == tmp_path


def test_damaged_lines_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "flight-x.jsonl"
    path.write_text('{"report": 1, "reason": "crash"}\nrubbish\n{"t": 1}\n[3]\n')
    assert load(path) == ({"report": 1, "reason": "crash"}, [{"t": 1}])
    path.write_text("")
    assert load(path) == ({}, [])
