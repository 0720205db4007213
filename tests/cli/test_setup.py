"""`appliance setup` sets up a system in a folder."""

from pathlib import Path

from appliance.device.example import EXAMPLE
from appliance.device.names import host_name
from tests.cli.program import Caller
from tests.device.box import WHOLE, box


def test_a_file_is_applied_once(appliance: Caller, tmp_path: Path) -> None:
    root, file = box(tmp_path / "root"), tmp_path / "setup.toml"
    file.write_bytes(WHOLE)
    ended = appliance("setup", "--root", root, "--file", file)
    assert (ended.code, ended.err) == (0, "")
    assert "name: kitchen-box" in ended.out
    assert "correct horse" not in ended.out
    assert host_name(root) == "kitchen-box"
    assert "no new settings file" in appliance("setup", "--root", root, "--file", file).out


def test_a_wrong_file_ends_with_65_and_says_why(appliance: Caller, tmp_path: Path) -> None:
    root, file = box(tmp_path / "root"), tmp_path / "setup.toml"
    file.write_text('nmae = "a"')
    ended = appliance("setup", "--root", root, "--file", file)
    assert ended.code == 65
    assert "did you mean 'name'?" in ended.out
    ended = appliance("setup", "--root", tmp_path / "nowhere", "--check", file)
    assert ended.code == 65
    assert "did you mean 'name'?" in ended.err


def test_it_works_where_the_settings_of_the_program_are_wrong(appliance: Caller, tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[")
    ended = appliance("setup", "--config", broken, "--example")
    assert (ended.code, ended.out) == (0, EXAMPLE)
    assert appliance("settings", "--config", broken).code == 78


def test_the_example_is_right(appliance: Caller, tmp_path: Path) -> None:
    file = tmp_path / "setup.toml"
    file.write_text(EXAMPLE)
    assert appliance("setup", "--root", tmp_path, "--check", file).code == 0
    assert appliance("setup", "--check", tmp_path / "nowhere").code == 65
