"""Timelines on the disk: what is written is read again, and nothing that is none."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from appliance.core.errors import InputError
from appliance.diagnosis.log_file import LogFile
from appliance.sessions.timeline import Timeline
from appliance.timelines.lines import NAME, Scribe, kept, line_of, newest, read
from tests.timelines.made import STAMPS, TURN, anything, few


def file(folder: Path, *lines: str) -> Path:
    path = folder / "some.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    assert read([file(tmp_path, line_of(TURN))]) == [TURN]
    told = json.loads(line_of(TURN))
    assert sum(told["phases_ms"].values()) == told["wait_ms"] == 470
    assert told["speech_ms"] + told["wait_ms"] == STAMPS.since("first_audio", "speech_started")
    assert sum(told["yielding_ms"].values()) == 325
    assert len(told["stamps"]) >= 14


@few
@given(anything)
def test_whatever_is_written_is_read_again(tmp_path_factory: pytest.TempPathFactory, turn: Timeline) -> None:
    assert read([file(tmp_path_factory.getbasetemp(), line_of(turn))]) == [turn]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "nothing",
        "[]",
        "{}",
        '{"session": "local", "turn": 1',
        line_of(TURN).replace("4470.0", "NaN").replace(":4470,", ":NaN,"),
        line_of(TURN).replace(":4470,", ":1e999,"),
        line_of(TURN).replace(":4470,", ":1e12,"),
        line_of(TURN).replace('"turn":3', '"turn":"x"'),
        "[" * 100_000,
        '{"turn": 1' + "0" * 5000 + "}",
        '{"event": "turn.over", "turn": null}',
        line_of(TURN).replace('"local"', '"\\u001b[2J"'),
        line_of(TURN).replace('"local"', f'"{"x" * 1000}"'),
    ],
    ids=lambda line: line[:20],
)
def test_lines_that_are_none_are_passed_over(tmp_path: Path, line: str) -> None:
    assert read([file(tmp_path, line, line_of(TURN))]) == [TURN]


def test_a_log_or_a_flight_report_tells_the_stamps(tmp_path: Path) -> None:
    marks = {f"{name}_ms": ms for name, ms in STAMPS.as_dict().items()}
    fields: dict[str, Any] = {
        "session": "local",
        "turn": 3,
        "outcome": "failed",
        "why": "failed",
        "time": "then",
    }
    other = {"event": "state", "session": "local", "state": "thinking"}
    lines = [json.dumps(each) for each in (other, {"event": "turn.failed", **fields, **marks})]
    (turn,) = read([file(tmp_path, *lines)])
    assert (turn.turn, turn.outcome, turn.stamps, turn.work) == (3, "failed", STAMPS, ())


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError, match="no file of timelines"):
            read([path])


def test_bytes_that_are_no_text_are_no_timelines(tmp_path: Path) -> None:
    path = tmp_path / "noise"
    path.write_bytes(bytes(range(256)) * 10)
    assert read([path]) == []


def test_where_there_is_no_folder_nothing_is_kept_and_what_is_none_is_refused(tmp_path: Path) -> None:
    assert kept(tmp_path / "nowhere") == []
    path = file(tmp_path, "")
    with pytest.raises(InputError, match="cannot read"):
        kept(path)
    assert newest(path) == {}


def test_names_of_pages_are_secrets_and_the_boxs_is_none() -> None:
    written: list[dict[str, Any]] = []
    scribe = Scribe(written.append)
    scribe.traced(TURN)
    scribe.traced(Timeline("browser Zx81pq", 1, "", "answered", "usual", STAMPS))
    assert written[0]["session"] == "local"
    assert written[1]["session"].startswith("page-")
    assert "Zx81pq" not in json.dumps(written)


def test_the_box_keeps_them_beside_its_log_oldest_first(tmp_path: Path) -> None:
    log = LogFile(tmp_path, name=NAME)
    scribe = Scribe(log.write)
    scribe.traced(TURN)
    log.close()
    (tmp_path / f"{NAME}.1").write_text("")
    assert kept(tmp_path) == [tmp_path / f"{NAME}.1", tmp_path / NAME]
    assert read(kept(tmp_path)) == [TURN]
