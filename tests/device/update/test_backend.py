"""RAUC's questions about the boot loader get RAUC's answers."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from appliance.core.errors import ApplianceError
from appliance.device.update import backend
from appliance.device.update.backend import do
from appliance.device.update.entries import preferred, read_entries
from appliance.device.update.slots import read_box
from tests.device.update.flashed import boot_partition, flashed, nothing_runs, slot_tree


def asked(esp: Path, root: Path, *words: str) -> str:
    return do(words, esp, read_box(root), nothing_runs)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return flashed(tmp_path / "root")


def test_it_says_which_slot_is_started_and_which_is_good(root: Path, tmp_path: Path) -> None:
    esp = boot_partition(tmp_path / "esp", "appliance-a.conf", "appliance-b+0-3.conf")
    assert asked(esp, root, "get-primary") == "a"
    assert asked(esp, root, "get-state", "a") == "good"
    assert asked(esp, root, "get-state", "b") == "bad"
    assert asked(tmp_path / "nowhere", root, "get-primary") == "a"


def test_a_bad_slot_is_started_no_more_and_a_good_one_is_counted_no_more(root: Path, tmp_path: Path) -> None:
    esp = boot_partition(tmp_path / "esp", "appliance-a.conf", "appliance-b+2-1.conf")
    asked(esp, root, "set-state", "b", "good")
    assert asked(esp, root, "get-primary") == "b"
    assert [entry.left for entry in read_entries(esp)] == [None, None]
    asked(esp, root, "set-state", "b", "bad")
    assert asked(esp, root, "get-state", "b") == "bad"


def test_the_new_slot_is_mounted_and_its_kernel_copied(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = tmp_path / "run/slot"
    monkeypatch.setattr(backend, "MOUNT_POINT", point)
    said: list[Sequence[str]] = []

    def run(command: Sequence[str]) -> str:
        said.append(command)
        if command[0] == "mount":
            slot_tree(point, "1.3")
        return ""

    esp = boot_partition(tmp_path / "esp", "appliance-a.conf")
    do(("set-primary", "b"), esp, read_box(root), run)
    entry = preferred(read_entries(esp))
    assert entry
    assert (entry.slot, entry.version, entry.left) == ("b", "1.3", 3)
    assert [command[0] for command in said] == ["mount", "umount"]


@pytest.mark.parametrize("words", [(), ("set-primary", "c"), ("reboot",), ("set-state", "b", "splendid")])
def test_other_questions_are_none(words: tuple[str, ...], root: Path, tmp_path: Path) -> None:
    with pytest.raises(ApplianceError, match="no such question"):
        asked(boot_partition(tmp_path / "esp", "appliance-a.conf"), root, *words)
