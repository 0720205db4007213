"""`appliance run` as a person starts it, seen from outside: start-up, memory, and what it costs when idle.

Its sound card is a private PipeWire with a silent microphone.
"""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from appliance.app import open_appliance
from appliance.audio.device import Way
from appliance.core.clock import monotonic
from appliance.settings import load_settings
from appliance.warm import warm_turn
from scripts.bench_audio import cpu_s, serves
from scripts.bench_figures import SPREAD, Plan, Section, Skipped, Table, judged, spread
from tests.virtual_sound import FOREIGN, MISSING, VirtualSound

LIMIT_PERCENT = 5.0
"""Per cent of one core that idling may cost: the limit this project sets itself."""

PATIENCE_S = 180.0
"""s after which an appliance that is not READY will never be."""

SETTLE_S = 3.0
"""s from READY until nothing of the start is left to do."""

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Box:
    """An appliance that is READY."""

    process: psutil.Process
    ready_s: float
    """From the command to READY, the interpreter's start included."""

    def processes(self) -> dict[str, psutil.Process]:
        """All its processes by what they are."""
        return {"keeper": self.process} | {
            _name(child): child for child in self.process.children(recursive=True)
        }


def start(plan: Plan) -> Section:
    """Command → READY, warm turn included; and what of it is engines."""
    models = load_settings(None).models.store_folder()
    with _environment() as environment:
        cached = [_started(environment) for _ in range(plan.starts)]
        cold = []
        for _ in range(plan.starts):
            _evict(models)
            cold.append(_started(environment))
    rows = [
        ("command → READY, models in the page cache", *spread(1000 * s for s in cached)),
        ("command → READY, models read from disk", *spread(1000 * s for s in cold)),
    ]
    parts = asyncio.run(_parts())
    inside = Table(("part (engines start at once)", "ms"), [(name, 1000 * s) for name, s in parts.items()])
    note = (
        "`appliance run` with a silent turn through every engine before READY; Python's own files are cached"
    )
    return Section([Table(("start", *SPREAD), rows), inside], note, {"cached_s": cached, "cold_s": cold})


def memory(_plan: Plan) -> Section:
    """What each process holds after the warm turn."""
    with _environment() as environment, _running(environment) as box:
        threading.Event().wait(SETTLE_S)
        found = {name: _held(process) for name, process in box.processes().items()}
    total = tuple(sum(held[i] for held in found.values()) for i in range(3))
    rows = [(name, *held) for name, held in found.items()]
    rows.append(("**all**", *total))
    columns = ("process", "proportional (PSS) MiB", "resident (RSS) MiB", "greatest RSS MiB")
    note = "after READY; PSS shares what several processes map, so only its sum means anything"
    return Section([Table(columns, rows)], note, found)


def idle(plan: Plan) -> Section:
    """What listening to silence costs."""
    with _environment() as environment, _running(environment) as box:
        threading.Event().wait(SETTLE_S)
        processes = box.processes()
        before, began = {name: cpu_s(process) for name, process in processes.items()}, monotonic()
        threading.Event().wait(plan.idle_s)
        seconds = monotonic() - began
        cost = {name: 100 * (cpu_s(process) - before[name]) / seconds for name, process in processes.items()}
    total = sum(cost.values())
    rows = [(name, percent, "") for name, percent in cost.items()]
    rows.append(("**all**", total, judged(total, LIMIT_PERCENT, "%")))
    note = f"{plan.idle_s:g} s of silence at the microphone, CPU time as the kernel's scheduler counts it"
    return Section([Table(("process", "% of one core", "limit"), rows)], note, cost)


@contextmanager
def _environment() -> Iterator[Mapping[str, str]]:
    """An environment whose sound card, and whose memory of earlier lives, are private ones."""
    if MISSING:
        raise Skipped(f"not installed: {', '.join(MISSING)}")
    with tempfile.TemporaryDirectory(prefix="sound-", ignore_cleanup_errors=True) as folder:
        server = VirtualSound(Path(folder))
        try:
            server.start()
            kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
            yield kept | dict(server.variables) | {"APPLIANCE_AUDIO__FOLDER": str(Path(folder) / "state")}
        finally:
            server.stop()


@contextmanager
def _running(environment: Mapping[str, str]) -> Iterator[Box]:
    """`appliance run`, READY; stopped in the end as systemd stops it."""
    began = monotonic()
    command = (sys.executable, "-u", "-m", "appliance", "run")
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        impatience = threading.Timer(PATIENCE_S, process.kill)
        impatience.start()
        try:
            said = _until_ready(process)
            impatience.cancel()
            if "Listening to" not in said:
                raise Skipped(f"the private sound card does not work: {said}")
            yield Box(psutil.Process(process.pid), monotonic() - began)
        finally:
            impatience.cancel()
            process.terminate()
            process.communicate()  # whoever no longer reads is a terminal that was closed, which is an end of its own


def _until_ready(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    for line in process.stdout:
        if line.startswith("READY"):
            return line.strip()
    raise RuntimeError("the appliance never was READY; `appliance run` says why")


def _started(environment: Mapping[str, str]) -> float:
    with _running(environment) as box:
        return box.ready_s


def _evict(folder: Path) -> None:
    """Ask the kernel to forget the files below a folder, so that they are read from disk again."""
    for path in filter(Path.is_file, folder.rglob("*")):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


async def _parts() -> dict[str, float]:
    """Seconds that each engine takes to load, probe and warm itself, and that the silent turn takes."""
    async with open_appliance(load_settings(None)) as appliance:
        began = monotonic()
        await warm_turn(appliance)
        turn = {"silent turn, spoken in real time": monotonic() - began}
        return {lane.engine: lane.load_s for lane in appliance.scheduler.health().lanes} | turn


def _name(process: psutil.Process) -> str:
    words = process.cmdline()
    if "appliance.inference.entry" in words:
        return words[-1]
    if words[-2:] == ["appliance", "run"]:
        return "main"
    for way, name in ((Way.IN, "microphone"), (Way.OUT, "loudspeaker")):
        if serves(process, way):
            return name
    return process.name()


def _held(process: psutil.Process) -> tuple[float, float, float]:
    """MiB: proportional, resident, and the most that was ever resident."""
    held = process.memory_full_info()
    status = Path(f"/proc/{process.pid}/status").read_text()
    greatest = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert greatest
    return held.pss / MIB, held.rss / MIB, int(greatest[1]) * 1024 / MIB
