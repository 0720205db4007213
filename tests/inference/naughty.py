"""An engine that a model file has taken over. Built by workers, and by one test on a thread."""

import ctypes
import errno
import os
import resource
import socket
import subprocess
from pathlib import Path
from typing import Any

from appliance.core.interfaces import CancelToken
from tests.inference.engines import Fake

PTRACE_ATTACH, CLONE_NEWUSER, FCHMODAT2, AT_FDCWD = 16, 0x10000000, 452, -100


class Naughty(Fake):
    """Tells how its attempts end: the name of the error, or "done"."""

    def attempt(self, deed: str, target: str, cancel: CancelToken) -> str:
        try:
            getattr(self, f"_{deed}")(target)
        except OSError as error:
            return errno.errorcode[error.errno or 0]
        return "done"

    def descriptors(self, cancel: CancelToken) -> list[str]:
        """What its open files are, but for the folder that lists them."""
        return [str(entry.readlink()) for entry in Path("/proc/self/fd").iterdir() if entry.exists()]

    def limits(self, cancel: CancelToken) -> tuple[int, int]:
        return resource.getrlimit(resource.RLIMIT_CORE)

    def threads(self, cancel: CancelToken) -> list[str]:
        """What the kernel says of each thread."""
        return [status.read_text() for status in Path("/proc/self/task").glob("*/status")]

    def unpickle(self, target: str, cancel: CancelToken) -> object:
        """An answer that is a command to whoever reads it."""
        return _Command(target)

    def _connect(self, target: str) -> None:
        with socket.create_connection(("127.0.0.1", int(target))):
            pass

    def _send_datagram(self, target: str) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"secret", ("127.0.0.1", int(target)))

    def _bind(self, target: str) -> None:
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))

    def _connect_locally(self, target: str) -> None:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(target)

    def _write(self, target: str) -> None:
        Path(target, "loot").write_text("mine")

    def _overwrite(self, target: str) -> None:
        with Path(target).open("r+b") as file:
            file.write(b"mine")

    def _delete(self, target: str) -> None:
        Path(target).unlink()

    def _open_up(self, target: str) -> None:
        Path(target).chmod(0o777)

    def _open_up_anew(self, target: str) -> None:
        _system("syscall", FCHMODAT2, AT_FDCWD, target.encode(), 0o777, 0)

    def _read(self, target: str) -> None:
        Path(target).read_bytes()

    def _look_around(self, target: str) -> None:
        list(Path(target).iterdir())

    def _execute(self, target: str) -> None:
        os.execv("/bin/true", ["true"])

    def _spawn(self, target: str) -> None:
        subprocess.run(["/bin/true"], check=True)

    def _fork(self, target: str) -> None:
        if os.fork() == 0:
            os._exit(0)

    def _trace(self, target: str) -> None:
        _system("ptrace", PTRACE_ATTACH, int(target), None, None)

    def _read_memory(self, target: str) -> None:
        Path("/proc", target, "mem").open("rb").close()

    def _read_environment(self, target: str) -> None:
        Path("/proc", target, "environ").read_bytes()

    def _kill(self, target: str) -> None:
        os.kill(int(target), 0)

    def _unshare(self, target: str) -> None:
        _system("unshare", CLONE_NEWUSER)


class _Command:
    def __init__(self, target: str) -> None:
        self._target = target

    def __reduce__(self) -> tuple[object, ...]:
        return (os.mkdir, (self._target,))


def _system(call: str, *arguments: Any) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, call)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), call)
