"""Takes a bundle: verified, compared with the box, written, switched to; people are told at each step."""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from appliance.core.clock import wall
from appliance.core.errors import ApplianceError
from appliance.device.sticks import Run, run_program
from appliance.device.update.bundle import MODELS, SYSTEM, Bundle, RefusedBundle, read_bundle
from appliance.device.update.entries import read_entries
from appliance.device.update.models import Supply, take_models
from appliance.device.update.rules import Present, check_system
from appliance.device.update.slots import Box, boot_id, read_box
from appliance.device.update.status import Source, UpdateStatus, write_update
from appliance.device.update.tool import ask_rauc, install_with_rauc, restart_appliance
from appliance.engines.models import Manifest, load_manifest

LIVE: Final = Path("/")
ESP: Final = Path("/efi")
ESP_DEVICE: Final = "/dev/disk/by-partlabel/esp"

Heard = Callable[[UpdateStatus], None]
"""Told how it goes."""
Writer = Callable[[Path, Callable[[int, str], None]], None]
"""Writes a bundle into the other slot, and has it started next; see `install_with_rauc`."""


def device_size(device: str) -> int:
    """Bytes of a partition.

    Raises:
        ApplianceError: it cannot be opened.
    """
    try:
        descriptor = os.open(device, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise ApplianceError(f"{device} cannot be opened: {error.strerror}", "run it as root") from None
    try:
        return os.lseek(descriptor, 0, os.SEEK_END)
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Workshop:
    """What an installation uses of the system; tests have another one."""

    root: Path = LIVE
    """The system."""
    esp: Path = ESP
    """The boot partition."""
    ask: Run = ask_rauc
    """Asks RAUC."""
    write: Writer = install_with_rauc
    """Has RAUC write."""
    run: Run = run_program
    """Runs other programs."""
    size_of: Callable[[str], int] = device_size
    """Bytes of a partition."""
    when: Callable[[], datetime] = wall
    """Wall time."""
    manifest: Callable[[], Manifest] = load_manifest
    """Models that this version knows."""
    restart: Callable[[], None] = restart_appliance
    """Starts the appliance anew, and waits until it is READY."""


def examine(path: Path, shop: Workshop, *, older: bool = False) -> Bundle:
    """See whether a bundle would be taken; nothing is changed.

    Raises:
        NoSlots: this machine was not flashed.
        RefusedBundle: says why not.
    """
    box = read_box(shop.root)
    bundle = read_bundle(path, shop.ask, shop.root / _KEYRING)
    if bundle.kind == SYSTEM:
        check_system(bundle, _present(box, shop), older=older)
    return bundle


def install(
    obtain: Callable[[], Path],
    shop: Workshop,
    heard: Heard = lambda _: None,
    *,
    source: Source = "file",
    older: bool = False,
) -> UpdateStatus:
    """Install a bundle, and leave a status behind, whatever becomes of it.

    Args:
        obtain: brings its file; may refuse it.
        shop: the system.
        heard: is told each step.
        source: where it comes from.
        older: the owner has said that its version may be older, or the same.

    Raises:
        NoSlots: this machine was not flashed.
    """
    box = read_box(shop.root)
    stamp = shop.when().isoformat(timespec="seconds")
    status = UpdateStatus("checking", before=box.version, source=source, boot=boot_id(shop.root), when=stamp)

    def tell(status: UpdateStatus) -> UpdateStatus:
        write_update(status, shop.root)
        heard(status)
        return status

    tell(status)
    try:
        bundle = examine(obtain(), shop, older=older)
    except ApplianceError as refusal:
        return tell(replace(status, state="refused", problem=refusal.problem, remedy=refusal.remedy))
    status = tell(replace(status, state="installing", kind=bundle.kind, version=bundle.version))
    return tell(_write(bundle, status, shop, tell))


def _write(
    bundle: Bundle, status: UpdateStatus, shop: Workshop, tell: Callable[[UpdateStatus], object]
) -> UpdateStatus:
    def heard(percent: int, _: str) -> None:
        tell(replace(status, percent=percent))

    try:
        if bundle.kind == MODELS:
            take_models(
                bundle, Supply(shop.root, shop.manifest(), shop.ask, shop.root / _KEYRING, shop.restart)
            )
        else:
            _mend_esp(shop.run)
            shop.write(bundle.path, heard)
    except RefusedBundle as refusal:
        return replace(status, state="refused", problem=refusal.problem, remedy=refusal.remedy)
    except ApplianceError as error:
        remedy = f"version {status.before} still runs; try again, or with another copy of the bundle"
        return replace(status, state="failed", problem=error.problem, remedy=error.remedy or remedy)
    return replace(status, state="installed", percent=100)


_KEYRING: Final = "opt/appliance/share/update/keyring.pem"
"""Certificates whose bundles a box takes. They come with the slot."""


def _present(box: Box, shop: Workshop) -> Present:
    return Present(box, tuple(read_entries(shop.esp)), shop.size_of(box.devices[box.other]))


def _mend_esp(run: Run) -> None:
    """After a power cut FAT keeps what belongs to no file: that is given back. Nobody may look at it meanwhile."""
    # Not `umount`, which might take systemd's automount with it. What was mended is said by an exit code, too.
    for command in (("systemctl", "stop", "efi.mount"), ("fsck.fat", "-a", ESP_DEVICE)):
        with suppress(ApplianceError):
            run(command)
