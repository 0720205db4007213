"""Entries for systemd's journal, with fields of their own: `journalctl APPLIANCE_EVENT=turn.failed`.

The journal's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): a datagram of `NAME=value` lines, where a value with
line breaks stands behind its length. The journal rotates and limits by itself.
"""

import contextlib
import os
import socket
import struct
from pathlib import Path
from typing import Final

from appliance.diagnosis.entries import Entry, as_text

SOCKET: Final = Path("/run/systemd/journal/socket")
PRIORITIES: Final = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
"""syslog(3)."""


def under_systemd(stream: int = 2) -> bool:
    """Whether our standard error goes to the journal: systemd names its device and inode."""
    try:
        status = os.fstat(stream)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


class Journal:
    """A `Sink`. Owns the socket; an entry that the journal does not take at once is lost, and nobody waits."""

    def __init__(self, level: int, path: Path = SOCKET) -> None:
        self.level = level
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)

    def write(self, entry: Entry) -> None:
        """See `Sink`."""
        with contextlib.suppress(OSError):  # full, restarting, or the line is too long
            self._socket.sendto(datagram(entry), self._path)

    def close(self) -> None:
        """See `Sink`."""
        self._socket.close()


def datagram(entry: Entry) -> bytes:
    """One entry in the journal's protocol."""
    fields = {
        "MESSAGE": as_text(entry)[13:],  # the journal has the time itself
        "PRIORITY": str(PRIORITIES.get(entry.get("level", ""), 6)),
        "SYSLOG_IDENTIFIER": "appliance",
        **{f"APPLIANCE_{_name(key)}": str(value) for key, value in entry.items() if key not in {"time", "t"}},
    }
    return b"".join(_field(name, value.encode()) for name, value in fields.items())


def _name(key: str) -> str:
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in key).upper()


def _field(name: str, value: bytes) -> bytes:
    if b"\n" in value:
        return name.encode() + b"\n" + struct.pack("<Q", len(value)) + value + b"\n"
    return name.encode() + b"=" + value + b"\n"
