"""A box knows its slots from what the image has written down."""

from pathlib import Path

import pytest

from appliance.device.update.slots import NoSlots, boot_id, read_box
from tests.device.update.flashed import COMPATIBLE, VERSION, flashed, write


@pytest.mark.parametrize(("running", "other"), ["ab", "ba"])
def test_it_knows_which_slot_runs(running: str, other: str, tmp_path: Path) -> None:
    box = read_box(flashed(tmp_path, running=running))
    assert (box.running, box.other, box.compatible, box.version) == (running, other, COMPATIBLE, VERSION)
    assert boot_id(tmp_path) == "first-start"


def test_a_machine_that_was_not_flashed_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoSlots, match=r"not flashed"):
        read_box(tmp_path)


@pytest.mark.parametrize("text", ["", "[system]\n", "no ini file", "[slot.rootfs.0]\ndevice=x\n"])
def test_settings_that_say_nothing_are_none(text: str, tmp_path: Path) -> None:
    flashed(tmp_path)
    write(tmp_path / "etc/rauc/system.conf", text)
    with pytest.raises(NoSlots):
        read_box(tmp_path)
    assert boot_id(tmp_path / "nowhere") == ""
