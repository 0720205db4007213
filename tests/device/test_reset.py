"""A factory reset takes what somebody has put there, and nothing else: wished for, then done at the next start."""

import subprocess
from pathlib import Path

import pytest

from appliance.device.reset import ASKED, DONE, ON_STICK, WISH, asked_by_page, asked_by_stick, wish_for_reset
from appliance.device.update.slots import NoSlots
from tests.device.update.flashed import flashed, write

SCRIPT = Path(__file__).parents[2] / "scripts/image/files/etc/initramfs-tools/appliance-reset"
GOES = (
    "lib/appliance-etc/upper/hostname",
    "lib/appliance-etc/work/x",
    "lib/appliance/web/devices.json",
    "lib/appliance/records/conversations.db",
    "lib/appliance-setup/status.json",
    "lib/appliance-update/status.json",
    "lib/iwd/Our network.psk",
    "lib/systemd/credential.secret",
    "log/journal/0123/system.journal",
    "tmp/left",
)
STAYS = (
    "lib/appliance-models/model.gguf",
    "lib/appliance-models/models.lock.json",
    "lib/dbus/machine-id",
    "log/lastlog",
)


def data(folder: Path) -> Path:
    for place in (*GOES, *STAYS, "lib/appliance-update/reset"):
        write(folder / place, place)
    return folder


def run(folder: Path) -> int:
    return subprocess.run(["sh", SCRIPT, folder], check=False, capture_output=True).returncode


def test_what_somebody_has_put_there_goes_and_models_stay(tmp_path: Path) -> None:
    assert run(data(tmp_path)) == 0
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == set(STAYS)


def test_once_more_after_a_cut_is_no_harm(tmp_path: Path) -> None:
    data(tmp_path)
    assert (run(tmp_path), run(tmp_path)) == (0, 0)


@pytest.mark.parametrize("folder", ["", "nowhere"])
def test_a_disk_that_is_not_there_is_not_emptied(folder: str, tmp_path: Path) -> None:
    write(tmp_path / "lib.txt", "")
    assert run(tmp_path / folder if folder else tmp_path) != 0


def test_the_wish_is_written_down(tmp_path: Path) -> None:
    wish_for_reset(flashed(tmp_path))
    assert (tmp_path / WISH).exists()


def test_elsewhere_nobody_would_fulfil_it(tmp_path: Path) -> None:
    with pytest.raises(NoSlots):
        wish_for_reset(tmp_path)
    assert not (tmp_path / WISH).exists()


def test_page_and_stick_ask_once(tmp_path: Path) -> None:
    assert not asked_by_page(tmp_path)
    write(tmp_path / ASKED, "")
    assert asked_by_page(tmp_path)
    assert not asked_by_page(tmp_path)
    assert not asked_by_stick(tmp_path)
    write(tmp_path / ON_STICK, "")
    assert asked_by_stick(tmp_path)
    assert (tmp_path / DONE).exists()
