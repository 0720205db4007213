"""What a service tells systemd about itself: sd_notify(3), a datagram to a socket that the environment names.

Fifteen lines of our own: `sdnotify` has had no release for eight years and blocks when nobody reads, and the
others need libsystemd. Where nobody listens, everything here does nothing.
"""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress

from appliance.core.monotonic import monotonic

SOCKET = "NOTIFY_SOCKET"
"""The variable that names the socket."""


class Notifier:
    """One end of the socket. Never blocks and never fails: what cannot be told is told at the next change."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get(SOCKET, "")
        if self._address.startswith("@"):  # a name in the abstract namespace
            self._address = "\0" + self._address[1:]
        self._status = ""

    @property
    def heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._address)

    def ready(self) -> None:
        """It serves, also after `restarting`."""
        self._tell("READY=1")

    def alive(self) -> None:
        """It gets on: to be told only while every proof of progress holds."""
        self._tell("WATCHDOG=1")

    def status(self, text: str) -> None:
        """What it is doing, in a line for people; told when it is news."""
        if text != self._status and self._tell(f"STATUS={' '.join(text.split())}"):
            self._status = text

    def extend(self, seconds: float) -> None:
        """Starting, or stopping, takes up to so much longer from now."""
        self._tell(f"EXTEND_TIMEOUT_USEC={round(seconds * 1e6)}")

    def restarting(self) -> None:
        """It starts again in the same process, and will say when it is ready."""
        self._tell(f"RELOADING=1\nMONOTONIC_USEC={round(monotonic() * 1e6)}")

    def stopping(self) -> None:
        """It has begun to stop."""
        self._tell("STOPPING=1")

    def _tell(self, message: str) -> bool:
        if not self._address:
            return False
        kind = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK
        with suppress(OSError), socket.socket(socket.AF_UNIX, kind) as way:
            return way.sendto(message.encode(), self._address) > 0
        return False
