"""The last look at a composed image finds what would be wrong with every device flashed with it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.image.check import NOT_STARTED, STARTED, UPDATABLE, findings


def make(tree: Path) -> None:
    """The smallest image that is in order."""
    root = tree / "root"
    wants = root / "etc/systemd/system/multi-user.target.wants"
    for folder in (
        wants,
        root / "usr/lib/systemd/system",
        root / "etc/ssh",
        root / "var",
        root / "opt/appliance",
    ):
        folder.mkdir(parents=True)
    for unit in STARTED:
        (wants / unit).symlink_to(f"/usr/lib/systemd/system/{unit}")
    (root / "opt/appliance/appliance").touch()
    service = root / "usr/lib/systemd/system/appliance.service"
    service.write_text("[Service]\nExecStart=/opt/appliance/appliance run\n")
    for place in UPDATABLE:
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).touch()
    (root / "etc/shadow").write_text("root:*:1::::::\nappliance:!*:1::::::\n")
    (root / "etc/machine-id").touch()
    (root / "etc/fstab").write_text("PARTUUID=1 /var ext4\n")
    models = tree / "data/lib/appliance-models"
    models.mkdir(parents=True)
    (models / "models.lock.json").touch()


def found(tree: Path) -> list[str]:
    return list(findings(tree / "root", tree / "data"))


def test_an_image_in_order_passes(tmp_path: Path) -> None:
    make(tmp_path)
    assert found(tmp_path) == []


WRONGS: dict[str, Callable[[Path], object]] = {
    "root can log in": lambda root: (root / "etc/shadow").write_text("root::1::::::\n"),
    "the same machine-id": lambda root: (root / "etc/machine-id").write_text("0123\n"),
    "the same ssh_host_ed25519_key": lambda root: (root / "etc/ssh/ssh_host_ed25519_key").touch(),
    "there is no /opt/appliance/appliance": lambda root: (root / "opt/appliance/appliance").unlink(),
    "no update would come in": lambda root: (root / UPDATABLE[0]).unlink(),
    "hidden by the data partition": lambda root: (root / "var/lib").mkdir(),
    "was not filled in": lambda root: (root / "etc/fstab").write_text("PARTUUID=@data@ /var\n"),
    "no models": lambda root: (root.parent / "data/lib/appliance-models/models.lock.json").unlink(),
    f"{STARTED[0]} does not start": lambda root: (
        root / f"etc/systemd/system/multi-user.target.wants/{STARTED[0]}"
    ).unlink(),
    f"{NOT_STARTED[0]} starts": lambda root: (
        root / f"etc/systemd/system/multi-user.target.wants/{NOT_STARTED[0]}"
    ).touch(),
}


@pytest.mark.parametrize("words", WRONGS)
def test_whatever_is_wrong_is_said(words: str, tmp_path: Path) -> None:
    make(tmp_path)
    WRONGS[words](tmp_path / "root")
    assert [line for line in found(tmp_path) if words in line], found(tmp_path)
