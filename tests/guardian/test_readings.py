"""Machines made of files, and this very one."""

import os
from pathlib import Path

import pytest

from appliance.guardian.readings import MB, MOST_ZONES, Heat, Instruments, Places, Readings
from tests.guardian.machine import GB, Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_memory_and_swap(machine: Machine) -> None:
    machine.memory(2 * GB, swap=(GB, 4 * GB))
    read = machine.read()
    assert (read.available_mb, read.total_mb, read.available_percent) == (2048, 8192, 25)
    assert read.free_swap_percent == 25


def test_without_swap_space_none_of_it_is_used(machine: Machine) -> None:
    assert machine.read().free_swap_percent == 100


def test_stalls(machine: Machine) -> None:
    machine.stalls(31.4)
    assert machine.read().stalled_percent == 31.4


def test_the_lowest_telling_trip_point_counts(machine: Machine) -> None:
    machine.zone(0, 40.0, passive=85.0, critical=70.0)
    machine.zone(3, 83.0, hot=99.0, passive=85.0)
    assert machine.read().heats == (Heat("cpu-0", 40, 85), Heat("cpu-3", 83, 85))


@pytest.mark.parametrize("trips", [{}, {"critical": 80.0}, {"passive": 0.0}, {"passive": -274.0}])
def test_zones_without_a_telling_trip_point_tell_nothing(machine: Machine, trips: dict[str, float]) -> None:
    machine.zone(0, 95.0, **trips)
    assert machine.read().heats == ()


def test_a_zone_that_cannot_be_read_any_more(machine: Machine) -> None:
    zone = machine.zone(0, 95.0, passive=85.0)
    instruments = Instruments(machine.places)
    assert len(instruments.read().heats) == 1
    (zone / "temp").unlink()
    assert instruments.read().heats == ()


def test_a_machine_of_countless_zones_costs_no_more_than_one_of_many(machine: Machine) -> None:
    for number in range(MOST_ZONES + 5):
        machine.zone(number, 20.0, passive=85.0)
    assert len(machine.read().heats) == MOST_ZONES


def test_a_group_with_less_memory_than_the_machine_counts(machine: Machine) -> None:
    machine.places.own_group.write_text("0::/system.slice/appliance.service\n")
    stat = f"anon {700 * MB}\nactive_file {50 * MB}\ninactive_file {150 * MB}"
    machine.group("system.slice", max="max", current=900 * MB)
    machine.group("system.slice/appliance.service", max=1024 * MB, high="max", current=900 * MB, stat=stat)
    read = machine.read()
    assert (read.total_mb, read.available_mb) == (1024, 324), "pages of files can be given back"


def test_so_does_one_around_it_and_where_it_slows_down(machine: Machine) -> None:
    machine.places.own_group.write_text("0::/a/b\n")
    machine.group("a", max=2048 * MB, high=1024 * MB, current=1500 * MB, stat="")
    machine.group("a/b", max="max", high="max", current=100 * MB)
    read = machine.read()
    assert (read.total_mb, read.available_mb) == (1024, 0)


@pytest.mark.parametrize("group", ["", "3:memory:/x\n", "0::/gone\n", "0::/../../elsewhere\n", "nonsense"])
def test_without_such_a_group_the_machine_counts(machine: Machine, group: str) -> None:
    machine.places.own_group.write_text(group)
    assert machine.read().total_mb == 8192


def test_nothing_is_known_of_a_machine_without_any_of_it(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    read = Instruments(Places(*[nowhere] * 6)).read()
    assert read.available_percent == 100
    assert (read.free_swap_percent, read.stalled_percent, read.heats) == (100, 0, ())


@pytest.mark.parametrize(
    "nonsense", ["", "\n\n", "MemAvailable: much kB\n", "MemAvailable:\nMemTotal: 0 kB\n", "SwapTotal: 5\n"]
)
def test_nonsense_is_not_a_shortage(machine: Machine, nonsense: str) -> None:
    machine.places.memory.write_text(nonsense)
    machine.places.stalls.write_text(nonsense + "some avg10=lots")
    read = machine.read()
    assert (read.available_percent, read.free_swap_percent, read.stalled_percent) == (100, 100, 0)


def test_the_size_of_a_process(machine: Machine) -> None:
    machine.process(77, pages=2560)
    instruments = Instruments(machine.places)
    assert instruments.resident_mb(77) == 2560 * os.sysconf("SC_PAGE_SIZE") / MB
    assert instruments.resident_mb(78) == 0


def test_the_disk_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    read = Instruments(Places(disk=tmp_path / "a" / "b")).read()
    assert 0 < read.free_disk_mb < float("inf")


def test_this_very_machine_can_be_asked() -> None:
    instruments = Instruments()
    read = instruments.read()
    assert 0 < read.available_mb < read.total_mb
    assert instruments.resident_mb(os.getpid()) > 5
    assert Readings().available_percent == 100
