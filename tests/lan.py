"""A box and a laptop on a cable, and nothing else: two network namespaces of this machine without any way out."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

BOX, LAPTOP = "10.77.0.1", "10.77.0.2"
"""Their addresses."""
_laid = count()


def _allowed() -> bool:
    """Whether this process may make network namespaces."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    name = f"try{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode == 0
    if made:
        subprocess.run(["ip", "netns", "del", name], check=True)
    return made


needs_lan = pytest.mark.skipif(not _allowed(), reason="no network namespaces: needs root and the program ip")

needs_bad_cable = pytest.mark.skipif(
    not Path("/dev/net/tun").exists(), reason="no bad cable: the kernel has no /dev/net/tun"
)


class Lan:
    """Owns both ends of the cable."""

    def __init__(self) -> None:
        number = f"{os.getpid()}-{next(_laid)}"
        self._box, self._laptop = f"box{number}", f"lap{number}"
        self._bad: subprocess.Popen[str] | None = None

    def at_box(self) -> list[str]:
        """What to write before a command that is to run on the box."""
        return ["ip", "netns", "exec", self._box]

    def at_laptop(self) -> list[str]:
        """The same for the laptop."""
        return ["ip", "netns", "exec", self._laptop]

    def pull(self) -> None:
        """Pull the plug out."""
        _ip("-n", self._laptop, "link", "set", "lap0", "down")

    def plug(self) -> None:
        """Put it in again."""
        _ip("-n", self._laptop, "link", "set", "lap0", "up")

    def lay(self, *weather: str) -> None:
        """Make it all. With options of `tests.bad_cable`, the cable is a bad one."""
        for name in (self._box, self._laptop):
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        box, laptop = (self._box, "box0"), (self._laptop, "lap0")
        if weather:
            command = [sys.executable, "-m", "tests.bad_cable", *box, *laptop, *weather]
            self._bad = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            assert self._bad.stdout
            assert self._bad.stdout.readline() == "laid\n"
        else:
            ends = ["link", "add", box[1], "netns", box[0], "type", "veth"]
            _ip(*ends, "peer", "name", laptop[1], "netns", laptop[0])
        for name, device, address in ((self._box, "box0", BOX), (self._laptop, "lap0", LAPTOP)):
            _ip("-n", name, "addr", "add", f"{address}/24", "dev", device)
            _ip("-n", name, "link", "set", device, "up")

    def remove(self) -> None:
        """Leave nothing behind."""
        if self._bad:
            self._bad.communicate()
        for name in (self._box, self._laptop):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


@contextmanager
def lan(*weather: str) -> Iterator[Lan]:
    """A cable, as long as it is needed."""
    cable = Lan()
    try:
        cable.lay(*weather)
        yield cable
    finally:
        cable.remove()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
