"""A dead man's switch: ends a process whose event loop has stopped, even in native code that keeps the interpreter.

It is `faulthandler`'s timer, a thread in C that needs no interpreter lock. Arming it anew costs 50 µs (a thread ends,
another begins), and is done once a second.
"""

import faulthandler
import os
from pathlib import Path

EXIT = 1
"""What the process ends with; the timer knows no other."""


class DeadMan:
    """Owns the only such timer of this process, and the file in which it writes where every thread stood."""

    def __init__(self, trace: Path | None) -> None:
        """Keep the trace of the last freeze in `trace`, or on standard error."""
        self._path = trace
        self._fd = 2 if trace is None else _open(trace)

    def last_words(self) -> str:
        """Where the process stood that was here before, if this is what ended it. Told once."""
        if self._path is None or self._fd == 2:
            return ""
        words = self._path.read_text(encoding="utf-8", errors="replace")
        os.ftruncate(self._fd, 0)
        return words

    def hold(self, seconds: float) -> None:
        """All is well; unless this is said again within `seconds`, the process ends."""
        faulthandler.dump_traceback_later(seconds, exit=True, file=self._fd)

    def let_go(self) -> None:
        """Nobody is watched any more."""
        faulthandler.cancel_dump_traceback_later()


def _open(trace: Path) -> int:
    """A full or absent disk is no reason not to watch."""
    try:
        trace.parent.mkdir(parents=True, exist_ok=True)
        return os.open(trace, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    except OSError:
        return 2
