"""The switch from one slot to the other, in an order in which the power may go at any moment.

1. `retire`: the other slot's entry goes. From here on only the running slot is started.
2. RAUC writes the other slot.
3. `activate`: its kernel and RAM disk are copied, then its counted entry comes. From here on it is started, three times
   at most, until it has been ready once; then systemd-bless-boot takes the counter off.

Both are generators: each step is on the disk when it is said. Tests stop after each.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from appliance.core.errors import ApplianceError
from appliance.device.update.durable import DRAFT, copy, remove, write
from appliance.device.update.entries import ENTRIES, TRIES, numbered, of_slot, read_entries

BOOT: Final = "usr/lib/appliance-boot"
"""In a slot: its kernel, its RAM disk, and its boot entry for either place that it may be written to."""
KERNEL: Final = ("linux", "initrd")


class SwitchError(ApplianceError):
    """The boot partition was left as it was, because it would start nothing."""


def retire(esp: Path, slot: str) -> Iterator[str]:
    """Start a slot no more.

    Raises:
        SwitchError: nothing else could be started.
    """
    entries = read_entries(esp)
    if not [entry for entry in entries if entry.slot != slot]:  # one that has failed is still the last resort
        raise SwitchError(
            f"slot {slot} is the only one that can be started",
            "start the box, and wait until it is ready: then try again",
        )
    for entry in of_slot(entries, slot):
        yield from remove(entry.path)
    yield from remove(esp / ENTRIES / reset_name(slot))


def activate(esp: Path, slot: str, tree: Path) -> Iterator[str]:
    """Start a slot from now on, on trial.

    Args:
        esp: the boot partition.
        slot: its letter; it is retired.
        tree: what it holds.

    Raises:
        SwitchError: it holds nothing that can be started, or there is no room.
    """
    boot = tree / BOOT
    missing = [name for name in (*KERNEL, f"entry-{slot}.conf") if not (boot / name).is_file()]
    if missing:
        raise SwitchError(f"what was written into slot {slot} holds no {', '.join(missing)}")
    yield from retire(esp, slot)
    _check_room(esp, slot, boot)
    for name in KERNEL:
        yield from copy(boot / name, esp / slot / name)
    if (boot / reset_name(slot)).is_file():
        yield from write((boot / reset_name(slot)).read_text(), esp / ENTRIES / reset_name(slot))
    generation = max((entry.generation for entry in read_entries(esp)), default=0) + 1
    text = numbered((boot / f"entry-{slot}.conf").read_text(), generation)
    yield from write(text, esp / ENTRIES / f"appliance-{slot}+{TRIES}.conf")


def reset_name(slot: str) -> str:
    """The entry of the boot menu that empties the data partition before it starts this slot."""
    return f"reset-{slot}.conf"


def bless(esp: Path, slot: str) -> Iterator[str]:
    """Take the counter off a slot's entry, as systemd-bless-boot does."""
    for entry in of_slot(read_entries(esp), slot):
        if entry.left is not None:
            target = entry.path.with_name(f"appliance-{slot}.conf")
            yield from write(entry.path.read_text(), target)
            yield from remove(entry.path)


def _check_room(esp: Path, slot: str, boot: Path) -> None:
    """Kernel and RAM disk lie there twice for a moment: the old ones are replaced when the new ones are whole."""
    for draft in (esp / slot).glob(f"*{DRAFT}"):  # of an update whose power was cut
        draft.unlink()
    needed = sum((boot / name).stat().st_size for name in KERNEL)
    if needed > (free := shutil.disk_usage(esp).free):
        raise SwitchError(f"the boot partition has {free >> 20} MB free, {(needed >> 20) + 1} are needed")
