"""The governor on machines made of files."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from appliance.inference.pressure import MOST_ZONES, Places, Pressure, PressureSettings

GB = 1024 * 1024
"""kB."""


@dataclass
class Machine:
    """A machine in a folder, and its clock."""

    folder: Path
    time_s: float = 0.0
    settings: PressureSettings = field(default_factory=PressureSettings)

    def __post_init__(self) -> None:
        self.memory(4 * GB)
        self.stalls(0.0)

    def memory(self, available_kb: int, total_kb: int = 8 * GB) -> None:
        self.places.memory.write_text(
            f"MemTotal:       {total_kb} kB\nMemFree:          100 kB\nMemAvailable:   {available_kb} kB\n"
        )

    def stalls(self, percent: float) -> None:
        self.places.stalls.write_text(
            f"some avg10={percent:.2f} avg60=0.00 avg300=0.00 total=12\n"
            "full avg10=99.00 avg60=0.00 avg300=0.00 total=12\n"
        )

    def zone(self, number: int, heat_c: float, **trips_c: float) -> Path:
        zone = self.places.thermal / f"thermal_zone{number}"
        zone.mkdir(parents=True, exist_ok=True)
        (zone / "type").write_text(f"cpu-{number}\n")
        (zone / "temp").write_text(f"{round(heat_c * 1000)}\n")
        for trip, (kind, heat) in enumerate(trips_c.items()):
            (zone / f"trip_point_{trip}_type").write_text(f"{kind}\n")
            (zone / f"trip_point_{trip}_temp").write_text(f"{round(heat * 1000)}\n")
        return zone

    @property
    def places(self) -> Places:
        return Places(self.folder / "meminfo", self.folder / "memory", self.folder / "thermal")

    def pressure(self) -> Pressure:
        return Pressure(self.settings, self.places, lambda: self.time_s)

    def later(self) -> None:
        self.time_s += self.settings.look_every_s


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_machine_with_room_is_relaxed(machine: Machine) -> None:
    machine.zone(0, 60.0, passive=85.0, critical=100.0)
    pressure = machine.pressure()
    assert pressure.relaxed
    assert pressure.reason == ""


def test_too_little_memory(machine: Machine) -> None:
    machine.memory(8 * GB // 20)
    pressure = machine.pressure()
    assert not pressure.relaxed
    assert pressure.reason == "Only 5 % of the memory (409 MB) is available."


def test_programs_that_wait_for_memory(machine: Machine) -> None:
    machine.stalls(31.4)
    assert machine.pressure().reason == "Programs wait for memory 31 % of the time."


def test_heat(machine: Machine) -> None:
    machine.zone(0, 40.0, passive=85.0)
    machine.zone(3, 83.0, hot=99.0, passive=85.0)
    assert machine.pressure().reason == "cpu-3 has 83 °C, and is slowed down from 85 °C on."


@pytest.mark.parametrize("trips", [{}, {"critical": 80.0}, {"passive": 0.0}, {"passive": -274.0}])
def test_zones_without_a_telling_trip_point_tell_nothing(machine: Machine, trips: dict[str, float]) -> None:
    machine.zone(0, 95.0, **trips)
    assert machine.pressure().relaxed


def test_a_zone_that_cannot_be_read_any_more(machine: Machine) -> None:
    zone = machine.zone(0, 95.0, passive=85.0)
    pressure = machine.pressure()
    assert not pressure.relaxed
    (zone / "temp").unlink()
    machine.later()
    assert pressure.relaxed


def test_nothing_is_known_of_a_machine_without_any_of_it(tmp_path: Path) -> None:
    nowhere = Places(tmp_path / "a", tmp_path / "b", tmp_path / "c")
    assert Pressure(places=nowhere, now=lambda: 0.0).relaxed


@pytest.mark.parametrize(
    "nonsense", ["", "\n\n", "MemAvailable: much kB\n", "MemAvailable:\nMemTotal: 0 kB\n"]
)
def test_nonsense_is_not_pressure(machine: Machine, nonsense: str) -> None:
    machine.places.memory.write_text(nonsense)
    machine.places.stalls.write_text(nonsense + "some avg10=lots")
    assert machine.pressure().relaxed


def test_it_is_looked_at_no_more_often_than_every_so_often(machine: Machine) -> None:
    pressure, answers = machine.pressure(), []
    for passes in (0.0, machine.settings.look_every_s - 0.01, 0.01):
        machine.time_s += passes
        answers.append(pressure.relaxed)
        machine.memory(0)
    assert answers == [True, True, False]


def test_what_is_over_is_over_by_a_margin(machine: Machine) -> None:
    def share(percent: float) -> bool:
        machine.memory(round(8 * GB * percent / 100))
        machine.later()
        return pressure.relaxed

    pressure = machine.pressure()
    assert share(8.5)
    assert not share(7.5)
    assert not share(8.5), "a little better is not enough"
    assert not share(11.9)
    assert share(12.1)
    assert share(8.5)


def test_the_margin_of_heat(machine: Machine) -> None:
    machine.zone(0, 82.5, passive=85.0)
    pressure = machine.pressure()
    relaxed = []
    for heat in (82.5, 81.5, 80.4, 81.5):
        machine.zone(0, heat)
        relaxed.append(pressure.relaxed)
        machine.later()
    assert relaxed == [False, False, True, True]


def test_a_machine_of_countless_zones_costs_no_more_than_one_of_many(machine: Machine) -> None:
    for number in range(MOST_ZONES + 5):
        machine.zone(number, 20.0, passive=85.0)
    last = max(machine.places.thermal.iterdir())
    (last / "temp").write_text("95000\n")
    assert machine.pressure().relaxed


def test_this_very_machine_can_be_asked() -> None:
    pressure = Pressure()
    assert pressure.relaxed is (pressure.reason == "")
