"""Files are written all together, or none of them."""

from pathlib import Path

import pytest

from appliance.core.errors import ApplianceError
from appliance.device.files import NewFile, differing, enabled, write_all
from tests.device.box import everything, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path / "etc/old", "as it was\n")
    write(tmp_path / "etc/needless", "as it was\n")
    (tmp_path / "etc/link").symlink_to("old")
    return tmp_path


NEW = [
    NewFile("etc/old", "new\n"),
    NewFile("etc/a/b/secret", "s\n", mode=0o600),
    NewFile("etc/link", target="/elsewhere"),
    NewFile("etc/needless", absent=True),
    NewFile("etc/never-there", absent=True),
    enabled("ssh.service"),
]


def test_all_of_them(root: Path) -> None:
    assert differing(root, NEW) == [file for file in NEW if file.path != "etc/never-there"]
    write_all(root, NEW)
    assert differing(root, NEW) == []
    assert everything(root) == {
        "etc/a/b/secret": (b"s\n", 0o600),
        "etc/link": Path("/elsewhere"),
        "etc/old": (b"new\n", 0o644),
        "etc/systemd/system/multi-user.target.wants/ssh.service": Path("/lib/systemd/system/ssh.service"),
    }


@pytest.mark.parametrize("place", range(len(NEW) + 1))
def test_none_of_them_where_one_cannot_be(root: Path, place: int) -> None:
    (root / "etc/full").mkdir()  # no file can take the place of a folder
    write(root / "etc/full/x", "")
    before = everything(root)
    with pytest.raises(ApplianceError):
        write_all(root, [*NEW[:place], NewFile("etc/full", "x"), *NEW[place:]])
    assert everything(root) == before
    with pytest.raises(ApplianceError):
        write_all(root, [*NEW[:place], NewFile("etc/old/below", "x"), *NEW[place:]])
    assert everything(root) == before


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(root: Path) -> None:
    victim = root / "victim"
    victim.write_text("mine")
    (root / "etc/timezone").symlink_to(victim)
    write_all(root, [NewFile("etc/timezone", "UTC\n")])
    assert victim.read_text() == "mine"
    assert not (root / "etc/timezone").is_symlink()
    assert (root / "etc/timezone").read_text() == "UTC\n"
