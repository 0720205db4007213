"""What comes without anybody typing: the owner's page or a USB stick brings a bundle, or asks for a factory reset."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from appliance.core.errors import ApplianceError
from appliance.device.reset import asked_by_page, asked_by_stick, stick_asks, stick_may, wish_for_reset
from appliance.device.sticks import Stick, leave_answer, mounted, plugged
from appliance.device.update.bundle import MODELS, SYSTEM, RefusedBundle
from appliance.device.update.inbox import (
    INCOMING,
    copy_in,
    find_bundle,
    mark,
    remember,
    seen,
    take_upload,
    uploaded,
)
from appliance.device.update.install import Heard, Workshop, install
from appliance.device.update.slots import read_box
from appliance.device.update.status import UpdateStatus

log = logging.getLogger("appliance.device")

MOUNT_POINT: Final = Path("/run/appliance-update/stick")
ANSWER: Final = "appliance-update-result.txt"
"""What the answer on a stick is called."""
RESET: Final = "reset"
"""Instead of a bundle's mark: the stick asks for a factory reset."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What has come, and what became of it."""

    reset: bool = False
    """A factory reset is wished for."""
    status: UpdateStatus | None = None
    """How the update ended; None where there was none."""

    @property
    def restart(self) -> bool:
        """Whether the box is to be started again."""
        status = self.status
        return self.reset or (status is not None and (status.kind, status.state) == (SYSTEM, "installed"))


def attend(shop: Workshop, heard: Heard, mount_point: Path = MOUNT_POINT) -> Arrival:
    """Do what the page, or a stick, asks for.

    Raises:
        NoSlots: this machine was not flashed.
        ApplianceError: the system does not let us.
    """
    read_box(shop.root)
    if asked_by_page(shop.root):
        wish_for_reset(shop.root)
        return Arrival(reset=True)
    if uploaded(shop.root):
        status = install(lambda: take_upload(shop.root), shop, heard, source="page")
        (shop.root / INCOMING).unlink(missing_ok=True)
        return Arrival(status=status)
    for stick in plugged(shop.run) if stick_may(shop.root) else ():
        try:
            arrival = _stick(stick, shop, heard, mount_point)
        except (OSError, ApplianceError) as error:
            log.warning("The stick %s cannot be used: %s", stick.device, error)
            continue
        if arrival != Arrival():
            return arrival
    return Arrival()


def _stick(stick: Stick, shop: Workshop, heard: Heard, mount_point: Path) -> Arrival:
    with mounted(stick, mount_point, shop.run) as folder:
        found = _look(folder)
    if found == RESET:
        with mounted(stick, mount_point, shop.run, writable=True) as folder:
            asked = asked_by_stick(folder)  # on one that cannot be written to it would never end
        if asked:
            wish_for_reset(shop.root)
        return Arrival(reset=asked)
    if not found or seen(shop.root, found):
        return Arrival()

    def fetch() -> Path:
        with mounted(stick, mount_point, shop.run) as folder:
            return copy_in(find_bundle(folder), shop.root)

    status = install(fetch, shop, heard, source="stick")
    (shop.root / INCOMING).unlink(missing_ok=True)
    remember(shop.root, found)
    with suppress(OSError, ApplianceError), mounted(stick, mount_point, shop.run, writable=True) as folder:
        leave_answer(folder, answer(status), ANSWER)
    return Arrival(status=status)


def _look(folder: Path) -> str:
    """What a stick brings: a mark of it, or nothing."""
    if stick_asks(folder):
        return RESET
    try:
        bundle = find_bundle(folder)
    except RefusedBundle as refusal:
        return str(refusal)
    return mark(bundle) if bundle else ""


def answer(status: UpdateStatus) -> str:
    """For the stick."""
    if status.state == "installed" and status.kind == MODELS:
        return "The models on this stick are in use; the box has answered with them.\n"
    if status.state == "installed":
        return (
            f"Version {status.version} was installed, and the box starts again to use it.\n\n"
            f"If it does not become ready within three starts, {status.before} runs again by itself.\n"
            "This stick is not needed any more.\n"
        )
    head = f"The update was not installed; version {status.before} still runs:"
    return f"{head}\n\n * {status.problem}\n   {status.remedy}\n"
