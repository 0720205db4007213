"""Names of boot entries mean what systemd-boot means by them."""

from pathlib import Path

import pytest

from appliance.device.update.entries import ENTRIES, TRIES, numbered, preferred, read_entries
from scripts.image import disk
from tests.device.update.flashed import boot_partition, write


def test_the_image_counts_as_we_do() -> None:
    assert disk.TRIES == TRIES


@pytest.mark.parametrize(
    ("name", "slot", "left"),
    [
        ("appliance-a.conf", "a", None),
        ("appliance-b+3.conf", "b", 3),
        ("appliance-b+2-1.conf", "b", 2),
        ("APPLIANCE-B+0-3.CONF", "b", 0),
    ],
)
def test_names_tell_slot_and_tries(name: str, slot: str, left: int | None, tmp_path: Path) -> None:
    write(tmp_path / ENTRIES / name, "title x\nversion 7-1.2.3\n")
    (entry,) = read_entries(tmp_path)
    assert (entry.slot, entry.left, entry.generation, entry.version) == (slot, left, 7, "1.2.3")


def test_what_is_no_entry_of_ours_is_left_out(tmp_path: Path) -> None:
    for name in (
        "debian.conf",
        "appliance-c.conf",
        "appliance-a.conf.new",
        "appliance-a+x.conf",
        "reset-a.conf",
    ):
        write(tmp_path / ENTRIES / name, "version 1-1\n")
    write(tmp_path / ENTRIES / "appliance-a.conf", "title without a version\n")
    assert read_entries(tmp_path) == []
    assert read_entries(tmp_path / "nowhere") == []


def test_what_has_failed_comes_last_and_then_what_was_installed_last_comes_first(tmp_path: Path) -> None:
    assert preferred([]) is None
    esp = boot_partition(tmp_path, "appliance-a.conf", "appliance-b+0-3.conf")
    chosen = preferred(read_entries(esp))
    assert chosen
    assert chosen.slot == "a"


def test_the_generation_replaces_the_one_of_the_slot() -> None:
    text = numbered(disk.entry("b", "1.2"), 41)
    assert "version 41-1.2\n" in text
    assert numbered(text, 42).count("version 42-1.2\n") == 1
