"""`appliance timeline`: which turn is drawn, from where, and as what."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from appliance.timelines.lines import NAME, line_of
from tests.cli.program import Caller
from tests.timelines.made import TURN

OTHERS = replace(TURN, session="page-0a1b2c", time="2026-01-02T11:00:00.000+01:00", outcome="answered")


@pytest.fixture
def log(appliance: Caller, tmp_path: Path) -> Path:
    """The folder in which the box keeps its timelines."""
    appliance.environment({"APPLIANCE_AUDIO__FOLDER": str(tmp_path)})
    folder = tmp_path / "log"
    folder.mkdir()
    return folder


@pytest.fixture
def three(log: Path) -> Path:
    older = replace(TURN, turn=2, time="2026-01-02T09:00:00.000+01:00")
    (log / f"{NAME}.1").write_text(line_of(older) + "\n")
    (log / NAME).write_text(f"{line_of(TURN)}\n{line_of(OTHERS)}\n")
    return log


def test_the_last_turn_of_all(appliance: Caller, three: Path) -> None:
    lines = appliance("timeline").out.splitlines()
    assert lines[0] == "turn 3, page-0a1b2c, answered, 2026-01-02T11:00:00"
    assert "470 ms from the last word to the first sound" in lines
    assert max(map(len, lines)) <= 80


def test_a_turn_by_its_number_and_conversation(appliance: Caller, three: Path) -> None:
    assert appliance("timeline", "2").out.startswith("turn 2, local, interrupted")
    assert appliance("timeline", "3").out.startswith("turn 3, page-0a1b2c")
    assert appliance("timeline", "3", "--session", "local").out.startswith("turn 3, local")
    assert appliance("timeline", "last", "--session", "local", "--json").json["turn"] == 3


def test_the_list(appliance: Caller, three: Path) -> None:
    rows = [line.split() for line in appliance("timeline", "--list").out.splitlines()]
    assert [row[1:3] for row in rows[1:]] == [["local", "2"], ["local", "3"], ["page-0a1b2c", "3"]]
    assert rows[1][3:6] == ["interrupted", "470", "325"]
    assert [turn["turn"] for turn in appliance("timeline", "--list", "--json").json] == [2, 3, 3]


def test_a_picture(appliance: Caller, three: Path, tmp_path: Path) -> None:
    ended = appliance("timeline", "2", "--all", "--svg", tmp_path / "turn.svg")
    assert (ended.code, ended.out) == (0, "")
    assert ET.parse(tmp_path / "turn.svg").getroot().get("aria-label", "").startswith("turn 2")


def test_from_a_file(appliance: Caller, log: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text(line_of(TURN))
    assert appliance("timeline", "--file", path).out.startswith("turn 3, local")


def test_what_is_not_there_is_said_with_a_remedy(appliance: Caller, log: Path, tmp_path: Path) -> None:
    for arguments, words in (
        ((), "there are no timelines in"),
        (("--file", tmp_path / "nowhere"), "no file of timelines"),
        (("one",), "no number of a turn"),
        (("²",), "no number of a turn"),
        (("--svg", tmp_path / "no" / "folder.svg"), "there is no folder"),
    ):
        ended = appliance("timeline", *arguments)
        assert ended.code == 65, arguments
        assert words in ended.err, arguments
    (log / NAME).write_text(line_of(TURN))
    assert "there is no turn 9" in appliance("timeline", "9").err
    assert appliance("timeline", "--list", "--session", "nobody").out == "There are no timelines.\n"
