"""The reports of the flight recorder: a folder with a few files of JSON lines, each the story of one failure."""

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from appliance.core import clock
from appliance.diagnosis.entries import Entry

MOST_BYTES: Final = 8 * 2**20
"""Of all reports together; the oldest are deleted."""
SPARE_BYTES: Final = 64 * 2**20
"""That must stay free on the disk, or no report is written: a conversation is worth more."""

_NAME: Final = "flight-*.jsonl"


class Reports:
    """Owns the folder. At most so many files, and `MOST_BYTES`; none on a disk that is nearly full."""

    def __init__(
        self,
        folder: Path,
        most: int,
        wall: Callable[[], datetime] = clock.wall,
        free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    ) -> None:
        self.folder = folder
        self._most = most
        self._wall = wall
        self._free = free

    def write(self, reason: str, entries: Iterable[Entry], about: Mapping[str, Any]) -> Path | None:
        """Write one down; None where the disk has no room for it, or refuses.

        Args:
            reason: the name of the event that led to it.
            entries: what had happened, oldest first.
            about: what else is known, for the first line.
        """
        now = self._wall()
        head = {"report": 1, "reason": reason, "time": now.isoformat(timespec="milliseconds"), **about}
        text = "".join(json.dumps(line, ensure_ascii=False, default=str) + "\n" for line in (head, *entries))
        path = self.folder / f"flight-{now:%Y%m%d-%H%M%S}-{_plain(reason)}.jsonl"
        try:
            if self._free(self.folder) < SPARE_BYTES + len(text):
                return None
            _write(path, text)
        except OSError:
            return None
        self._tidy()
        return path

    def all(self) -> list[Path]:
        """Oldest first: their names begin with the time."""
        return sorted(self.folder.glob(_NAME))

    def texts(self) -> dict[str, str]:
        """Their contents by name, for a bundle. Reads the disk: not for the event loop."""
        texts = {}
        for path in self.all():
            with contextlib.suppress(OSError):
                texts[path.name] = path.read_text(encoding="utf-8", errors="replace")
        return texts

    def _tidy(self) -> None:
        """Delete the oldest until there are few and small enough, and with each what belongs to it."""
        paths = self.all()
        sizes = {path: sum(part.stat().st_size for part in _parts(path)) for path in paths}
        while len(paths) > 1 and (len(paths) > self._most or sum(sizes[path] for path in paths) > MOST_BYTES):
            for part in _parts(paths.pop(0)):
                part.unlink(missing_ok=True)


def load(path: Path) -> tuple[dict[str, Any], list[Entry]]:
    """The first line of a report and its entries; lines that are no JSON are left out.

    Raises:
        OSError: it cannot be read.
    """
    values = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        with contextlib.suppress(ValueError):
            values.append(json.loads(line))
    told = [value for value in values if isinstance(value, dict)]
    return (told[0], told[1:]) if told and "report" in told[0] else ({}, told)


def _parts(path: Path) -> list[Path]:
    """A report and the recordings that belong to it."""
    return [path, *path.parent.glob(f"{path.stem}-*.flac")]


def _write(path: Path, text: str) -> None:
    """Whole, or not at all, and readable by nobody else."""
    half = path.with_suffix(".half")
    try:
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        half.replace(path)
    except OSError:
        half.unlink(missing_ok=True)
        raise


def _plain(reason: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in reason)[:40]
