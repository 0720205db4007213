"""On what the bench has run: the machine, how quiet it was, the day, the commit."""

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

from appliance.core import clock

BUSY_PERCENT = 10.0
"""Per cent of all cores that others may use before the bench says that the machine is not quiet."""

LISTEN_S = 3.0
"""s for which the machine is watched: the load average remembers minutes that are over."""


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine at the moment before the first measurement."""

    cpu: str
    cores: int
    memory_gib: float
    kernel: str
    python: str
    load: float
    """Of the last minute."""
    busy_percent: float
    """Of all cores together, just now."""
    date: str
    commit: str

    @property
    def noise(self) -> str:
        """A warning when others use the machine; empty when it is quiet."""
        if self.busy_percent <= BUSY_PERCENT:
            return ""
        return (
            f"The machine is not quiet: others use {self.busy_percent:.0f} % of its cores (load {self.load:.2f}). "
            "The figures below are worse than they need be."
        )

    def __str__(self) -> str:
        return (
            f"{self.cpu}, {self.cores} cores, {self.memory_gib:.0f} GiB, Linux {self.kernel}, Python {self.python}, "
            f"load {self.load:.2f} and {self.busy_percent:.0f} % busy before; {self.date}, commit {self.commit}"
        )


def this_machine() -> Machine:
    """Look at it for a few seconds."""
    busy = psutil.cpu_percent(LISTEN_S)
    return Machine(
        cpu=_cpu(),
        cores=psutil.cpu_count(logical=False) or os.cpu_count() or 1,
        memory_gib=psutil.virtual_memory().total / 2**30,
        kernel=platform.release(),
        python=platform.python_version(),
        load=os.getloadavg()[0],
        busy_percent=busy,
        date=f"{clock.wall():%Y-%m-%d}",
        commit=_commit(),
    )


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    board = Path("/proc/device-tree/model")  # arm64 has no model name, but boards have one
    return next(names, board.read_text().strip("\0") if board.exists() else platform.machine())


def _commit() -> str:
    commit = _git("rev-parse", "--short", "HEAD") or "unknown"
    return f"{commit} with changes" if _git("status", "--porcelain", "--", "appliance") else commit


def _git(*arguments: str) -> str:
    """What git says; nothing where there is no repository."""
    root = Path(__file__).parents[1]
    done = subprocess.run(["git", *arguments], cwd=root, check=False, capture_output=True, text=True)
    return done.stdout.strip()
