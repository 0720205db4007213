"""Where log lines go: to people at a terminal, to the journal, to files, to the flight recorder.

One handler takes every record, limits them, turns each into an entry without speech, tokens and addresses, and hands it
to the sinks. Nobody else touches records, so nothing passes that `entries.py` has not seen.
"""

import logging
import sys
from collections.abc import Callable
from typing import IO, Final, Protocol

from appliance.core.monotonic import monotonic
from appliance.diagnosis.budget import Budget
from appliance.diagnosis.entries import OURS, Entry, as_text, entry_of
from appliance.diagnosis.journal import Journal, under_systemd


class Sink(Protocol):
    """Takes entries. Called from any thread, one at a time; must not log, and not block for long."""

    level: int
    """Of `logging`: below that it is not asked."""

    def write(self, entry: Entry) -> None:
        """Take an entry."""

    def close(self) -> None:
        """There are no more."""


NEWS: Final = ("audio", "transports")
"""Modules whose good news people want to read as well: devices that come and go."""


class Terminal:
    """A `Sink` for people: a line of text each."""

    def __init__(self, level: int, stream: Callable[[], IO[str]] = lambda: sys.stderr) -> None:
        self.level = min(level, logging.INFO)
        self._least = level
        self._stream = stream

    def write(self, entry: Entry) -> None:
        """See `Sink`."""
        level = logging.getLevelNamesMapping()[entry["level"].upper()]
        if level < self._least and not entry["module"].startswith(NEWS):
            return
        try:
            print(as_text(entry), file=self._stream(), flush=True)
        except (OSError, ValueError):  # nobody reads any more
            self.level = logging.CRITICAL + 1

    def close(self) -> None:
        """See `Sink`."""


class Funnel(logging.Handler):
    """The one handler of the program. Owns the sinks."""

    def __init__(self, *sinks: Sink, now: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._sinks = list(sinks)
        self._budget = Budget()
        self._now = now

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a record on."""
        takers = [sink for sink in self._sinks if record.levelno >= sink.level]
        now = self._now()
        withheld = self._budget.ask(_kind(record), now) if takers else None
        if withheld is None:
            return
        try:
            entry = entry_of(record, now)
            if withheld:
                entry["withheld"] = withheld
            for sink in takers:
                sink.write(entry)
        except Exception:  # noqa: BLE001 - whatever is wrong with a line, it must harm nobody who writes one
            self.handleError(record)

    def add(self, sink: Sink) -> None:
        """From now on this takes entries too."""
        self.acquire()
        self._sinks.append(sink)
        self.release()
        self.tune()

    def remove(self, sink: Sink) -> None:
        """No longer; closes it."""
        self.acquire()
        self._sinks.remove(sink)
        self.release()
        self.tune()
        sink.close()

    def tune(self) -> None:
        """Our loggers tell as much as any sink wants to know; lines that nobody takes are not even made."""
        logging.getLogger(OURS).setLevel(min(sink.level for sink in self._sinks))


def _kind(record: logging.LogRecord) -> tuple[str, int, str]:
    """What is limited together: the same event, or the same place in the source."""
    return record.name, record.levelno, getattr(record, "event", None) or f"{record.pathname}:{record.lineno}"


def funnel() -> Funnel:
    """The one that is in force; where there is none, warnings go to standard error from now on."""
    handlers = logging.getLogger().handlers
    return next((each for each in handlers if isinstance(each, Funnel)), None) or configure(logging.WARNING)


def configure(level: int) -> Funnel:
    """Log to the journal under systemd, otherwise to standard error; returns where more sinks can be added.

    Foreign loggers are heard from `level` on.
    """
    root = logging.getLogger()
    for handler in root.handlers[:]:
        if isinstance(handler, Funnel):  # from an earlier call
            root.removeHandler(handler)
    made = Funnel(Journal(min(level, logging.INFO)) if under_systemd() else Terminal(level))
    root.addHandler(made)
    root.setLevel(level)
    made.tune()
    return made
