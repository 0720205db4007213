"""A box and a laptop on a cable, and nothing else: two network namespaces of this machine without any way out."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

BOX, LAPTOP = "10.77.0.1", "10.77.0.2"
"""Their addresses."""


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


class Lan:
    """Owns both ends of the cable."""

    def __init__(self) -> None:
        self._box, self._laptop = f"box{os.getpid()}", f"lap{os.getpid()}"

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

    def lay(self) -> None:
        """Make it all."""
        for name in (self._box, self._laptop):
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        _ip(
            "link",
            "add",
            "box0",
            "netns",
            self._box,
            "type",
            "veth",
            "peer",
            "name",
            "lap0",
            "netns",
            self._laptop,
        )
        for name, device, address in ((self._box, "box0", BOX), (self._laptop, "lap0", LAPTOP)):
            _ip("-n", name, "addr", "add", f"{address}/24", "dev", device)
            _ip("-n", name, "link", "set", device, "up")

    def remove(self) -> None:
        """Leave nothing behind."""
        for name in (self._box, self._laptop):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


@contextmanager
def lan() -> Iterator[Lan]:
    """A cable, as long as it is needed."""
    cable = Lan()
    try:
        cable.lay()
        yield cable
    finally:
        cable.remove()


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
