"""USB sticks: which are plugged in, the settings file on one of them, and the answer that is left beside it.

A stick may be anybody's. It is mounted read-only, nothing on it is followed, executed or trusted, and only file systems
that every computer writes are mounted at all: each driver is a parser in the kernel.
"""

import json
import os
import secrets
import stat
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from appliance.core.errors import ApplianceError
from appliance.device.setup_file import MOST_BYTES, NAME, RefusedFile

KINDS: Final = {"vfat": "", "exfat": "", "ext4": ",noload"}
"""File systems, and what each needs so that reading writes nothing: ext4 would replay its journal."""
OPTIONS: Final = "nosuid,nodev,noexec"
ACCEPTED: Final = (NAME, f"{NAME}.txt")
"""What the file may be called: an editor that hides endings adds another."""
ANSWER: Final = "appliance-setup-result.txt"
"""What the answer is called."""
MOST_NAMES: Final = 10_000
"""Names in the root folder of a stick that are looked at."""
WAIT_S: Final = 20.0
"""s that a program may take: a stick that is broken answers after many tries, or never."""
LIST: Final = ("lsblk", "--json", "--output", "PATH,TYPE,FSTYPE,TRAN,MOUNTPOINTS")

Run = Callable[[Sequence[str]], str]
"""Runs a program and returns what it printed; raises `ApplianceError` when it fails."""


@dataclass(frozen=True, slots=True)
class Stick:
    """A file system on a USB stick that nobody uses."""

    device: str
    """Its device file."""
    kind: str
    """Its file system, one of `KINDS`."""


def run_program(command: Sequence[str]) -> str:
    """See `Run`."""
    try:
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, errors="replace", timeout=WAIT_S
        )
    except subprocess.CalledProcessError as error:
        words = " ".join(str(error.stderr).split())[:300]
        raise ApplianceError(f"{command[0]} failed: {words or error.returncode}") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ApplianceError(f"{command[0]} cannot be used: {error}") from None
    return done.stdout


def plugged(run: Run) -> list[Stick]:
    """All sticks that are plugged in.

    Raises:
        ApplianceError: the system does not say.
    """
    try:
        disks = json.loads(run(LIST))["blockdevices"]
        return [stick for disk in disks if disk.get("tran") == "usb" for stick in _systems(disk)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ApplianceError("lsblk gave an answer that cannot be understood") from None


def _systems(device: dict[str, Any]) -> Iterator[Stick]:
    used = any(device.get("mountpoints") or ())
    if device.get("fstype") in KINDS and not used:
        yield Stick(str(device["path"]), str(device["fstype"]))
    for part in device.get("children") or ():
        yield from _systems(part)


@contextmanager
def mounted(stick: Stick, folder: Path, run: Run, *, writable: bool = False) -> Iterator[Path]:
    """Mount a stick on a folder that is ours.

    Raises:
        ApplianceError: that is impossible.
    """
    access = "rw" if writable else f"ro{KINDS[stick.kind]}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    run(("mount", "-t", stick.kind, "-o", f"{access},{OPTIONS}", "--", stick.device, str(folder)))
    try:
        yield folder
    finally:
        run(("umount", "--", str(folder)))


def find_file(folder: Path) -> bytes | None:
    """The settings file in the root folder of a stick; None where there is none.

    Raises:
        RefusedFile: there is one that cannot be taken for one.
        OSError: the stick is broken.
    """
    found = []
    with os.scandir(folder) as names:
        for count, entry in enumerate(names):
            if entry.name.lower() in ACCEPTED:
                found.append(entry.name)
            if count >= MOST_NAMES:
                break
    if len(found) > 1:
        raise RefusedFile(f"there is more than one: {', '.join(sorted(found))}; leave one")
    return read_carefully(folder / found[0]) if found else None


def read_carefully(path: Path) -> bytes:
    """A plain file of a sensible size: a link could lead to a secret of the box, and a pipe never ends.

    Raises:
        RefusedFile: it is none.
        OSError: it cannot be read.
    """
    if path.is_symlink():
        raise RefusedFile("it is a link: put the file itself there")
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise RefusedFile("it is no file, but a folder or a device")
        with open(descriptor, "rb", closefd=False) as opened:
            return opened.read(MOST_BYTES + 1)  # one more than is taken: whoever reads it sees that
    finally:
        os.close(descriptor)


def leave_answer(folder: Path, text: str, name: str = ANSWER) -> None:
    """Write the answer beside the file, if the stick lets us. What has that name already is replaced, not followed."""
    fresh = folder / f"{secrets.token_hex(6)}.tmp"
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\r\n") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(descriptor)
        fresh.replace(folder / name)
    except OSError:  # it is full, or write-protected: the journal and the screen say the same
        with suppress(OSError):
            fresh.unlink()
