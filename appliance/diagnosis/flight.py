"""The flight recorder: keeps the last minutes of events, and writes them down when something has failed.

Events go into a ring whose file outlives the process. Whoever starts next finds what the one before has left, and if
that did not say goodbye (kill -9, a power cut, a native crash), its last minutes become a report as well, with the
traceback that `faulthandler` has left beside it.
"""

import contextlib
import faulthandler
import json
import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock, Timer
from typing import IO, Final

from appliance import __version__
from appliance.core.monotonic import monotonic
from appliance.diagnosis.entries import Entry, as_line
from appliance.diagnosis.reports import Reports
from appliance.diagnosis.ring import Ring
from appliance.diagnosis.settings import DiagnosisSettings

TRIGGERS: Final = frozenset({"turn.failed", "engine.fell", "audio.fell", "crash"})
"""Events after which a report is written; besides them, whatever is logged as an error."""
PAUSE_S: Final = 60.0
"""s between two reports: a fault in a loop is one fault."""
AFTERMATH_S: Final = 3.0
"""s that a report waits for what follows: the restart of an engine, the next turn."""
BEGIN, END = "flight.begin", "flight.end"
"""The first and the last event of a life."""
DIED: Final = "died"
"""The reason of a report about a life that ended without the latter."""

Later = Callable[[float, Callable[[], None]], None]
"""Runs something in so many s, on another thread."""


class FlightRecorder:
    """Owns the ring and the file of fatal tracebacks. A `Sink` of the log."""

    level = logging.DEBUG

    def __init__(
        self,
        folder: Path,
        settings: DiagnosisSettings,
        later: Later,
        keepsake: Callable[[Path], None] = lambda _: None,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """Begin to record.

        Args:
            folder: for the ring and the reports; made if need be.
            settings: how much is kept.
            later: runs what takes time.
            keepsake: told of every report, to put beside it what else there is.
            now: s, monotonic.
        """
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.reports = Reports(folder, settings.reports)
        self._settings = settings
        self._later = later
        self._keepsake = keepsake
        self._now = now
        self._asked = -PAUSE_S
        """When the last report was asked for."""
        self._waiting = ""
        """What for, until it is written."""
        self._lock = Lock()
        self._ring, before = Ring.open(folder / "ring", settings.flight_kb * 1024)
        self._fatal = _remember_crashes(folder / "fatal.txt")
        self._tell_of(_parsed(before), self._fatal)

    def write(self, entry: Entry) -> None:
        """Keep an entry; see `Sink`."""
        self._ring.append(as_line(entry).encode())
        if entry["event"] in TRIGGERS or entry["level"] in {"error", "critical"}:
            self._ask(entry["event"])

    def report(self, reason: str) -> Path | None:
        """Write down the last minutes, now. Blocks for some ms."""
        since = self._now() - self._settings.flight_minutes * 60
        entries = [entry for entry in _parsed(self._ring.events()) if entry.get("t", since) >= since]
        path = self.reports.write(reason, entries, {"version": __version__})
        if path:
            self._keepsake(path)
        return path

    def close(self) -> None:
        """The program ends as it should. A report that is still waited for is written first."""
        self._write_down()
        self._ring.append(as_line({"t": round(self._now(), 3), "level": "info", "event": END}).encode())
        self._ring.close()
        if self._fatal:
            faulthandler.disable()
            self._fatal.close()

    def _ask(self, reason: str) -> None:
        """Have a report written soon; no more often than is useful."""
        with self._lock:
            now = self._now()
            if now - self._asked < PAUSE_S:
                return
            self._asked, self._waiting = now, reason
        self._later(AFTERMATH_S, self._write_down)

    def _write_down(self) -> None:
        with self._lock:
            reason, self._waiting = self._waiting, ""
        if reason:
            self.report(reason)

    def _tell_of(self, before: list[Entry], fatal: IO[str] | None) -> None:
        """What the life before has left, if it did not end well."""
        trace = _take(fatal) if fatal else []
        if before and before[-1].get("event") != END:
            last = before[-1].get("t", 0.0) - self._settings.flight_minutes * 60
            kept = [entry for entry in before if entry.get("t", last) >= last]
            self.reports.write(DIED, kept, {"version": __version__, "fatal": trace})


def _parsed(events: Iterable[bytes]) -> list[Entry]:
    entries = []
    for event in events:
        with contextlib.suppress(ValueError):
            entries.append(json.loads(event))
    return entries


def _remember_crashes(path: Path) -> IO[str] | None:
    """Have the interpreter write where it was when a signal kills it: native crashes say nothing else."""
    try:
        file = path.open("a+", encoding="utf-8")
        path.chmod(0o600)
    except OSError:
        return None
    faulthandler.enable(file)
    return file


def _take(file: IO[str]) -> list[str]:
    """The lines of a file, which is empty then."""
    file.seek(0)
    lines = file.read().splitlines()[-200:]
    file.truncate(0)
    os.fsync(file.fileno())
    return lines


def on_a_thread(seconds: float, work: Callable[[], None]) -> None:
    """A `Later` in real time."""
    timer = Timer(seconds, work)
    timer.daemon = True
    timer.start()
