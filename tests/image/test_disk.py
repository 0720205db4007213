"""The disk assembled from a tiny root file system: layout, types, boot partition; nothing is booted."""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "image" / "disk.py"
FILES = ROOT / "scripts" / "image" / "files"
TOOLS = ("sfdisk", "mkfs.vfat", "mcopy", "mdir", "mksquashfs", "unsquashfs", "mke2fs", "debugfs")
SEARCHED = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
ABSENT = [tool for tool in TOOLS if not shutil.which(tool, path=SEARCHED)]

ENVIRONMENT = {"PATH": SEARCHED, "SOURCE_DATE_EPOCH": "1700000000", "LC_ALL": "C.UTF-8"}

pytestmark = pytest.mark.skipif(
    bool(ABSENT),
    reason=f"no {', '.join(ABSENT)} here: apt-get install fdisk dosfstools mtools squashfs-tools e2fsprogs",
)


def output(*command: object) -> str:
    done = subprocess.run(
        [str(part) for part in command], env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def assemble(folder: Path) -> Path:
    """A disk of a few small files."""
    for place, content in {
        "root/usr/bin/appliance": b"#!/bin/sh\n",
        "root/var/.keep": b"",
        "data/lib/appliance-models/model.bin": bytes(range(256)) * 4096,
        "boot/linux": b"kernel" * 1000,
        "boot/initrd": b"initrd" * 1000,
        "boot/systemd-bootx64.efi": b"MZ loader",
    }.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    disk = folder / "out" / "disk.raw"
    sizes = ("--slot-mib", 8, "--esp-mib", 40, "--spare-mib", 8, "--version", "1.2")
    places = [part for name in ("root", "data", "boot") for part in (f"--{name}", folder / name)]
    output(sys.executable, SCRIPT, *places, *sizes, "--out", disk)
    return disk


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return assemble(tmp_path_factory.mktemp("disk"))


def table(disk: Path) -> dict[str, dict[str, Any]]:
    partitions: list[dict[str, Any]] = json.loads(output("sfdisk", "--json", disk))["partitiontable"][
        "partitions"
    ]
    return {part["name"]: part for part in partitions}


def slice_of(disk: Path, name: str) -> Path:
    """One partition as a file of its own."""
    part = table(disk)[name]
    with disk.open("rb") as file:
        file.seek(part["start"] * 512)
        copy = disk.parent / f"{name}.slice"
        copy.write_bytes(file.read(part["size"] * 512))
    return copy


def test_the_table_has_two_slots_between_firmware_and_data(disk: Path) -> None:
    parts = table(disk)
    assert list(parts) == ["esp", "root-a", "root-b", "data"]
    assert parts["esp"]["type"] == "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
    assert parts["root-a"]["type"] == parts["root-b"]["type"] == "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"
    assert parts["data"]["type"] == "4D21B016-B534-45C2-A9FB-5C16E091FD2D"
    assert parts["root-a"]["size"] == parts["root-b"]["size"]
    assert all(part["start"] % 2048 == 0 for part in parts.values())
    assert "Problem" not in output("sfdisk", "--verify", disk)


def test_the_firmware_finds_a_loader_and_the_loader_a_counted_entry(disk: Path) -> None:
    esp = slice_of(disk, "esp")
    files = output("mdir", "-/", "-b", "-i", esp, "::").split()
    assert "::/EFI/BOOT/BOOTX64.EFI" in files
    assert "::/loader/entries/appliance-a+3.conf" in files
    entry = output("mtype", "-i", esp, "::loader/entries/appliance-a+3.conf")
    assert "linux /a/linux" in entry
    assert "initrd /a/initrd" in entry
    assert f"root=PARTUUID={table(disk)['root-a']['uuid'].lower()}" in entry
    assert f"appliance.data=PARTUUID={table(disk)['data']['uuid'].lower()}" in entry
    assert re.search(r"\bpanic=\d", entry), "a slot that cannot be mounted would never be given up"


def test_slot_a_holds_the_root_and_slot_b_waits(disk: Path) -> None:
    listing = output("unsquashfs", "-l", slice_of(disk, "root-a"))
    assert "squashfs-root/usr/bin/appliance" in listing
    assert not any(slice_of(disk, "root-b").read_bytes())


def test_models_lie_on_the_data_partition(disk: Path) -> None:
    data = slice_of(disk, "data")
    assert "Size: 1048576" in output("debugfs", "-R", "stat /lib/appliance-models/model.bin", data)


def test_the_same_input_makes_the_same_root_slot_and_boot_partition(disk: Path, tmp_path: Path) -> None:
    again = assemble(tmp_path)
    for name in ("esp", "root-a"):
        first, second = (
            hashlib.sha256(slice_of(one, name).read_bytes()).hexdigest() for one in (disk, again)
        )
        assert first == second, name


def test_a_slot_that_is_too_small_is_refused_by_name(disk: Path) -> None:
    places = [part for name in ("root", "data", "boot") for part in (f"--{name}", disk.parents[1] / name)]
    command = [sys.executable, SCRIPT, *places, "--slot-mib", "0", "--out", disk.parent / "small.raw"]
    done = subprocess.run(
        [str(part) for part in command], env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode
    assert "do not fit into root-a" in done.stderr


def test_every_module_the_data_partition_needs_is_in_the_ram_disk() -> None:
    modules = (FILES / "etc/initramfs-tools/hooks/appliance-disks").read_text().split()
    assert {"squashfs", "ext4", "overlay"} <= set(modules)
