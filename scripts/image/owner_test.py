"""What an owner does to a box in QEMU, from another machine: is paired, brings a bundle, wants the box to be as new."""

import json
import re
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.image.qemu import GuestError, Machine
from scripts.image.trial_copy import holds
from scripts.image.update_box import sign

DIGITS = (
    "exec 4<>/dev/tcp/127.0.0.1/8080; printf 'GET /api/pin HTTP/1.0\\r\\nHost: localhost:8080\\r\\n\\r\\n' >&4; "
    'grep -o \'"pin": *"[0-9]*"\' <&4'
)
"""What the box's own screen shows, as bash asks for it: emulated, a Python takes seconds to start."""
DEALT_WITH_S = 1200.0
"""s that a bundle may take to be looked at: to load the program takes an emulated processor a minute."""
ANSWER_S = 300.0
"""s that one answer may take."""
EVERY_S = 5.0
"""s between two looks."""
GONE = ("lib/appliance/web", "lib/appliance-etc/upper/systemd/system/appliance-ci.service")
"""What a factory reset takes, below /var: pairings, and what was changed in /etc, the test's own way in."""
KEPT = "lib/appliance-models/models.lock.json"
"""What it leaves."""


@dataclass
class Owner:
    """Somebody's telephone, as far as the box can tell."""

    port: int
    """Where the box's https is forwarded to."""
    token: str = ""
    """What proves who it is, once it is paired."""

    def ask(self, path: str, body: bytes | None = None, kind: str = "application/json") -> dict[str, Any]:
        """The box's answer; with a body it is posted.

        Raises:
            GuestError: the box refuses, or does not answer.
        """
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # through a forwarded port
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        url = f"https://127.0.0.1:{self.port}{path}"
        try:
            request = urllib.request.Request(url, body, headers)
            with urllib.request.urlopen(request, timeout=ANSWER_S, context=context) as answer:
                if cookie := re.search("appliance_device=([^;]+)", answer.headers.get("Set-Cookie", "")):
                    self.token = cookie[1]
                return dict(json.load(answer))
        except urllib.error.HTTPError as refusal:
            raise GuestError(f"{path}: {refusal.code} {refusal.read().decode()}") from None
        except (OSError, ValueError) as error:
            raise GuestError(f"{path}: {error}") from None

    def pair(self, machine: Machine) -> None:
        """Type the digits that the box's screen shows."""
        digits = machine.get(DIGITS, ANSWER_S).strip('"').rpartition('"')[2]
        told = self.ask("/api/pair", json.dumps({"pin": digits, "name": "a test"}).encode())
        if not told["owner"] or not self.token:
            raise GuestError(f"the first device to be paired does not own the box: {told}")

    def bring(self, bundle: Path) -> dict[str, Any]:
        """Upload a bundle, and wait until it is dealt with."""
        self.ask("/api/update", bundle.read_bytes(), "application/octet-stream")
        deadline = time.monotonic() + DEALT_WITH_S
        while (told := self.ask("/api/update"))["state"] in {"none", "checking", "installing"}:
            if time.monotonic() > deadline:
                raise GuestError(f"the bundle was not dealt with: {told}")
            time.sleep(EVERY_S)
        return told


def older_bundle(work: Path, flavour: str) -> Path:
    """A bundle for this very kind of box, with the right signature, whose version is too old."""
    image = work / "tiny.img"
    image.write_bytes(b"not a slot" * 1000)
    return sign(image, "0.0.1", work / "older.raucb", KIOSK=str(int(flavour == "kiosk")))


def try_page(owner: Owner, machine: Machine, bundle: Path) -> str:
    """Own the box, and bring it a bundle that it must refuse. Returns the reason that the page tells."""
    owner.pair(machine)
    told = owner.bring(bundle)
    if told["state"] != "refused" or told["source"] != "page" or "is older than" not in told["problem"]:
        raise GuestError(f"the page's bundle was not refused as it should be: {told}")
    machine.get("test ! -e /var/lib/appliance/update/bundle.raucb")
    return str(told["problem"])


def ask_for_reset(owner: Owner, machine: Machine) -> None:
    """Ask for it from the page. What takes it to root (appliance-update.path) is held back until `let_reset`."""
    machine.get("systemctl stop appliance-update.path")
    owner.ask("/api/reset", b'{"confirm": "reset"}')
    machine.get("test -e /var/lib/appliance/update/reset")


def let_reset(machine: Machine, within_s: float) -> None:
    """Let it begin; the box starts again, which ends the machine."""
    machine.run("systemctl start --no-block appliance-update.path")
    machine.until_off(within_s)


def until_reset(
    machine: Machine, disk: Path, within_s: float, gone: Sequence[str] = GONE, kept: str = KEPT
) -> None:
    """The RAM disk of the next start empties the data partition.

    Raises:
        GuestError: it does not, or takes too much, or too little.
    """
    while holds(disk, "lib/appliance-update/reset"):
        if machine.process.poll() is not None or machine.age_s > within_s:
            raise GuestError("the wish for a factory reset is not fulfilled")
        time.sleep(2)
    left = [place for place in gone if holds(disk, place)]
    if left or not holds(disk, kept):
        raise GuestError(f"after a factory reset there are still {left}, or no models")
