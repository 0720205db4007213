"""The appliance's unit as seen by whoever stands beside it: systemd, the journal, /proc, its page."""

import json
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

UNIT = "appliance.service"
LOCAL = "http://127.0.0.1:8080"
SECURE = "https://127.0.0.1:8443"
START_S = 120.0
"""s for a start: this may be a busy machine."""


class Failed(Exception):  # noqa: N818 - it is what happened
    """A check does not hold; says what was seen instead."""


def told(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def shown(name: str) -> str:
    """A property of the unit."""
    return told("systemctl", "show", "--value", f"--property={name}", UNIT)


def journal(*options: str) -> str:
    return told("journalctl", "--output=cat", "--no-pager", "--boot", *options)


def wait(what: str, holds: Callable[[], bool], seconds: float) -> float:
    """Wait until something holds; tells after how many seconds."""
    begun = time.monotonic()
    while not holds():
        if time.monotonic() - begun > seconds:
            raise Failed(
                f"not within {seconds:g} s: {what}; {shown('StatusText')}\n{journal('-u', UNIT, '-n', '25')}"
            )
        time.sleep(0.1)
    return time.monotonic() - begun


def main_pid() -> int:
    return int(shown("MainPID"))


def up() -> bool:
    return shown("ActiveState") == "active" and shown("SubState") == "running"


def again(before: int) -> Callable[[], bool]:
    """Whether another life is ready."""
    return lambda: up() and main_pid() not in {0, before}


def asked(address: str, body: object = None, cookie: str = "") -> tuple[int, str, str]:
    """Status, cookie and text of an answer. The box's certificate is of its own making."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    headers = {"Cookie": cookie, "Content-Type": "application/json"} if body is not None else {}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, headers)
    with urllib.request.urlopen(request, context=trusting, timeout=5) as answer:
        return answer.status, (answer.headers["Set-Cookie"] or "").partition(";")[0], answer.read().decode()


def answers(address: str) -> bool:
    try:
        return asked(address)[0] == 200
    except OSError:
        return False


def family() -> list[dict[str, str]]:
    """What /proc tells of every process of the unit."""
    group = shown("ControlGroup")
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if group in (folder / "cgroup").read_text():
                status = dict(
                    line.split(":\t", 1)
                    for line in (folder / "status").read_text().splitlines()
                    if ":\t" in line
                )
                found.append(status | {"command": (folder / "cmdline").read_text().replace("\0", " ")})
        except OSError:
            continue  # it has ended
    return found
