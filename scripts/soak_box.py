"""The box that is soaked: the whole program with its engines, what it uses, and what is done to it."""

import asyncio
import os
import random
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import aiohttp
import psutil

from appliance.core.clock import monotonic
from scripts.soak_people import Address

COMMAND = (sys.executable, "-u", "-m", "appliance", "run")
MAIN, KEEPER = "main", "keeper"
STORM = ("kill", "stop")
"""What is done to a worker: SIGKILL, or SIGSTOP, which looks like a hang."""
TROUBLE = re.compile(r"^Traceback|\bERROR\b|\bCRITICAL\b|never retrieved|never awaited", re.MULTILINE)
"""In the log: nothing that was done to the box may lead to this."""
START_S = 120.0
PRESSURE = Path("/proc/pressure/cpu")


@dataclass(frozen=True)
class Sample:
    """One process at one moment."""

    at: float
    """s since the soak began."""
    role: str
    pid: int
    rss: int
    """Bytes."""
    threads: int
    descriptors: int


@dataclass
class Series:
    """What was measured, all the time."""

    processes: list[Sample] = field(default_factory=list)
    tasks: list[tuple[float, float]] = field(default_factory=list)
    """Tasks of the event loop."""
    children: list[tuple[float, int]] = field(default_factory=list)
    pressure: list[float] = field(default_factory=list)
    """% of the last 10 s in which somebody on this machine waited for a processor (PSI)."""


class SoakedBox:
    """Owns the program, its log, and the faults that are done to it."""

    def __init__(self, folder: Path, address: Address, environment: Mapping[str, str], seed: int) -> None:
        self.series = Series()
        self.faults: Counter[str] = Counter()
        self.log = folder / "box.log"
        self._address = address
        self._environment = environment
        self._luck = random.Random(seed)
        self._began = monotonic()
        self._process: subprocess.Popen[bytes]
        self._file: IO[bytes]

    async def start(self) -> None:
        """Bring it up; returns when it can be talked to."""
        self._launch()
        deadline = monotonic() + START_S
        while "Talk to it from a browser" not in self.log.read_text(errors="replace"):
            if self._process.poll() is not None or monotonic() > deadline:
                raise RuntimeError(f"it does not start:\n{self.log.read_text(errors='replace')[-2000:]}")
            await asyncio.sleep(0.5)
        self._began = monotonic()

    def _launch(self) -> None:
        self._file = self.log.open("wb")
        self._process = subprocess.Popen(COMMAND, env=self._environment, stdout=self._file, stderr=self._file)

    def stop(self) -> int:
        """Stop it as systemd does; returns its exit code."""
        self._process.terminate()
        try:
            return self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return -9
        finally:
            self._file.close()

    @property
    def age_s(self) -> float:
        """s since it could be talked to."""
        return monotonic() - self._began

    @property
    def alive(self) -> bool:
        """The program runs."""
        return self._process.poll() is None

    @property
    def mains(self) -> int:
        """Main processes that there have been."""
        return len({sample.pid for sample in self.series.processes if sample.role == MAIN})

    def trouble(self) -> list[str]:
        """Lines of the log that must not be there."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if TROUBLE.search(line)]

    def roles(self) -> dict[psutil.Process, str]:
        """All its processes that live longer than a moment, and what each is for."""
        found: dict[psutil.Process, str] = {}
        with suppress(psutil.Error):
            parent = psutil.Process(self._process.pid)
            for process in [parent, *parent.children(recursive=True)]:
                with suppress(psutil.Error):
                    found[process] = _role(process, parent)
        if not any(role == MAIN for role in found.values()):  # nobody keeps it: it is its own parent
            found = {process: MAIN if role == KEEPER else role for process, role in found.items()}
        return found

    async def measure(self, web: aiohttp.ClientSession) -> None:
        """Take one sample of everything."""
        roles = self.roles()
        for process, role in roles.items():
            with suppress(psutil.Error), process.oneshot():
                self.series.processes.append(
                    Sample(
                        self.age_s,
                        role,
                        process.pid,
                        process.memory_info().rss,
                        process.num_threads(),
                        process.num_fds(),
                    )
                )
        self.series.children.append((self.age_s, len(roles) - 1))
        self.series.pressure += _pressure()
        async with web.get(self._address.near("/metrics")) as got:
            if found := re.search(r"^appliance_tasks (\S+)", await got.text(), re.MULTILINE):
                self.series.tasks.append((self.age_s, float(found[1])))

    def hurt(self) -> str:
        """Do something bad to some process that is not the main one; says what."""
        victims = [(p, role) for p, role in self.roles().items() if role not in {MAIN, KEEPER, "pactl"}]
        if not victims:
            return ""
        process, role = self._luck.choice(victims)
        how = self._luck.choice(STORM)
        with suppress(psutil.Error, ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL if how == "kill" else signal.SIGSTOP)
            self.faults[f"{how} {role}"] += 1
        return f"{how} {role}"


def _pressure() -> list[float]:
    found = re.search(r"^some avg10=(\S+)", PRESSURE.read_text(), re.MULTILINE)
    return [float(found[1])] if found else []


def _role(process: psutil.Process, parent: psutil.Process) -> str:
    words = process.cmdline()
    name = process.name()
    if process == parent:
        return KEEPER
    if words[-2:] == ["appliance", "run"] and process.ppid() == parent.pid:
        return MAIN
    if name.startswith("python") and len(words) > 1:
        return f"audio {words[-2]}" if words[-2] in {"input", "output"} else "helper"
    return name


def environment_of(folder: Path, address: Address, more: Mapping[str, str]) -> dict[str, str]:
    """A box with a state of its own, unknown to the network."""
    own = {
        "APPLIANCE_AUDIO__FOLDER": str(folder / "state"),
        "APPLIANCE_HTTP__BIND": "127.0.0.1",
        "APPLIANCE_HTTP__DISCOVERY": "false",
        "APPLIANCE_HTTP__HELP_PORT": str(address.plain),
        "APPLIANCE_HTTP__NAME": "voicebox",
        "APPLIANCE_HTTP__PORT": str(address.port),
        "APPLIANCE_SESSIONS__MOST": "6",  # whoever has left keeps a place for a while
    }
    return {**os.environ, **own, **more}
