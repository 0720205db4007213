"""A box with two slots in a folder: what the image has, as small as it can be."""

from collections.abc import Sequence
from pathlib import Path

from appliance.device.update.entries import ENTRIES
from appliance.device.update.switch import BOOT, KERNEL
from scripts.image.disk import entry, partition_id, reset_entry
from scripts.image.slots import system_conf

COMPATIBLE = "voice-appliance-x86_64-headless"
VERSION = "1.2.202601010000"


def flashed(root: Path, version: str = VERSION, running: str = "a") -> Path:
    """Its root folder."""
    (root / "var").mkdir(parents=True, exist_ok=True)
    write(root / "etc/rauc/system.conf", system_conf(COMPATIBLE))
    write(root / "usr/lib/os-release", f'ID=debian\nIMAGE_VERSION="{version}"\n')
    write(root / "proc/cmdline", f"BOOT_IMAGE=/x root=PARTUUID={partition_id(f'root-{running}')} ro quiet\n")
    write(root / "proc/sys/kernel/random/boot_id", "first-start\n")
    return root


def restarted(root: Path, version: str) -> None:
    """The box is started again, and this version runs."""
    write(root / "proc/sys/kernel/random/boot_id", "second-start\n")
    write(root / "usr/lib/os-release", f"IMAGE_VERSION={version}\n")


def boot_partition(esp: Path, *entries: str, version: str = VERSION) -> Path:
    """Boot entries by name, each with its kernel."""
    for generation, name in enumerate(entries, 1):
        slot = name.removeprefix("appliance-")[0]
        write(esp / ENTRIES / name, entry(slot, version).replace("version 1-", f"version {generation}-"))
        for file in KERNEL:
            write(esp / slot / file, f"{file} of {version}")
    return esp


def slot_tree(tree: Path, version: str) -> Path:
    """What an update has written into a slot."""
    for file in KERNEL:
        write(tree / BOOT / file, f"{file} of {version}" * 3)
    for letter in "ab":
        write(tree / BOOT / f"entry-{letter}.conf", entry(letter, version))
        write(tree / BOOT / f"reset-{letter}.conf", reset_entry(letter, version))
    return tree


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def nothing_runs(command: Sequence[str]) -> str:
    """A system on which every program does its work in silence."""
    return ""
