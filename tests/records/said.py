"""Conversations for tests, and the ways in which a disk betrays one."""

import sqlite3
from contextlib import closing
from pathlib import Path

from appliance.core.speech import Outcome, Turn
from appliance.records.conversation import Conversation, Said
from appliance.records.opening import FILE

NOW = 1_700_000_000.0
"""Unix time in s."""


def turn(number: int, you: str = "hi", heard: str = "hello") -> Turn:
    return Turn(number, you, f"{heard} you", heard, Outcome.INTERRUPTED)


def said(conversation: Conversation, number: int, you: str = "hi", at: float = NOW) -> Said:
    return Said(conversation, turn(number, you), at)


def talk(session: str = "local", device: str | None = None, began: float = NOW) -> Conversation:
    return Conversation.new(session, device, began)


def damage(path: Path) -> None:
    """Overwrite the second page and all behind it; what the log beside it holds is folded in before."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * max(4096, path.stat().st_size - 4096))


def raw(folder: Path) -> bytes:
    """Every byte on the disk."""
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file())


def file(folder: Path) -> Path:
    return folder / FILE
