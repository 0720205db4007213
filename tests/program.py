"""`appliance run` as a process of its own, as a person starts it, and the lines that it prints."""

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from tests.models import MODELS

PATIENCE_S = 60.0
"""s to wait for a line: a bound for a machine that is busy with other tests, not a measurement."""

UNHURRIED = {"APPLIANCE_GUARDIAN__FROZEN_S": "60"}
"""Environment of a machine that is busy with other tests: who waits a while for a core is not frozen."""

BUNDLED = {"APPLIANCE_MODELS__PROFILE": "bundled", "APPLIANCE_MODELS__FOLDER": str(MODELS)} | UNHURRIED
"""Environment of a box without a model hub."""

COMMAND = (sys.executable, "-u", "-m", "appliance")


class Program:
    """A running `appliance`, and the lines it prints."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self._lines: queue.Queue[str] = queue.Queue()  # bounded by what one test has printed
        threading.Thread(target=self._read, daemon=True).start()

    def line(self, beginning: str) -> str:
        """The next line that begins like this."""
        while not (line := self._lines.get(timeout=PATIENCE_S)).startswith(beginning):
            pass
        return line

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self._lines.put(line.rstrip())


@contextmanager
def running(environment: Mapping[str, str], prefix: Sequence[str] = ()) -> Iterator[Program]:
    """`appliance run`, stopped in the end as systemd stops it.

    Args:
        environment: variables beside those of this process.
        prefix: a command that runs it elsewhere.
    """
    command = [*prefix, *COMMAND, "run"]
    with subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Program(process)
        finally:
            process.terminate()
            try:
                assert process.wait(30) == 0
            finally:
                process.kill()
