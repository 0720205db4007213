"""What a box does once in its life is done once; on somebody's laptop never."""

from pathlib import Path

import pytest

from appliance.device.firsts import ATTEMPTS, FILE, Firsts
from appliance.device.memory import Status


def test_a_program_that_somebody_starts_owes_nothing(tmp_path: Path) -> None:
    for status in (None, Status(welcome=False)):
        firsts = Firsts(tmp_path, status)
        assert [firsts.owes_welcome, firsts.owes_echo, firsts.a_box] == [False] * 3


def test_a_box_does_everything_once(tmp_path: Path) -> None:
    firsts = Firsts(tmp_path, Status())
    assert firsts.owes_welcome
    assert firsts.owes_echo
    firsts.welcomed()
    firsts.measured(well=True)
    for later in (firsts, Firsts(tmp_path, Status())):
        assert [later.owes_welcome, later.owes_echo] == [False] * 2


def test_a_box_without_sound_gives_up_measuring(tmp_path: Path) -> None:
    for _ in range(ATTEMPTS):
        firsts = Firsts(tmp_path, Status())
        assert firsts.owes_echo
        firsts.measured(well=False)
    assert not Firsts(tmp_path, Status()).owes_echo


@pytest.mark.parametrize("status", [None, Status()])
def test_the_owner_may_want_it_again(tmp_path: Path, status: Status | None) -> None:
    Firsts(tmp_path, status).measured(well=True)
    Firsts(tmp_path, status).measure_next()
    firsts = Firsts(tmp_path, status)
    assert firsts.owes_echo
    firsts.measured(well=False)
    assert not Firsts(tmp_path, status).owes_echo


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"attempts": "many"}', "[" * 5000])
def test_a_damaged_file_is_an_empty_one(tmp_path: Path, damage: str) -> None:
    (tmp_path / FILE).write_text(damage)
    firsts = Firsts(tmp_path, Status())
    assert firsts.owes_welcome
    firsts.welcomed()
    assert not Firsts(tmp_path, Status()).owes_welcome


def test_a_folder_that_cannot_be_written_costs_no_more_than_another_hello(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    firsts = Firsts(tmp_path / "file" / "below", Status())
    firsts.welcomed()
    assert not firsts.owes_welcome
