"""Seccomp, by libseccomp: system calls that this process gives up for good.

libseccomp comes with systemd and knows the numbers of every machine. It is called through ctypes: the one binding
on the registry (pyseccomp) does the same, last in 2021.
"""

import ctypes
import errno
import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

LIBRARY: Final = "libseccomp.so.2"

ALLOW: Final = 0x7FFF0000
REFUSE: Final = 0x00050000
"""SCMP_ACT_ALLOW, and SCMP_ACT_ERRNO to which the error is added (seccomp.h)."""
ALL_THREADS: Final = 4
"""SCMP_FLTATR_CTL_TSYNC: threads that run already are meant, too."""
ABSENT: Final = -1
"""__NR_SCMP_ERROR: this libseccomp has not heard of the call. Calls that only other machines have, such as `fork` on
ARM, get lesser numbers."""
YOUNG: Final = {
    "mount_setattr": 442, "quotactl_fd": 443, "process_madvise": 440, "fchmodat2": 452,
    "setxattrat": 463, "removexattrat": 466, "open_tree_attr": 467, "file_setattr": 469,
}  # fmt: skip
"""Numbers of calls that the kernel may know and libseccomp not (2.5.4 is of 2022): the same on every machine."""


class Compare(IntEnum):
    """When a rule applies, by the numbers of libseccomp."""

    DIFFERS = 1
    EQUALS = 4
    MASKED_EQUALS = 7


@dataclass(frozen=True, slots=True)
class Argument:
    """A condition on one argument of a call."""

    index: int
    """Which, from 0."""
    compare: Compare
    """How."""
    value: int
    """With what."""
    mask: int = 0
    """For MASKED_EQUALS: the bits that count."""

    def native(self) -> "_Condition":
        """As libseccomp wants it: the mask comes before what is compared with."""
        first, second = (self.mask, self.value) if self.compare is Compare.MASKED_EQUALS else (self.value, 0)
        return _Condition(self.index, self.compare, first, second)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that is refused when all conditions are met."""

    call: str
    """Its name. One that this machine does not have is passed over."""
    when: tuple[Argument, ...] = ()
    """Conditions; none: always."""
    error: int = errno.EPERM
    """What the caller is told."""


class _Condition(ctypes.Structure):
    _fields_ = (
        ("index", ctypes.c_uint),
        ("compare", ctypes.c_int),
        ("first", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    )


def refuse(refusals: Iterable[Refusal]) -> bool:
    """Give up these calls. All others stay allowed. Sets PR_SET_NO_NEW_PRIVS.

    Returns:
        Whether libseccomp is there and the kernel can filter. If not, nothing has changed.

    Raises:
        OSError: a rule is wrong.
    """
    try:
        library = ctypes.CDLL(LIBRARY)
    except OSError:
        return False
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(ALLOW)))
    if not context:
        return False
    try:
        _check(library.seccomp_attr_set(context, ALL_THREADS, ctypes.c_uint32(1)))
        for refusal in refusals:
            _add(library, context, refusal)
        return int(library.seccomp_load(context)) == 0
    finally:
        library.seccomp_release(context)


def _add(library: ctypes.CDLL, context: ctypes.c_void_p, refusal: Refusal) -> None:
    number = resolve(library, refusal.call)
    if number <= ABSENT:
        return
    conditions = (_Condition * len(refusal.when))(*(argument.native() for argument in refusal.when))
    action = ctypes.c_uint32(REFUSE | refusal.error)
    _check(library.seccomp_rule_add_array(context, action, number, len(refusal.when), conditions))


def resolve(library: ctypes.CDLL, call: str) -> int:
    """The number of a call on this machine; negative where it has none."""
    number = int(library.seccomp_syscall_resolve_name(call.encode()))
    return YOUNG.get(call, ABSENT) if number == ABSENT else number


def _check(result: int) -> None:
    if result < 0:
        raise OSError(-result, os.strerror(-result))
