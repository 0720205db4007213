"""The log in a file, as JSON lines: rolled over by size, written by a thread of its own, never in anybody's way."""

import logging
import os
import queue
import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import IO, Final

from appliance.diagnosis.entries import Entry, as_line

FILES: Final = 5
"""`appliance.jsonl`, or whatever its name is, and four older ones, numbered."""
MOST_BYTES: Final = 2**20
"""Of each."""
MOST_WAITING: Final = 2000
"""Entries that wait for the disk; those beyond are lost, and counted."""
NAME: Final = "appliance.jsonl"


class LogFile:
    """A `Sink`. Owns the files and the thread that writes them. A disk that refuses loses lines, and nothing else."""

    def __init__(
        self,
        folder: Path,
        level: int = logging.INFO,
        may_write: Callable[[], bool] = lambda: True,
        name: str = NAME,
    ) -> None:
        """Keep the files in `folder`, under `name`; while nothing `may_write`, lines are lost and counted."""
        self.level = level
        self._may_write = may_write
        self._path = folder / name
        self._file: IO[str] | None = None
        self._lost = 0
        self._waiting: queue.Queue[Entry | None] = queue.Queue(MOST_WAITING)  # full: the newest is lost
        self._thread = threading.Thread(target=self._run, name="log file", daemon=True)
        self._thread.start()

    def write(self, entry: Entry) -> None:
        """See `Sink`."""
        if not self._may_write():
            self._lost += 1
            return
        try:
            self._waiting.put_nowait(entry)
        except queue.Full:
            self._lost += 1

    def close(self) -> None:
        """Write what waits, for two seconds at most."""
        try:
            self._waiting.put(None, timeout=1.0)
        except queue.Full:
            return
        self._thread.join(2.0)

    def _run(self) -> None:
        while (entry := self._waiting.get()) is not None:
            lost, self._lost = self._lost, 0
            try:
                self._append(entry | ({"lost": lost} if lost else {}))
            except OSError:  # full, gone, read-only: the next line tries again
                self._lost += lost + 1
                self._shut()
        self._shut()

    def _append(self, entry: Entry) -> None:
        self._file = self._file or self._open()
        self._file.write(as_line(entry) + "\n")
        self._file.flush()
        if self._file.tell() >= MOST_BYTES:
            self._shut()
            self._roll()

    def _open(self) -> IO[str]:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8")

    def _shut(self) -> None:
        file, self._file = self._file, None
        if file:
            try:
                file.close()
            except OSError:
                self._lost += 1

    def _roll(self) -> None:
        """Each file takes the name of the next older one; the oldest is overwritten."""
        names = [
            self._path,
            *(self._path.with_name(f"{self._path.name}.{number}") for number in range(1, FILES)),
        ]
        for newer, older in reversed(list(pairwise(names))):
            if newer.exists():
                newer.replace(older)
