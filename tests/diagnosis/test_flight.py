"""The flight recorder: what makes it write, how often, and what the next life finds."""

import faulthandler
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from appliance.diagnosis.entries import Entry
from appliance.diagnosis.flight import PAUSE_S, TRIGGERS, FlightRecorder
from appliance.diagnosis.reports import load
from appliance.diagnosis.settings import DiagnosisSettings

CRASH = """
import ctypes, pathlib, sys
from appliance.diagnosis.flight import FlightRecorder
from appliance.diagnosis.settings import DiagnosisSettings
recorder = FlightRecorder(pathlib.Path(sys.argv[1]), DiagnosisSettings(), lambda _, work: work())
recorder.write({"t": 1.0, "level": "info", "event": "state", "state": "hearing"})
ctypes.string_at(0)
"""


class Life:
    """A recorder, the clock it has, and what it wants to do later."""

    def __init__(self, folder: Path, minutes: int = 10) -> None:
        self.now = 1000.0
        self.later: list[Callable[[], None]] = []
        self.kept: list[Path] = []
        self.recorder = FlightRecorder(
            folder,
            DiagnosisSettings(flight_minutes=minutes),
            lambda _, work: self.later.append(work),
            self.kept.append,
            lambda: self.now,
        )

    def write(self, event: str, level: str = "info") -> None:
        self.recorder.write({"t": self.now, "level": level, "event": event})

    def reports(self) -> list[tuple[str, list[str]]]:
        """Reason and events of each."""
        found = []
        for path in self.recorder.reports.all():
            head, entries = load(path)
            found.append((head["reason"], [entry["event"] for entry in entries]))
        return found


@pytest.fixture(autouse=True)
def _faulthandler() -> Iterator[None]:
    """Pytest has its own."""
    yield
    if sys.__stderr__:
        faulthandler.enable(sys.__stderr__)


@pytest.mark.parametrize("trigger", sorted(TRIGGERS))
def test_a_failure_is_written_down_with_what_led_to_it_and_what_followed(
    tmp_path: Path, trigger: str
) -> None:
    life = Life(tmp_path)
    life.write("state")
    life.write(trigger)
    life.write("engine.ready")
    assert life.reports() == []
    for work in life.later:
        work()
    assert life.reports() == [(trigger, ["state", trigger, "engine.ready"])]
    assert life.kept == life.recorder.reports.all()
    life.recorder.close()


def test_whatever_is_an_error_is_a_failure(tmp_path: Path) -> None:
    life = Life(tmp_path)
    life.write("line", "warning")
    assert life.later == []
    life.write("line", "error")
    assert len(life.later) == 1
    life.recorder.close()


def test_a_fault_in_a_loop_is_one_report(tmp_path: Path) -> None:
    life = Life(tmp_path)
    for _ in range(100):
        life.write("crash")
    life.now += PAUSE_S
    life.write("crash")
    assert len(life.later) == 2
    life.recorder.close()


def test_only_the_last_minutes_count(tmp_path: Path) -> None:
    life = Life(tmp_path, minutes=1)
    life.write("old")
    life.now += 61
    life.write("crash")
    life.later[0]()
    assert life.reports() == [("crash", ["crash"])]
    life.recorder.close()


def test_a_failure_shortly_before_the_end_is_written_at_the_end(tmp_path: Path) -> None:
    life = Life(tmp_path)
    life.write("crash")
    life.recorder.close()
    for work in life.later:
        work()
    assert life.reports() == [("crash", ["crash"])]


def test_a_life_that_ended_well_leaves_no_report(tmp_path: Path) -> None:
    Life(tmp_path).recorder.close()
    life = Life(tmp_path)
    assert life.reports() == []
    life.recorder.close()


def test_a_native_crash_is_told_by_the_next_life(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", CRASH, tmp_path], check=False, capture_output=True)
    assert ended.returncode < 0
    life = Life(tmp_path)
    (path,) = life.recorder.reports.all()
    head, entries = load(path)
    assert head["reason"] == "died"
    assert head["fatal"][0] == "Fatal Python error: Segmentation fault"
    assert entries[-1]["state"] == "hearing"
    life.recorder.close()
    again = Life(tmp_path)
    assert again.recorder.reports.all() == [path]
    again.recorder.close()


def test_a_folder_that_cannot_be_used_harms_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    life = Life(tmp_path / "file")
    life.write("crash")
    life.later[0]()
    assert life.reports() == []
    life.recorder.close()


def test_it_takes_everything(tmp_path: Path) -> None:
    life = Life(tmp_path)
    odd: Entry = {"t": 1.0, "level": "info", "event": "odd", "what": {1, 2}}
    life.recorder.write(odd)
    life.recorder.close()
