"""Freezes parts of a running appliance, one after the other, and says how soon each was found and mended.

    .venv/bin/python -m scripts.freeze [--rounds 3]

It is `appliance run` on the bundled models under its keeper, with a private sound server where there is one. Engines
and sound are stopped as a debugger would stop them; the main process also gets stuck in native code that keeps the
interpreter, which nothing written in Python can end.
"""

import argparse
import os
import queue
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from appliance.core.clock import monotonic
from scripts.bench_figures import Table
from scripts.bench_machine import this_machine
from tests.models import MODELS
from tests.virtual_sound import MISSING, VirtualSound

STUCK = "ctypes.PyDLL(None).sleep(600)"
"""Native code that keeps the interpreter lock."""
LAUNCH = (
    "import ctypes, signal, sys; from appliance.cli import main;"
    f" signal.signal(signal.SIGUSR1, lambda *_: {STUCK}); sys.exit(main(['run', '-v']))"
)
KEEP = "import sys; from appliance.guardian.keeper import keep; sys.exit(keep([sys.executable, '-c', sys.argv[1]]))"
PATIENCE_S = 120.0
"""s to wait for a line: a bound, not a measurement."""
REST_S = 25.0
"""s between two freezes: what fails again at once is taken for worse than it is."""


@dataclass(frozen=True)
class Freeze:
    """Something to be frozen."""

    what: str
    """For people."""
    process: Callable[["Subject"], int]
    """Its process."""
    how: signal.Signals
    """What is sent to it."""
    found: str
    """Is in the line that says that it was noticed."""
    mended: str
    """Is in the line that says that all is well again."""


class Subject:
    """The running appliance and what it says."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self._lines: queue.Queue[tuple[float, str]] = queue.Queue()  # bounded by what one run says
        threading.Thread(target=self._read, daemon=True).start()

    def wait_for(self, words: str) -> float:
        """When a line came that holds these words."""
        end = monotonic() + PATIENCE_S
        while words not in (heard := self._lines.get(timeout=PATIENCE_S))[1]:
            if monotonic() > end:
                raise TimeoutError(f"nobody said {words!r} within {PATIENCE_S:g} s")
        return heard[0]

    def freeze(self, freeze: Freeze) -> None:
        """Do it."""
        os.kill(freeze.process(self), freeze.how)

    def main(self) -> int:
        """The appliance itself."""
        return int(psutil.Process(self.process.pid).children()[0].pid)

    def child(self, words: str) -> int:
        """A process of the appliance by its command line."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return next(int(child.pid) for child in children if words in " ".join((*child.cmdline(), "")))

    def _read(self) -> None:
        assert self.process.stdout
        with suppress(ValueError):  # closed at the end
            for line in self.process.stdout:
                self._lines.put((monotonic(), line))


def engine(name: str) -> Freeze:
    return Freeze(
        f"engine {name}, stopped",
        lambda subject: subject.child(f" {name} "),
        signal.SIGSTOP,
        f"Starting {name} in",  # and it says because of what: that depends on whether it had something to do
        f"{name} is ready",
    )


MAIN = (
    Freeze("event loop stuck in native code", Subject.main, signal.SIGUSR1, "The appliance ended", "READY"),
    Freeze("main process, stopped", Subject.main, signal.SIGSTOP, "does not answer any more", "READY"),
    Freeze("main process, crashed", Subject.main, signal.SIGSEGV, "The appliance was killed", "READY"),
)
ENGINES = tuple(map(engine, ("smart-turn", "sphinx", "smollm2-135m", "espeak")))
SOUND = (
    Freeze(
        "microphone's process, stopped",
        lambda subject: subject.child(" input {"),
        signal.SIGSTOP,
        "stopped calling",
        "audio.keeper: Microphone: '",
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="how often each is frozen (default: %(default)s)"
    )
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="freeze-") as folder, sound(Path(folder)) as variables:
        freezes = (*ENGINES, *(SOUND if variables else ()), *MAIN)
        with running(Path(folder), variables) as subject:
            subject.wait_for("READY")
            rows = [row(freeze, [frozen(subject, freeze) for _ in range(rounds)]) for freeze in freezes]
    print(this_machine())
    columns = ("frozen", "found after s, median", "at most", "well again after s, median", "at most")
    print(Table(columns, rows).markdown())


def frozen(subject: Subject, freeze: Freeze) -> tuple[float, float]:
    """Seconds until it was found, and until all was well."""
    threading.Event().wait(REST_S)
    began = monotonic()
    subject.freeze(freeze)
    found = subject.wait_for(freeze.found) - began
    mended = subject.wait_for(freeze.mended) - began
    print(f"{freeze.what}: found after {found:.1f} s, well after {mended:.1f} s", file=sys.stderr, flush=True)
    return found, mended


def row(freeze: Freeze, times: list[tuple[float, float]]) -> tuple[str, float, float, float, float]:
    found, mended = zip(*times, strict=True)
    return freeze.what, statistics.median(found), max(found), statistics.median(mended), max(mended)


@contextmanager
def sound(folder: Path) -> Iterator[Mapping[str, str]]:
    """Variables that lead to a private sound server; none where there can be none."""
    if MISSING:
        yield {}
        return
    server = VirtualSound(folder / "sound")
    server.folder.mkdir()
    server.start()
    try:
        yield server.variables
    finally:
        server.stop()


@contextmanager
def running(folder: Path, variables: Mapping[str, str]) -> Iterator[Subject]:
    settings = {
        "APPLIANCE_MODELS__PROFILE": "bundled",
        "APPLIANCE_MODELS__FOLDER": str(MODELS),
        "APPLIANCE_HTTP__ENABLED": "false",
        "APPLIANCE_AUDIO__FOLDER": str(folder / "state"),
        "PYTHONUNBUFFERED": "1",
    }
    with subprocess.Popen(
        [sys.executable, "-c", KEEP, LAUNCH],
        env={**os.environ, **variables, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield Subject(process)
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
