"""`appliance` as a person starts it, and as a function."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil
import pytest

from appliance.cli import main
from tests.models import MODELS, SILERO, SMOLLM2, needs_model
from tests.program import UNHURRIED
from tests.shared import SHARED, needs_shared

PATIENCE_S = 60.0
"""s: a bound for a machine that is busy with other tests, not a measurement."""

BUNDLED = {"APPLIANCE_MODELS__PROFILE": "bundled", "APPLIANCE_MODELS__FOLDER": str(MODELS)} | UNHURRIED
"""Environment of a box without a model hub."""

NOWHERE = {
    "APPLIANCE_MODELS__HUB_ENDPOINT": "http://127.0.0.1:9",
    "PIP_NO_INDEX": "1",
    "APPLIANCE_MODELS__PROFILE": "bundled",
}
"""Environment of a box without a network: nothing answers on the discard port."""

COMMANDS = (
    "run",
    "converse",
    "say",
    "ask",
    "transcribe",
    "devices",
    "models",
    "check",
    "report",
    "timeline",
    "tune",
    "settings",
    "setup",
    "update",
    "reset",
)

QUESTION = SHARED / "clips" / "people" / "9e06cfac.flac"
"""A person asks: “Can I get a double shot iced coffee with cream?”"""

real_engines = [pytest.mark.engines, needs_shared, needs_model(SILERO), needs_model(SMOLLM2)]


@dataclass
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Caller:
    """Calls `main` within this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def environment(self, variables: Mapping[str, str]) -> None:
        for name, value in variables.items():
            self._monkeypatch.setenv(name, value)

    def __call__(self, *arguments: str | Path) -> Ended:
        self._capsys.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as leave:
            code = int(leave.code or 0)
        return Ended(code, *self._capsys.readouterr())


@contextmanager
def started(
    *arguments: str | Path, environment: Mapping[str, str] = BUNDLED, python: tuple[str, ...] = ()
) -> "Iterator[Program]":
    """`appliance` in a process of its own; killed if the test leaves it behind."""
    command = [sys.executable, *python, "-m", "appliance", *map(str, arguments)]
    variables = {**os.environ, **environment, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Program(process)
        finally:
            process.kill()


class Program:
    """A running command. A person may press Ctrl-C."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._seen = ""

    def wait_for(self, text: str, *, err: bool = False) -> None:
        """Read what it prints until some line holds this."""
        stream = self._process.stderr if err else self._process.stdout
        assert stream
        for line in stream:
            self._seen += line if err else ""
            if text in line:
                return
        raise AssertionError(f"it ended without {text!r}: {self._rest(self._process.stderr)}")

    def children(self) -> list[psutil.Process]:
        """Processes it has started."""
        return list(psutil.Process(self._process.pid).children(recursive=True))

    def end(self, number: signal.Signals = signal.SIGINT) -> Ended:
        """Send a signal; returns when it is over, and all that it had started with it."""
        children = self.children()
        self._process.send_signal(number)
        out, err = self._process.communicate(timeout=PATIENCE_S)
        _, alive = psutil.wait_procs(children, timeout=PATIENCE_S)
        assert not alive, "it left processes behind"
        return Ended(self._process.returncode, out, self._seen + err)

    @staticmethod
    def _rest(stream: IO[str] | None) -> str:
        return stream.read() if stream else ""
