"""With a `pactl` of our own in the path: how each answer is taken."""

from pathlib import Path

import pytest

from appliance.audio.device import Way
from appliance.audio.pactl import ask

ANSWERS = {
    "info": '{"default_sink_name": "spk", "default_source_name": "mic"}',
    "list sinks": '[{"index": 1, "name": "spk", "properties": {}}]',
    "list sources": (
        '[{"index": 2, "name": "mic", "description": "Röhre", "sample_specification": "s16le 2ch 16000Hz"}]'
    ),
}


@pytest.fixture
def pactl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What it answers stands in files beside it."""
    program = tmp_path / "pactl"
    program.write_text('#!/bin/sh\nshift\ncat "$(dirname "$0")/$*"\n')
    program.chmod(0o755)
    for question, answer in ANSWERS.items():
        (tmp_path / question).write_text(answer)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return tmp_path


def test_what_there_is(pactl: Path) -> None:
    nodes = ask()
    assert nodes is not None
    assert [(node.way, node.name, node.label, node.channels, node.default) for node in nodes] == [
        (Way.IN, "mic", "Röhre", 2, True),
        (Way.OUT, "spk", "spk", 1, True),
    ]


def test_a_server_that_does_not_answer_is_none(pactl: Path) -> None:
    (pactl / "info").unlink()
    assert ask() is None


@pytest.mark.parametrize("nonsense", ["", "Failure", "[]", "{}", '{"default_sink_name": 1}'])
def test_what_cannot_be_read_is_none(pactl: Path, nonsense: str) -> None:
    (pactl / "info").write_text(nonsense)
    assert ask() is None


def test_without_pactl_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ask() is None
