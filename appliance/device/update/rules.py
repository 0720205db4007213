"""Whether a bundle may be installed on this box, now."""

from dataclasses import dataclass
from typing import Final

from appliance.device.update.bundle import SYSTEM, Bundle, RefusedBundle
from appliance.device.update.entries import Entry, of_slot
from appliance.device.update.slots import Box
from appliance.device.update.versions import later

OLDER: Final = "appliance update --older FILE"
"""How the owner says that an older version is meant."""


@dataclass(frozen=True, slots=True)
class Present:
    """What the box has."""

    box: Box
    """Its slots."""
    entries: tuple[Entry, ...]
    """Its boot entries."""
    slot_bytes: int
    """Room in the slot that does not run."""


def check_system(bundle: Bundle, present: Present, *, older: bool = False) -> None:
    """Refuse a bundle with a system that must not be installed.

    Args:
        bundle: its signature is right.
        present: the box.
        older: the owner has said that the version may be an older one, or the same.

    Raises:
        RefusedBundle: says why.
    """
    box = present.box
    if bundle.compatible != box.compatible:
        raise RefusedBundle(
            f"the bundle is for {bundle.compatible}, and this box is {box.compatible}",
            "make one for it: a box with a screen of its own takes KIOSK=1, one without does not",
        )
    if not older and not later(bundle.version, box.version):
        same = bundle.version == box.version
        raise RefusedBundle(
            f"version {bundle.version} runs already"
            if same
            else f"version {bundle.version} is older than {box.version}, which runs",
            f"if you mean it: sudo {OLDER}",
        )
    if (size := bundle.sizes.get(SYSTEM, 0)) > present.slot_bytes or not size:
        raise RefusedBundle(
            f"a system of {size >> 20} MB does not fit into a slot of {present.slot_bytes >> 20} MB"
        )
    _check_proven(present)


def _check_proven(present: Present) -> None:
    """The other slot is what a version on trial falls back to: it stays until the trial is over."""
    running = of_slot(present.entries, present.box.running)
    spare = [entry for entry in of_slot(present.entries, present.box.other) if not entry.passed_over]
    if spare and running and all(entry.left is not None for entry in running):
        raise RefusedBundle(
            f"version {present.box.version} is still on trial, and the other slot is what it falls back to",
            "wait until the box has been ready for a minute, or start it again",
        )


def check_room(needed: int, free: int, where: str) -> None:
    """Refuse what would fill a disk.

    Raises:
        RefusedBundle: it would.
    """
    if needed > free:
        raise RefusedBundle(
            f"{where} has {free >> 20} MB free, {(needed >> 20) + 1} are needed", "make room there"
        )
