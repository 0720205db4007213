"""Landlock: which files this process may still open, and nothing else by name, for good.

Three system calls that glibc does not wrap (landlock.h, Linux 5.13 and later). The package `landlock` on the
registry is a pre-release of the same; what is needed of it fits here.
"""

import ctypes
import os
from collections.abc import Iterable
from enum import IntFlag
from pathlib import Path
from stat import S_ISDIR
from typing import Final

CREATE, ADD, RESTRICT = 444, 445, 446
"""System calls; the same numbers on every machine."""
VERSION: Final = 1
"""LANDLOCK_CREATE_RULESET_VERSION: asks for the ABI instead of making a ruleset."""
PATH_BENEATH: Final = 1
"""LANDLOCK_RULE_PATH_BENEATH."""


class Access(IntFlag):
    """What may be done with a file, by the numbers of the kernel."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15


READ: Final = Access.READ_FILE | Access.READ_DIR
"""To look into files and folders. Libraries are mapped, not executed, so they need no more."""
USE: Final = Access.READ_FILE | Access.WRITE_FILE | Access.TRUNCATE | Access.IOCTL_DEV | Access.READ_DIR
"""To use a device. Whoever writes to /dev/null also truncates it."""

ON_FOLDERS_ONLY: Final = Access.READ_DIR
"""What the kernel refuses to hear about a plain file or device."""

FILE_ACCESS: Final = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""Everything that each ABI can forbid about files."""
TCP: Final = 0b11
"""To bind and to connect, from ABI 4 on."""
SCOPES: Final = 0b11
"""To connect to abstract sockets, and send signals, of processes that are less restricted; from ABI 6 on."""


class Ruleset(ctypes.Structure):
    """What is forbidden unless a rule allows it (struct landlock_ruleset_attr)."""

    _fields_ = (("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def abi() -> int:
    """Which version of Landlock this kernel has; 0 for none."""
    try:
        return _call(CREATE, None, 0, VERSION)
    except OSError:
        return 0


def restrict(reads: Iterable[Path], uses: Iterable[Path]) -> bool:
    """Leave this thread, and those it starts, nothing but these files. What is absent is passed over.

    A rule is about the file that has the name now: whatever gets the name later cannot be opened.
    PR_SET_NO_NEW_PRIVS must be set.

    Args:
        reads: files and folders, with all below them, to read.
        uses: devices, and folders of them, to read and write.

    Returns:
        Whether the kernel has Landlock. If not, nothing has changed.

    Raises:
        OSError: the kernel has it and does not do it.
    """
    if not (version := abi()):
        return False
    ruleset = all_of(version)
    descriptor = _call(CREATE, ctypes.byref(ruleset), ctypes.sizeof(ruleset), 0)
    try:
        for paths, access in ((reads, READ), (uses, USE)):
            for path in paths:
                _allow(descriptor, path, access & int(ruleset.files))
        _call(RESTRICT, descriptor, 0)
    finally:
        os.close(descriptor)
    return True


def all_of(version: int) -> Ruleset:
    """Everything that this version can forbid."""
    files = max(access for since, access in FILE_ACCESS.items() if since <= version)
    return Ruleset(files, TCP if version >= 4 else 0, SCOPES if version >= 6 else 0)


def _allow(ruleset: int, path: Path, access: int) -> None:
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        granted = access if S_ISDIR(os.fstat(parent).st_mode) else access & ~ON_FOLDERS_ONLY
        rule = _PathBeneath(granted, parent)
        _call(ADD, ruleset, PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(parent)


def _call(number: int, *arguments: object) -> int:
    result = int(ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
