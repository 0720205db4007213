from pathlib import Path

import pytest

from appliance.web.private_file import set_aside, write_private


def test_it_is_private_and_complete(tmp_path: Path) -> None:
    file = tmp_path / "very" / "deep" / "secret"
    write_private(file, b"one")
    write_private(file, b"two")
    assert file.read_bytes() == b"two"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [folder.stat().st_mode & 0o777 for folder in file.parents[:2]] == [0o700, 0o700]
    assert [path.name for path in file.parent.iterdir()] == ["secret"]


def test_what_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_private(tmp_path / "taken", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_setting_aside_replaces_what_was_set_aside_before(tmp_path: Path) -> None:
    for text in ("one", "two"):
        (tmp_path / "file").write_text(text)
        aside = set_aside(tmp_path / "file")
    assert aside.read_text() == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["file.broken"]
