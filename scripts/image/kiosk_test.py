"""The screen of an image that has one: it shows the start, then the page, and its panel goes off and on."""

import time
from collections.abc import Callable
from pathlib import Path

from scripts.image.qemu import GuestError, Machine
from scripts.image.screen import differ, is_dark, png, take

PAGE_S = 1200.0
"""s after READY until the page is there, at most."""
EVERY_S = 20.0
"""s between two looks."""
PANEL_S = 60.0
"""s that a panel may take."""
ON_THE_LINE = (
    "awk -v user=$(id -u kiosk) '$3 ~ /:1F90$/ && $4 == \"01\" && $8 == user {f=1} END {exit !f}' "
    "/proc/net/tcp"
)
"""The browser has a connection to the box's port 8080."""
SWAY = (
    "setpriv --reuid=kiosk --regid=kiosk --init-groups "
    "env SWAYSOCK=$(ls /run/appliance-kiosk/sway-ipc.*.sock) swaymsg"
)


class Album:
    """Keeps a picture whenever there is something new to be seen."""

    def __init__(self, machine: Machine, folder: Path, name: str) -> None:
        self._machine, self._folder, self._name = machine, folder, name
        self._last = b""
        self._count = 0

    def look(self) -> bytes:
        """Look at the screen, and keep what is new."""
        width, height, points = take(self._machine, self._folder / f"{self._name}.ppm")
        if differ(points, self._last):
            self._count += 1
            name = f"{self._name}-{self._count:02}-{self._machine.age_s:.0f}s.png"
            (self._folder / name).write_bytes(png(width, height, points))
            self._last = points
        return points


def until_shown(machine: Machine, album: Album, say: Callable[[str], None]) -> None:
    """Wait until the browser has the box on the line, and something is to be seen."""
    deadline = time.monotonic() + PAGE_S
    while machine.run(ON_THE_LINE).code or is_dark(album.look()):
        if time.monotonic() > deadline:
            log = machine.run("systemctl status appliance-kiosk --no-pager -n 40").text
            raise GuestError(f"the screen does not show the page:\n{log}")
        time.sleep(EVERY_S)
    time.sleep(EVERY_S)  # what it has begun to draw
    album.look()
    say(f"  the screen shows the page {machine.age_s:.0f} s after power-on")


def switch(machine: Machine, album: Album, say: Callable[[str], None]) -> None:
    """The panel goes off and on by the same command that the page has given."""
    for word, dark in (("off", True), ("on", False)):
        machine.run(f"{SWAY} 'output * dpms {word}'", 300)  # its answer may be late; the panel is what counts
        deadline = time.monotonic() + PANEL_S
        while is_dark(album.look()) != dark:
            if time.monotonic() > deadline:
                raise GuestError(f"the panel was switched {word}, and is not")
            time.sleep(1)
    say("  the panel was switched off, and on again")
