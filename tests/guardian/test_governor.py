"""The governor over a household that writes down what it is told, on virtual time."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from appliance.core import clock
from appliance.guardian.governor import Body, Governor
from appliance.guardian.levels import Level
from appliance.guardian.readings import Instruments
from appliance.guardian.settings import GovernorSettings
from tests.guardian.machine import GB, Machine
from tests.virtual_time import run

SETTINGS = GovernorSettings(settle_s=10, calm_s=60, patience_s=20)
PERCENT = 8 * GB // 100
"""kB."""


class House:
    """A `Household`."""

    def __init__(self) -> None:
        self.busy = False
        self.needs_mb = 0.0
        self.told: list[tuple[float, Level, str]] = []
        self.renewed: list[str] = []
        self.sizes: dict[str, tuple[int, float]] = {}
        self.began = clock.now()

    def resting(self) -> bool:
        return not self.busy

    def bodies(self) -> Sequence[Body]:
        return [
            Body(name, pid, budget_mb, partial(self._renew, name))
            for name, (pid, budget_mb) in self.sizes.items()
        ]

    def _renew(self, name: str, reason: str) -> None:
        self.renewed.append(f"{name}: {reason}")

    def apply(self, level: Level, reason: str) -> None:
        self.told.append((round(clock.now() - self.began), level, reason))

    def more_mb(self, level: Level) -> float:
        return self.needs_mb

    @property
    def levels(self) -> list[tuple[float, Level]]:
        return [(when, level) for when, level, _ in self.told]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def tell(machine: Machine, *story: tuple[float, Callable[[House], object]]) -> tuple[House, Governor]:
    """Do each thing, then let so many seconds pass."""

    async def main() -> tuple[House, Governor]:
        house = House()
        governor = Governor(SETTINGS, Instruments(machine.places), house)
        for index, (seconds, deed) in enumerate(story):
            deed(house)
            if index == 0:
                governing = asyncio.create_task(governor.run())
            await asyncio.sleep(seconds)
        governing.cancel()
        return house, governor

    return run(main(), limit_s=100_000)


def test_memory_runs_out_and_comes_back(machine: Machine) -> None:
    house, governor = tell(
        machine,
        (10, lambda _: machine.memory(40 * PERCENT)),
        (100, lambda _: machine.memory(1 * PERCENT)),
        (1000, lambda _: machine.memory(40 * PERCENT)),
    )
    assert [int(level) for _, level in house.levels] == [1, 2, 3, 4, 3, 2, 1, 0]
    reasons = [reason for _, _, reason in house.told]
    assert reasons[0] == "Only 1 % of the memory (82 MB) is available."
    assert reasons[-1] == "there is room again"
    assert [when for when, _ in house.levels[:4]] == [10, 20, 30, 40]
    assert governor.relaxed
    assert governor.line == ""


def test_it_says_in_words_what_it_does_without_and_why(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    _, governor = tell(machine, (15, lambda _: machine.memory(5 * PERCENT)))
    reason = "Only 5 % of the memory (410 MB) is available."
    assert governor.line == f"with short answers and a short memory: {reason}"
    assert caplog.messages == [
        f"Going on preparing no answers ahead: {reason}",
        f"Going on with short answers and a short memory: {reason}",
    ]


def test_steps_wait_for_a_moment_of_rest_but_not_for_ever(machine: Machine) -> None:
    def busy(house: House) -> None:
        house.busy = True
        machine.memory(5 * PERCENT)

    house, _ = tell(machine, (100, busy))
    assert house.levels == [(0, Level.CERTAIN), (30, Level.BRIEF)]


def test_a_step_down_is_taken_in_the_first_moment_of_rest(machine: Machine) -> None:
    def busy(house: House) -> None:
        house.busy = True
        machine.memory(5 * PERCENT)

    def rest(house: House) -> None:
        house.busy = False

    house, _ = tell(machine, (15, busy), (100, rest))
    assert house.levels == [(0, Level.CERTAIN), (16, Level.BRIEF)]


def test_steps_up_wait_for_rest_as_long_as_it_takes(machine: Machine) -> None:
    def busy(house: House) -> None:
        house.busy = True
        machine.memory(40 * PERCENT)

    house, governor = tell(machine, (5, lambda _: machine.memory(7 * PERCENT)), (5000, busy))
    assert governor.level is Level.CERTAIN
    assert len(house.told) == 1


def test_no_larger_model_comes_back_before_there_is_room_for_it(machine: Machine) -> None:
    def roomy(house: House) -> None:
        house.needs_mb = 2000
        machine.memory(30 * PERCENT)  # 2.4 GB: with 2 GB less, 5 %

    _, governor = tell(machine, (5, lambda _: machine.memory(7 * PERCENT)), (5000, roomy))
    assert governor.level == Level.CERTAIN
    _, governor = tell(
        machine,
        (5, lambda _: machine.memory(7 * PERCENT)),
        (5000, roomy),
        (5000, lambda _: machine.memory(50 * PERCENT)),
    )
    assert governor.level == Level.FULL


def test_a_process_that_has_grown_is_renewed_when_nobody_speaks(machine: Machine) -> None:
    machine.process(7, pages=100_000)

    def grown(house: House) -> None:
        house.busy = True
        house.sizes = {"smollm2": (7, 300.0), "sphinx": (0, 300.0)}

    def rest(house: House) -> None:
        house.busy = False

    house, _ = tell(machine, (99, grown))
    assert house.renewed == []
    house, governor = tell(machine, (99, grown), (2, rest))
    assert house.renewed == ["smollm2: it has grown to 391 MB, beyond 300"]
    assert round(governor.sizes_mb["smollm2"]) == 391


def test_a_full_disk_stops_recording_and_nothing_else(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> list[tuple[bool, Level]]:
        found, house = [], House()
        governor = Governor(GovernorSettings(disk_mb=0), Instruments(machine.places), house)
        governor.look()
        found.append((governor.may_record, governor.level))
        free = governor.readings.free_disk_mb
        for limit_mb in (free * 2, free / 1.2, free / 2):  # the disk stays, the limit moves
            governor._settings = GovernorSettings(disk_mb=int(limit_mb))
            governor.look()
            found.append((governor.may_record, governor.level))
        return found

    assert run(main()) == [(True, 0), (False, 0), (False, 0), (True, 0)]
    assert caplog.messages[-1] == "There is room on the disk again: recording goes on."
