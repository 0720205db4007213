"""What is remembered of settings files survives, and damage to it is no obstacle."""

from pathlib import Path

import pytest

from appliance.device.files import write_all
from appliance.device.memory import APPLIED, STATUS, Memory, Status, read_status, recall, shown
from appliance.device.provision import apply
from tests.device.box import WHOLE, box, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return box(tmp_path)


@pytest.mark.parametrize("damage", ["", "{", '{"digest": 3}', '{"network": ["../../x"]', "[" * 5000])
def test_a_memory_that_is_damaged_is_empty(root: Path, damage: str) -> None:
    write(root / APPLIED, damage)
    write(root / STATUS, damage)
    assert recall(root).digest == ""
    assert apply(WHOLE, root)
    assert recall(root).knows(WHOLE)
    assert read_status(root)


def test_there_and_back(root: Path) -> None:
    memory = Memory().after(b"x", ("a", "b"), "everything").after(b"y", (), None)
    status = Status("refused", "now", (), ("“ä”",), welcome=False)
    write_all(root, [memory.file(), status.file()])
    assert recall(root) == memory
    assert (memory.knows(b"y"), memory.knows(b"x"), memory.later_sticks) == (True, False, "everything")
    assert read_status(root) == status
    assert shown(status)["problems"] == ("“ä”",)


def test_where_nothing_was_set_up_there_is_nothing_to_tell(root: Path) -> None:
    assert read_status(root) is None
    assert shown(None) == {}
