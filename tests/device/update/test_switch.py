"""The switch from slot to slot, cut after each of its steps: something that is whole is started, always."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.device.update.entries import ENTRIES, TRIES, of_slot, preferred, read_entries
from appliance.device.update.switch import SwitchError, activate, bless, retire
from tests.device.update.flashed import VERSION, boot_partition, slot_tree

NEW = "1.3.202602010000"
STEPS = 16
"""At least as many as there are; a test says so."""


def whole_update(esp: Path, tree: Path) -> Iterator[str]:
    """All of it, with what RAUC does between: it writes the slot, piece by piece."""
    yield from retire(esp, "b")
    for number in range(3):
        (esp.parent / "slot-b").write_text(f"{NEW}, {number} of 2")
        yield f"piece {number}"
    yield from activate(esp, "b", tree)


def started(esp: Path) -> tuple[str, str]:
    """Slot and version that the firmware starts, by what the entry says; it must be whole."""
    entry = preferred(read_entries(esp))
    assert entry, "nothing can be started"
    if entry.slot == "b" and entry.version == NEW:
        assert (esp.parent / "slot-b").read_text() == f"{NEW}, 2 of 2"
    for line in entry.path.read_text().splitlines():
        key, _, value = line.partition(" ")
        if key in {"linux", "initrd"}:
            text = (esp / value.lstrip("/")).read_text()
            of = entry.version
            assert text in {f"{key_of(value)} of {of}", f"{key_of(value)} of {of}" * 3}, text[:60]
    return entry.slot, entry.version


def key_of(path: str) -> str:
    return path.rpartition("/")[2]


@pytest.fixture
def esp(tmp_path: Path) -> Path:
    (tmp_path / "slot-b").write_text("0.9, whole")
    return boot_partition(tmp_path / "esp", "appliance-b.conf", "appliance-a.conf")


@pytest.mark.parametrize("cut", range(STEPS + 1))
def test_after_a_cut_at_any_step_a_whole_slot_is_started_and_the_next_update_succeeds(
    cut: int, esp: Path, tmp_path: Path
) -> None:
    tree = slot_tree(tmp_path / "tree", NEW)
    steps = whole_update(esp, tree)
    done = [step for _, step in zip(range(cut), steps, strict=False)]
    steps.close()  # type: ignore[attr-defined]
    new = bool(done) and done[-1].endswith(f"b+{TRIES}.conf is there")
    assert started(esp) == (("b", NEW) if new else ("a", VERSION)), done
    list(whole_update(esp, tree))
    assert started(esp) == ("b", NEW)


def test_no_step_is_left_out(esp: Path, tmp_path: Path) -> None:
    assert 9 <= len(list(whole_update(esp, slot_tree(tmp_path / "tree", NEW)))) <= STEPS


def test_what_is_installed_is_on_trial_and_then_proven(esp: Path, tmp_path: Path) -> None:
    list(whole_update(esp, slot_tree(tmp_path / "tree", NEW)))
    (on_trial,) = of_slot(read_entries(esp), "b")
    assert on_trial.left == TRIES
    list(bless(esp, "b"))
    (proven,) = of_slot(read_entries(esp), "b")
    assert (proven.left, proven.path.name) == (None, "appliance-b.conf")
    assert started(esp) == ("b", NEW)


def test_an_older_version_is_started_when_it_was_installed_last(esp: Path, tmp_path: Path) -> None:
    list(activate(esp, "b", slot_tree(tmp_path / "tree", "0.1")))
    assert started(esp) == ("b", "0.1")


def test_a_slot_whose_tries_have_failed_is_passed_over(esp: Path, tmp_path: Path) -> None:
    list(activate(esp, "b", slot_tree(tmp_path / "tree", NEW)))
    counted = esp / ENTRIES / f"appliance-b+{TRIES}.conf"
    counted.rename(counted.with_name("appliance-b+0-3.conf"))  # as the firmware does
    assert started(esp) == ("a", VERSION)


def test_the_only_slot_that_can_be_started_is_never_retired(tmp_path: Path) -> None:
    esp = boot_partition(tmp_path / "esp", "appliance-a.conf")
    with pytest.raises(SwitchError, match="the only one"):
        list(retire(esp, "a"))
    assert started(esp)[0] == "a"


def test_a_slot_without_a_kernel_is_not_switched_to(esp: Path, tmp_path: Path) -> None:
    tree = slot_tree(tmp_path / "tree", NEW)
    (tree / "usr/lib/appliance-boot/initrd").unlink()
    with pytest.raises(SwitchError, match="no initrd"):
        list(activate(esp, "b", tree))
    assert len(of_slot(read_entries(esp), "b")) == 1
