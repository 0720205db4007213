"""What the log and the flight recorder cost: µs per event, MB of memory, and what survives `kill -9`.

.venv/bin/python scripts/bench_recorder.py [EVENTS]
"""

import logging
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from appliance.diagnosis import budget
from appliance.diagnosis.events import note
from appliance.diagnosis.flight import FlightRecorder
from appliance.diagnosis.log_file import LogFile
from appliance.diagnosis.logs import configure
from appliance.diagnosis.ring import live
from appliance.diagnosis.settings import DiagnosisSettings

log = logging.getLogger("appliance.bench")

LIVES = 20
"""Programs that are killed."""

VICTIM = """
import logging, sys
from pathlib import Path
from appliance.diagnosis import budget
from appliance.diagnosis.events import note
from appliance.diagnosis.flight import FlightRecorder
from appliance.diagnosis.logs import configure
from appliance.diagnosis.settings import DiagnosisSettings
budget.BURST = budget.ALL_BURST = 10**9
configure(logging.WARNING).add(FlightRecorder(Path(sys.argv[1]), DiagnosisSettings(), lambda *_: None))
number = 0
while True:
    number += 1
    note(logging.getLogger("appliance.x"), logging.DEBUG, "state", number=number)
    print(number, flush=True)
"""


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def per_event_us(events: int) -> list[float]:
    """µs of each of so many events, as the event loop has them."""
    took = []
    for number in range(events):
        began = time.perf_counter_ns()
        note(
            log,
            logging.DEBUG,
            "state",
            session="local",
            turn=number,
            state="thinking",
            after="UtteranceEnded",
        )
        took.append((time.perf_counter_ns() - began) / 1000)
    return took


def show(name: str, took: list[float]) -> None:
    took.sort()
    figures = (statistics.median(took), took[int(len(took) * 0.99)], took[-1])
    print(f"{name:<44} p50 {figures[0]:7.1f} µs   p99 {figures[1]:7.1f} µs   max {figures[2]:8.1f} µs")


def killed(folder: Path) -> tuple[int, int]:
    """The last event that a program said it had noted before it was killed, and the last that was found."""
    with subprocess.Popen([sys.executable, "-c", VICTIM, folder], stdout=subprocess.PIPE) as victim:
        assert victim.stdout
        for _ in range(3000):
            said = int(victim.stdout.readline())
        victim.send_signal(signal.SIGKILL)
        said = max([said, *(int(line) for line in victim.stdout if line.endswith(b"\n"))])
    return said, live(folder / "ring")[-1]["number"]


def main() -> None:
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    budget.BURST = budget.ALL_BURST = 10**9  # what is withheld costs less
    with tempfile.TemporaryDirectory() as name:
        folder, out, before = Path(name), configure(logging.WARNING), resident_mb()
        show("nobody wants to know", per_event_us(events))
        recorder = FlightRecorder(folder, DiagnosisSettings(), lambda *_: None)
        out.add(recorder)
        show("flight recorder", per_event_us(events))
        print(f"{'memory of the recorder, ring full':<44} {resident_mb() - before:.1f} MB")
        began = time.perf_counter()
        path = recorder.report("bench")
        assert path
        size_kb = path.stat().st_size // 1024
        print(f"{'a report':<44} {(time.perf_counter() - began) * 1000:.0f} ms, {size_kb} KB")
        file = LogFile(folder, logging.DEBUG)
        out.add(file)
        show("flight recorder and log file", per_event_us(min(events, 1500)))
        out.remove(file)
        out.remove(recorder)
        lives = [killed(folder / str(life)) for life in range(LIVES)]
        lost = [max(0, said - found) for said, found in lives]
        print(f"{'killed with SIGKILL':<44} {LIVES} times, events lost: {sum(lost)}")


if __name__ == "__main__":
    main()
