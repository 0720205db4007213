"""What an engine's process may still do: read its program and its model, compute, and answer.

It is confined before the first byte of a model is parsed, so nothing needs to be tightened later. No root and no
namespace is needed: those of users are switched off on many systems, and a network namespace would not hide the
sockets of D-Bus or of the sound server, which are files.
"""

import ctypes
import errno
import os
import resource
import sys
from collections.abc import Iterable, Iterator
from enum import IntFlag
from pathlib import Path
from socket import AF_UNIX
from typing import Final

from appliance.inference import landlock, seccomp
from appliance.inference.seccomp import Argument, Compare, Refusal

PR_SET_NO_NEW_PRIVS: Final = 38
"""linux/prctl.h"""
CAPABILITY_VERSION: Final = 0x20080522
CAN_READ: Final = 1 << 2
"""linux/capability.h: CAP_DAC_READ_SEARCH, with which root reads models that belong to the service."""
CLONE_THREAD: Final = 0x10000
"""linux/sched.h"""


class Lack(IntFlag):
    """A wall that this system cannot build."""

    NONE = 0
    CALLS = 1
    FILES = 2


REMEDIES: Final = {
    Lack.CALLS: (
        "Engines are not confined: one that a model file took over could use the network and start programs",
        "install libseccomp (Debian and Ubuntu: apt install libseccomp2) on a kernel with CONFIG_SECCOMP_FILTER",
    ),
    Lack.FILES: (
        "Engines are only half confined: one that a model file took over could read what the appliance may read",
        "boot a kernel from 5.13 on with CONFIG_SECURITY_LANDLOCK, and with landlock in its parameter lsm=",
    ),
}
"""For each wall that may be missing: what follows, and what mends it."""

SYSTEM: Final = tuple(
    map(Path, ("/usr", "/lib", "/lib64", "/proc", "/sys", "/etc/ld.so.cache", "/etc/localtime"))
)
"""What programs read to load libraries and to know the machine. What /proc tells of other processes is guarded
by the kernel's rules for debuggers, to which Landlock adds its own."""
DEVICES: Final = tuple(map(Path, ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")))
GPU_DEVICES: Final = ("nvidia*", "nvhost*", "nvgpu*", "nvmap", "host1x-fence", "dri")
"""Below /dev, what CUDA opens on PCs and on Jetson boards. Not tried: there was no such machine."""
GPU_FILES: Final = (Path("/etc/nv_tegra_release"), Path("/etc/nvidia"))
"""What CUDA may want to read beside. Not tried either."""

# fmt: off
ELSEWHERE: Final = (
    "connect", "sendmsg", "sendmmsg", "execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv",
    "process_vm_writev", "process_madvise", "pidfd_getfd", "pidfd_send_signal", "kcmp", "rt_sigqueueinfo",
    "rt_tgsigqueueinfo", "tkill", "shmget", "shmat", "msgget", "semget", "mq_open",
)
"""To reach other machines, programs and processes."""
FILES: Final = (
    "unlink", "unlinkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir", "mknod", "mknodat",
    "link", "linkat", "symlink", "symlinkat", "truncate", "chmod", "fchmod", "fchmodat", "fchmodat2", "chown",
    "fchown", "lchown", "fchownat", "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr",
    "fremovexattr", "setxattrat", "removexattrat", "file_setattr", "utime", "utimes", "utimensat",
    "futimesat",
)
"""To change files by name, or what is written beside their contents, of which Landlock does not know."""
KERNEL: Final = (
    "io_uring_setup", "io_uring_enter", "io_uring_register", "bpf", "perf_event_open", "userfaultfd",
    "add_key", "request_key", "keyctl", "open_by_handle_at", "name_to_handle_at", "fanotify_init", "mount",
    "umount2", "move_mount", "mount_setattr", "open_tree", "open_tree_attr", "fsopen", "fspick", "fsmount",
    "fsconfig", "pivot_root", "chroot", "unshare", "setns", "swapon", "swapoff", "quotactl", "quotactl_fd",
    "acct", "syslog", "reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module",
    "delete_module", "iopl", "ioperm", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex",
    "sethostname", "setdomainname", "vhangup",
)
"""Ways into the kernel that no engine needs. io_uring would also pass by this filter."""
# fmt: on


def renounce() -> None:
    """For this process and all that it will start: no rights are ever gained, no core is dumped, files are private.

    A core would hold speech and keys.
    """
    ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)


def confine(reads: Iterable[Path], *, gpu: bool) -> Lack:
    """Confine this process, for good. To be called before it has other threads.

    Args:
        reads: files and folders beside the program and the system's libraries.
        gpu: may use the GPU's device files; and have local sockets of its own, which CUDA makes.

    Returns:
        What this system lacks. The process runs all the same.
    """
    renounce()
    _drop_capabilities()
    lack = Lack.NONE
    try:
        devices = [device for name in GPU_DEVICES for device in Path("/dev").glob(name)] if gpu else []
        also = GPU_FILES if gpu else ()
        if not landlock.restrict((*SYSTEM, *also, *_program(), *reads), (*DEVICES, *devices)):
            lack |= Lack.FILES
    except OSError:
        lack |= Lack.FILES
    try:
        if not seccomp.refuse(_refusals(gpu=gpu)):
            lack |= Lack.CALLS
    except OSError:
        lack |= Lack.CALLS
    return lack


def remedies(lack: Lack) -> tuple[str, ...]:
    """One line per missing wall: the problem and its remedy."""
    return tuple(f"{problem} → {remedy}" for wall, (problem, remedy) in REMEDIES.items() if wall in lack)


def _drop_capabilities() -> None:
    """Whoever runs the appliance as root, which nothing in it needs, runs its engines with less."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable of the first 32, then of the others
    library = ctypes.CDLL(None)
    if library.capget(header, sets) == 0:
        kept = sets[1] & CAN_READ
        library.capset(header, (ctypes.c_uint32 * 6)(kept, kept))


def _program() -> Iterator[Path]:
    """Python and its packages. Not all of sys.path: folders of scripts, and the current one, may hold anything."""
    yield from map(Path, {sys.prefix, sys.base_prefix, sys.exec_prefix})
    yield Path(__file__).parents[2]
    yield from (path for path in map(Path, sys.path) if path.name in {"site-packages", "dist-packages"})


def _refusals(*, gpu: bool) -> Iterator[Refusal]:
    myself = Argument(0, Compare.DIFFERS, os.getpid())
    yield from map(Refusal, (*ELSEWHERE, *FILES, *KERNEL))
    yield Refusal("socket", (Argument(0, Compare.DIFFERS, AF_UNIX),) if gpu else ())
    yield Refusal("sendto", (Argument(4, Compare.DIFFERS, 0),))  # without an address it is `send`
    yield from (Refusal(call, (myself,)) for call in ("kill", "tgkill"))  # abort() signals itself
    yield Refusal("prlimit64", (Argument(0, Compare.DIFFERS, 0),))  # 0 is oneself
    yield Refusal("clone", (Argument(0, Compare.MASKED_EQUALS, 0, CLONE_THREAD),))  # threads, no processes
    yield Refusal("clone3", error=errno.ENOSYS)  # keeps its flags in memory; glibc then takes `clone`
