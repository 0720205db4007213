"""Factory reset: a wish that root writes down, and that the initial RAM disk fulfils before anything uses the disk.

scripts/image/files/etc/initramfs-tools/appliance-reset says what goes. The other way is the boot menu, whose line
“Factory reset” has the kernel's argument appliance.reset.
"""

from pathlib import Path
from typing import Final

from appliance.device.files import NewFile, write_all
from appliance.device.memory import recall
from appliance.device.plan import owned
from appliance.device.update.slots import read_box
from appliance.device.update.status import FOLDER

WISH: Final = f"{FOLDER}/reset"
"""As long as it is there, the next start is a first start."""
ASKED: Final = "var/lib/appliance/update/reset"
"""Where the owner's page asks for it: in the appliance's own folder."""
ON_STICK: Final = "appliance-reset.txt"
"""A stick with a file of this name asks for it, too."""
DONE: Final = "appliance-reset-done.txt"
"""How it is called from then on, so that a stick that is left in asks once."""


def wish_for_reset(root: Path) -> None:
    """Have the next start be a first start. It is on the disk when this returns.

    Raises:
        NoSlots: this machine was not flashed: nothing there would fulfil the wish.
        ApplianceError: the system does not let us write.
    """
    read_box(root)
    write_all(root, [NewFile(WISH, "The owner has asked for it.\n")])


def asked_by_page(root: Path) -> bool:
    """Whether the owner's page asks for it; it asks once."""
    try:
        (root / ASKED).unlink()
    except OSError:
        return False
    return True


def stick_asks(folder: Path) -> bool:
    """Whether a stick asks for it."""
    return (folder / ON_STICK).is_file()


def asked_by_stick(folder: Path) -> bool:
    """Whether a stick that can be written to asks for it; it asks once."""
    try:
        (folder / ON_STICK).replace(folder / DONE)
    except OSError:
        return False
    return True


def stick_may(root: Path) -> bool:
    """Whether sticks are listened to at all: the owner may have said that they are not."""
    return not (owned(root) and recall(root).later_sticks == "nothing")
