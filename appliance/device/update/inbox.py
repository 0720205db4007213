"""Bundles that come by themselves: uploaded through the owner's page, or found on a USB stick.

Either is moved or copied into a folder of root's first: whoever brought it cannot change it any more, and a stick may
be pulled.
"""

import hashlib
import os
import shutil
import stat
from pathlib import Path
from typing import Final

from appliance.device.update.bundle import ENDING, RefusedBundle
from appliance.device.update.durable import PIECE, sync
from appliance.device.update.rules import check_room
from appliance.device.update.status import FOLDER

UPLOADS: Final = "var/lib/appliance/update"
"""Where the appliance puts what the owner uploads: its own folder, not root's."""
UPLOAD: Final = f"{UPLOADS}/bundle{ENDING}"
"""What is there whole."""
INCOMING: Final = f"{FOLDER}/incoming{ENDING}"
SEEN: Final = f"{FOLDER}/seen"
"""Mark of the last bundle that came from a stick: one that is left in is taken once."""
RESERVE: Final = 256 << 20
"""Bytes of the disk that are left alone: a full disk harms more than a missing update (engines/models/fetch.py)."""
TAIL: Final = 64 << 10
"""Bytes at the end of a bundle: its signature is there, which no two have in common."""
MOST_NAMES: Final = 10_000
"""Names in the root folder of a stick that are looked at."""


def uploaded(root: Path) -> bool:
    """Whether there is an upload."""
    return os.path.lexists(root / UPLOAD)


def take_upload(root: Path) -> Path:
    """Take what was uploaded, so that nobody but root has it.

    Raises:
        RefusedBundle: it is no file.
    """
    upload, incoming = root / UPLOAD, root / INCOMING
    incoming.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    upload.replace(incoming)
    if not stat.S_ISREG(incoming.lstat().st_mode):
        raise RefusedBundle("what was uploaded is no file")
    os.chown(incoming, os.geteuid(), os.getegid(), follow_symlinks=False)
    incoming.chmod(0o600)
    return incoming


def find_bundle(stick: Path) -> Path | None:
    """The bundle in the root folder of a stick; None where there is none.

    Raises:
        RefusedBundle: there is more than one.
        OSError: the stick is broken.
    """
    found: list[str] = []
    with os.scandir(stick) as names:
        for count, entry in enumerate(names):
            if entry.name.lower().endswith(ENDING) and not entry.name.startswith(
                "."
            ):  # macOS leaves ._ files
                found.append(entry.name)
            if count >= MOST_NAMES:
                break
    if len(found) > 1:
        raise RefusedBundle(
            f"there is more than one bundle: {', '.join(sorted(found)[:5])}", "leave one on the stick"
        )
    return stick / found[0] if found else None


def mark(path: Path) -> str:
    """What tells a bundle from all others, without reading all of it."""
    with path.open("rb") as opened:
        size = opened.seek(0, os.SEEK_END)
        opened.seek(max(size - TAIL, 0))
        return f"{size} {hashlib.sha256(opened.read()).hexdigest()}"


def seen(root: Path, bundle_mark: str) -> bool:
    """Whether a stick's bundle was dealt with before."""
    try:
        return (root / SEEN).read_text().strip() == bundle_mark
    except OSError:
        return False


def remember(root: Path, bundle_mark: str) -> None:
    """It was dealt with, one way or the other."""
    (root / SEEN).write_text(bundle_mark + "\n")


def copy_in(source: Path | None, root: Path) -> Path:
    """Copy a stick's bundle onto the disk.

    Raises:
        RefusedBundle: there is no room, or it is no file.
        OSError: the stick is broken.
    """
    incoming = root / INCOMING
    incoming.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    incoming.unlink(missing_ok=True)
    if source is None:
        raise RefusedBundle("the stick was pulled, or its bundle is gone")
    about = source.lstat()
    if not stat.S_ISREG(about.st_mode):
        raise RefusedBundle(f"{source.name} is no file, but a folder, a link or a device")
    check_room(about.st_size + RESERVE, shutil.disk_usage(incoming.parent).free, "the disk of the box")
    descriptor = os.open(incoming, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source.open("rb") as reading, os.fdopen(descriptor, "wb") as writing:
        while piece := reading.read(PIECE):
            writing.write(piece)
    sync(incoming.parent)
    return incoming
