"""The log in a file: rolled over, private, and no trouble on a disk that refuses."""

import json
from pathlib import Path

import pytest

from appliance.diagnosis import log_file
from appliance.diagnosis.log_file import FILES, NAME, LogFile


def lines(path: Path) -> list[int]:
    return [json.loads(line)["number"] for line in path.read_text().splitlines()]


def test_entries_are_lines(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "log")
    for number in range(3):
        log.write({"number": number})
    log.close()
    assert lines(tmp_path / "log" / NAME) == [0, 1, 2]
    assert (tmp_path / "log" / NAME).stat().st_mode & 0o077 == 0


def test_it_rolls_over_and_the_oldest_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_file, "MOST_BYTES", 100)
    log = LogFile(tmp_path)
    for number in range(200):
        log.write({"number": number})
    log.close()
    files = sorted(tmp_path.iterdir())
    assert len(files) <= FILES
    kept = sorted(number for path in files for number in lines(path))
    assert kept == list(range(kept[0], 200))
    assert kept[0] > 0
    assert all(path.stat().st_size < 200 for path in files)


def test_the_next_life_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    for number in range(2):
        log = LogFile(tmp_path)
        log.write({"number": number})
        log.close()
    assert lines(tmp_path / NAME) == [0, 1]


def test_while_there_is_no_room_lines_are_lost_and_counted(tmp_path: Path) -> None:
    room = [False]
    log = LogFile(tmp_path, may_write=lambda: room[0])
    for number in range(3):
        log.write({"number": number})
    room[0] = True
    log.write({"number": 3})
    log.close()
    (line,) = (tmp_path / NAME).read_text().splitlines()
    assert json.loads(line) == {"number": 3, "lost": 3}


def test_a_disk_that_refuses_costs_lines_and_nothing_else(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    log = LogFile(blocked)
    log.write({"number": 1})
    log.close()
    assert blocked.read_text() == ""
