"""`appliance report`: what a support person gets to see."""

import zipfile
from pathlib import Path

import pytest

from appliance.diagnosis.log_file import NAME
from appliance.diagnosis.reports import Reports
from appliance.diagnosis.ring import Ring
from appliance.timelines.lines import NAME as TIMELINES
from tests.cli.program import Caller

ENTRIES = [
    {"t": 1.0, "level": "info", "event": "state", "state": "thinking"},
    {"t": 3.0, "level": "warning", "event": "turn.failed", "session": "local", "turn": 2},
]


@pytest.fixture
def folder(appliance: Caller, tmp_path: Path) -> Path:
    appliance.environment({"APPLIANCE_AUDIO__FOLDER": str(tmp_path)})
    (tmp_path / "flight").mkdir()
    (tmp_path / "log").mkdir()
    return tmp_path


def fail(folder: Path) -> Path:
    path = Reports(folder / "flight", 10, free=lambda _: 2**40).write(
        "turn.failed", ENTRIES, {"version": "1"}
    )
    assert path
    return path


def test_the_last_report_in_lines(appliance: Caller, folder: Path) -> None:
    fail(folder)
    ended = appliance("report", "--last")
    assert ended.code == 0
    head, before, failure = ended.out.splitlines()
    assert head.startswith("turn.failed, ")
    assert before.split() == ["-2.000", "state", "state=thinking"]
    assert failure.split() == ["+0.000", "!", "local", "turn", "2", "turn.failed"]


def test_as_json(appliance: Caller, folder: Path) -> None:
    fail(folder)
    told = appliance("report", "--last", "--json").json
    assert (told["report"]["reason"], told["events"]) == ("turn.failed", ENTRIES)
    assert appliance("report", "--list", "--json").json[0]["reason"] == "turn.failed"


def test_where_nothing_has_failed(appliance: Caller, folder: Path) -> None:
    ended = appliance("report", "--last")
    assert ended.code == 65
    assert "nothing has failed" in ended.err
    assert "There are no reports" in appliance("report", "--list").out


def test_what_a_running_appliance_has_recorded(appliance: Caller, folder: Path) -> None:
    ring, _ = Ring.open(folder / "flight" / "ring", 65_536)
    ring.append(b'{"t": 1.0, "level": "info", "event": "state", "state": "hearing"}')
    assert "state=hearing" in appliance("report", "--now").out
    ring.close()


def test_without_a_ring_there_is_nothing_to_show(appliance: Caller, folder: Path) -> None:
    assert appliance("report", "--now").code == 65


def test_a_bundle_has_everything_but_recordings(appliance: Caller, folder: Path) -> None:
    report = fail(folder)
    (folder / "log" / NAME).write_text('{"event": "line"}\n')
    (folder / "log" / TIMELINES).write_text('{"turn": 1}\n')
    report.with_name(f"{report.stem}-microphone.flac").write_bytes(b"sound")
    target = folder / "bundle.zip"
    assert appliance("report", target).code == 0
    with zipfile.ZipFile(target) as bundle:
        assert set(bundle.namelist()) == {"settings.json", "machine.json", report.name, NAME, TIMELINES}
    assert appliance("report", target, "--audio").code == 0
    with zipfile.ZipFile(target) as bundle:
        assert bundle.read(f"{report.stem}-microphone.flac") == b"sound"


def test_a_bundle_that_cannot_be_written(appliance: Caller, folder: Path) -> None:
    assert appliance("report", folder / "absent" / "bundle.zip").code == 65
