"""What a box is called as long as nobody has named it: voicebox-XXXX, the same for ever, and hardly ever twice."""

import hmac
import re
from pathlib import Path
from typing import Final

PREFIX: Final = "voicebox"
"""What all boxes are called."""
FACTORY: Final = frozenset({"", "localhost", "localhost.localdomain", "appliance", PREFIX})
"""Names of our images, and of systems that have none. What an installer proposed somebody has agreed to."""
PURPOSE: Final = b"voice-appliance host name"
"""Names our use of the machine id, which itself is to be kept confidential (machine-id(5))."""


def host_name(root: Path) -> str:
    """What the box is called; "" where nobody has named it."""
    try:
        name = (root / "etc/hostname").read_text(errors="replace").strip().lower()
    except OSError:
        return ""
    return "" if name in FACTORY else name


def given_name(root: Path) -> str:
    """A name that is made of the machine's id: four digits or letters tell the boxes of a house apart.

    A machine without an id (an image that was never started) is called by the prefix alone.
    """
    try:
        identity = (root / "etc/machine-id").read_text(errors="replace").strip()
    except OSError:
        identity = ""
    if not re.fullmatch(r"[0-9a-f]{32}", identity):
        return PREFIX
    return f"{PREFIX}-{hmac.digest(bytes.fromhex(identity), PURPOSE, 'sha256').hex()[:4]}"


def hosts(text: str, name: str) -> str:
    """The file /etc/hosts with this machine's name in its customary line (hosts(5): 127.0.1.1)."""
    lines = [line for line in text.splitlines() if line.split()[:1] != ["127.0.1.1"]]
    lines = lines or ["127.0.0.1 localhost", "::1 localhost ip6-localhost ip6-loopback"]
    return "\n".join([*lines, f"127.0.1.1 {name}"]) + "\n"
