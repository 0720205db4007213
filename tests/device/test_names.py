"""A box is called by what a person chose, or by its machine's id."""

from pathlib import Path

import pytest

from appliance.device.names import given_name, host_name, hosts
from tests.device.box import MACHINE, box, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return box(tmp_path)


@pytest.mark.parametrize("identity", ["", "uninitialized\n", "../../etc\n", "x" * 32])
def test_without_an_id_there_is_no_number(root: Path, identity: str) -> None:
    write(root / "etc/machine-id", identity)
    assert given_name(root) == "voicebox"


def test_the_name_does_not_tell_the_id(root: Path) -> None:
    name = given_name(root)
    assert name == given_name(root)
    assert name.partition("-")[2] not in MACHINE
    write(root / "etc/machine-id", MACHINE[::-1])
    assert given_name(root) != name


@pytest.mark.parametrize("factory", ["", "localhost\n", "localhost.localdomain\n", "VoiceBox\n"])
def test_names_of_factories_are_none(root: Path, factory: str) -> None:
    write(root / "etc/hostname", factory)
    assert host_name(root) == ""
    (root / "etc/hostname").unlink()
    assert host_name(root) == ""


def test_other_lines_of_hosts_stay() -> None:
    text = "127.0.0.1 localhost\n127.0.1.1 old older\n10.0.0.1 router # 127.0.1.1\n"
    expected = "127.0.0.1 localhost\n10.0.0.1 router # 127.0.1.1\n127.0.1.1 new\n"
    assert hosts(text, "new") == expected
    assert hosts(expected, "new") == expected
    assert hosts("", "new").startswith("127.0.0.1 localhost\n")
