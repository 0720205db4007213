"""What the audio process asks of the kernel, and how to grant what it refuses."""

import ctypes
import os
import resource
import signal
from enum import IntFlag
from typing import Final

MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT = 1, 2, 4  # sys/mman.h
LOCK: Final = MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT
"""Lock each page once it is touched: locking all at once would pin 150 MB of unused stacks and tables."""
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38  # sys/prctl.h
RUNAWAY_US: Final = 1_000_000
"""µs a real-time thread may compute without ever waiting, before the kernel ends the process: a
PortAudio that spins after an unplugged device must not take the machine with it."""


class Right(IntFlag):
    """A favour of the kernel."""

    NONE = 0
    REALTIME = 1
    LOCKED_MEMORY = 2


REMEDIES: Final = {
    Right.REALTIME: (
        "The audio threads have no real-time priority: sound may stutter under load",
        "systemd unit: LimitRTPRIO=95; otherwise '@audio - rtprio 95' in /etc/security/limits.d/audio.conf"
        " and membership of the group audio",
    ),
    Right.LOCKED_MEMORY: (
        "The audio process cannot lock its memory: sound may stutter when memory is short",
        "systemd unit: LimitMEMLOCK=infinity; otherwise '@audio - memlock unlimited' in"
        " /etc/security/limits.d/audio.conf and membership of the group audio",
    ),
}
"""For each right that may be refused: what follows, and how to grant it."""


def claim(priority: int) -> Right:
    """Ask for everything. Threads started afterwards inherit it. Returns what was refused."""
    refused = Right.NONE
    resource.setrlimit(resource.RLIMIT_RTTIME, (RUNAWAY_US, RUNAWAY_US))
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except OSError:
        refused |= Right.REALTIME
    if ctypes.CDLL(None).mlockall(LOCK):
        refused |= Right.LOCKED_MEMORY
    return refused


def renounce() -> None:
    """Gain no rights, whatever is started, and dump no core: it would hold what was said.

    More is not given up. ALSA's plugins and sound servers are reached through files, sockets, shared memory and
    programs that each system chooses in its own configuration, which the owner may change.
    """
    ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends, however that happens."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def remedies(refused: Right) -> tuple[str, ...]:
    """One line per refused right: the problem and its remedy."""
    return tuple(f"{problem} → {remedy}" for right, (problem, remedy) in REMEDIES.items() if right in refused)
