"""A file has its name only when all of it is there."""

from pathlib import Path

import pytest

from appliance.device.update import durable
from appliance.device.update.durable import DRAFT, copy, remove, write


def test_a_copy_has_its_name_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "PIECE", 10)
    (tmp_path / "source").write_bytes(b"x" * 25)
    steps = copy(tmp_path / "source", tmp_path / "b" / "linux")
    for _ in range(3):
        assert "bytes" in next(steps)
        assert not (tmp_path / "b" / "linux").exists()
    assert next(steps) == "linux is there"
    assert (tmp_path / "b" / "linux").read_bytes() == b"x" * 25
    assert [path.name for path in (tmp_path / "b").iterdir()] == ["linux"]


def test_a_cut_leaves_a_draft_that_the_next_copy_replaces(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"new")
    (tmp_path / "linux").write_bytes(b"old")
    steps = copy(tmp_path / "source", tmp_path / "linux")
    next(steps)
    steps.close()  # type: ignore[attr-defined]
    assert (tmp_path / "linux").read_bytes() == b"old"
    assert (tmp_path / f"linux{DRAFT}").exists()
    list(copy(tmp_path / "source", tmp_path / "linux"))
    assert (tmp_path / "linux").read_bytes() == b"new"


def test_texts_come_and_go(tmp_path: Path) -> None:
    list(write("words", tmp_path / "x"))
    assert (tmp_path / "x").read_text() == "words"
    for _ in range(2):
        list(remove(tmp_path / "x"))
    assert list(tmp_path.iterdir()) == []
