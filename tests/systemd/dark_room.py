"""A screen in memory, with a box that follows a script: sway, Chromium and kiosk/screen.sh as they are on a device.

Run by test_screen.py as root, with mounts and a network of its own: `python -m tests.systemd.dark_room FOLDER`. Prints
what has happened, one word a line.
"""

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from appliance.web.settings import WebSettings
from appliance.web.starting import PAGE
from tests.systemd.units import SYSTEMD
from tests.web.page.fake_box import FakeBox
from tests.web.page.fake_owner import INVITATION

NOBODY = 65534
SHARE, RUN = Path("/opt/appliance/share/kiosk"), Path("/run/appliance-kiosk")
OFF_S = 2
"""Long enough to be seen awake before."""
LONG_S = 30.0


def happened(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def furnish() -> None:
    """Put the files where they are on a device. Nobody else sees these mounts."""
    for place in (SHARE.parents[1], RUN.parent):
        place.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], check=True)
    SHARE.mkdir(parents=True)
    RUN.mkdir()
    for file in (SYSTEMD / "kiosk/screen.sh", SYSTEMD / "kiosk/sway.conf", PAGE):
        shutil.copy(file, SHARE)
    os.chown(RUN, NOBODY, NOBODY)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def systemd(path: Path, alive: threading.Event) -> None:
    """Be told of signs of life, as systemd is; who tells waits until what it sent along is closed."""
    line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    line.bind(str(path))
    path.chmod(0o777)
    while True:
        text, handles, _, _ = socket.recv_fds(line, 4096, 4)
        for handle in handles:
            os.close(handle)
        if text == b"WATCHDOG=1":
            happened("alive")
            alive.set()


def follow(process: "subprocess.Popen[str]", log: Path, seen: Callable[[str], None]) -> None:
    """Report what sway says about its output, and keep all it says."""
    assert process.stdout
    with log.open("w", encoding="utf-8") as kept:
        for line in process.stdout:
            kept.write(line)
            for word in ("off", "on"):
                if f"Turning {word} output" in line:
                    seen(word)


def main() -> None:
    log = Path(sys.argv[1]) / "sway.log"
    furnish()
    box = FakeBox(WebSettings().help_port)
    box.me |= {"kiosk": True, "screen_off_s": OFF_S}
    INVITATION["owned"] = True
    box.start()
    notify = RUN / "notify"
    alive = threading.Event()
    threading.Thread(target=systemd, args=(notify, alive), daemon=True).start()
    environment = {
        "PATH": os.environ["PATH"], "NOTIFY_SOCKET": str(notify), "HOME": str(RUN), "XDG_RUNTIME_DIR": str(RUN),
        "WLR_BACKENDS": "headless", "WLR_LIBINPUT_NO_DEVICES": "1", "WLR_RENDERER": "pixman",
    }  # fmt: skip
    command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "sway", "--debug"]
    process = subprocess.Popen(
        [*command, "--config", str(SHARE / "sway.conf")],
        env=environment, text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    asleep = 0

    def end() -> None:
        alive.wait(LONG_S)  # it comes every few seconds
        process.terminate()

    def seen(word: str) -> None:
        nonlocal asleep
        if word == "on" and not asleep:
            return  # at its start
        happened(word)
        asleep += word == "off"
        if word == "off" and asleep == 1:
            box.tell("state", state="hearing")  # somebody speaks
            happened("spoken")
        elif word == "on":
            threading.Thread(target=end).start()

    follow(process, log, seen)
    happened(f"ended {process.wait(20)}")


if __name__ == "__main__":
    main()
