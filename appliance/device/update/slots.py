"""A box with two root slots: which they are, which one runs, and what it is."""

import configparser
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from appliance.core.errors import InputError

SLOTS_FILE: Final = "etc/rauc/system.conf"
"""Which slots there are: RAUC's own settings, which scripts/image/slots.py writes."""
RELEASE: Final = "usr/lib/os-release"
"""What a slot is (os-release(5))."""
COMMAND_LINE: Final = "proc/cmdline"
BOOT_ID: Final = "proc/sys/kernel/random/boot_id"
PARTITIONS: Final = "/dev/disk/by-partuuid/"


class NoSlots(InputError):  # noqa: N818 - what the person is told
    """This machine is no box that was flashed."""

    def __init__(self) -> None:
        super().__init__(
            "this machine was not flashed with our image, and has no second slot to update into",
            "get the new version's folder, and run its scripts/install.sh: it replaces the program, and keeps the rest",
        )


@dataclass(frozen=True, slots=True)
class Box:
    """What is known of a box's slots."""

    compatible: str
    """Which bundles fit it."""
    version: str
    """What runs."""
    devices: Mapping[str, str]
    """Device file of each slot, by letter."""
    running: str
    """Letter of the slot that runs."""

    @property
    def other(self) -> str:
        """Letter of the slot that does not run."""
        return next(slot for slot in self.devices if slot != self.running)


def read_box(root: Path = Path("/")) -> Box:
    """Find out.

    Raises:
        NoSlots: this machine was not flashed.
    """
    told = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        told.read_string((root / SLOTS_FILE).read_text())
        sections = [told[name] for name in told.sections() if name.startswith("slot.rootfs.")]
        devices = {section["bootname"]: section["device"] for section in sections}
        running = _running((root / COMMAND_LINE).read_text(), devices)
        return Box(told["system"]["compatible"], version_of(root), devices, running)
    except (OSError, configparser.Error, KeyError, StopIteration):
        raise NoSlots from None


def version_of(slot: Path) -> str:
    """The version of a system; "" where it has none."""
    try:
        found = re.search(r'^IMAGE_VERSION="?([^"\n]*)', (slot / RELEASE).read_text(), re.MULTILINE)
    except OSError:
        return ""
    return found[1] if found else ""


def boot_id(root: Path = Path("/")) -> str:
    """Which start of the machine this is; "" where the system does not say."""
    try:
        return (root / BOOT_ID).read_text().strip()
    except OSError:
        return ""


def _running(command_line: str, devices: Mapping[str, str]) -> str:
    named = {f"root=PARTUUID={device.removeprefix(PARTITIONS)}": slot for slot, device in devices.items()}
    return next(named[word] for word in command_line.split() if word in named)
