"""A composed slot can be updated: RAUC's settings are the box's own, and it brings how it is started."""

import configparser
import subprocess
import sys
from pathlib import Path

from appliance.device.update.slots import read_box
from appliance.device.update.switch import BOOT, KERNEL
from scripts.image import slots
from scripts.image.disk import partition_id
from scripts.image.slots import release, system_conf
from tests.device.update.flashed import COMPATIBLE, write


def test_the_box_reads_what_the_image_writes(tmp_path: Path) -> None:
    for place, text in {"usr/lib/os-release": "ID=debian\n", "certificate": "PEM"}.items():
        write(tmp_path / place, text)
    for name in KERNEL:
        write(tmp_path / "boot" / name, name)
    subprocess.run(
        [sys.executable, "-m", "scripts.image.slots", "--root", tmp_path, "--boot", tmp_path / "boot",
         "--version", "2.3",         "--compatible", COMPATIBLE, "--keyring", tmp_path / "certificate"],
        check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    write(tmp_path / "proc/cmdline", f"root=PARTUUID={partition_id('root-b')}")
    box = read_box(tmp_path)
    assert (box.version, box.compatible, box.running, box.other) == ("2.3", COMPATIBLE, "b", "a")
    assert {path.name for path in (tmp_path / BOOT).iterdir()} == {
        *KERNEL, "entry-a.conf", "entry-b.conf", "reset-a.conf", "reset-b.conf"
    }  # fmt: skip
    assert slots.BOOT == BOOT
    assert (tmp_path / slots.KEYRING).read_text() == "PEM"


def test_only_bundles_whose_every_block_is_checked_are_taken() -> None:
    told = configparser.ConfigParser()
    told.read_string(system_conf(COMPATIBLE))
    assert told["system"]["bundle-formats"] == "verity"
    assert told["keyring"]["path"] == f"/{slots.KEYRING}"


def test_a_version_replaces_the_one_before() -> None:
    once = release("ID=debian\nIMAGE_VERSION=1\n", "2")
    assert once == "ID=debian\nIMAGE_ID=voice-appliance\nIMAGE_VERSION=2\n"
    assert release(once, "3").count("IMAGE_") == 2
