"""What may be installed, and what is refused with which words."""

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.device.update.bundle import SYSTEM, Bundle, RefusedBundle
from appliance.device.update.entries import read_entries
from appliance.device.update.rules import Present, check_room, check_system
from appliance.device.update.slots import read_box
from tests.device.update.flashed import COMPATIBLE, VERSION, boot_partition, flashed

NEWER = Bundle(Path("x.raucb"), COMPATIBLE, "1.3", {SYSTEM: 100 << 20})


def present(tmp_path: Path, *entries: str) -> Present:
    esp = boot_partition(tmp_path / "esp", *(entries or ("appliance-b.conf", "appliance-a.conf")))
    return Present(read_box(flashed(tmp_path / "root")), tuple(read_entries(esp)), 1024 << 20)


def test_a_newer_version_for_this_kind_of_box_is_taken(tmp_path: Path) -> None:
    check_system(NEWER, present(tmp_path))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"compatible": "voice-appliance-x86_64-kiosk"}, "the bundle is for voice-appliance-x86_64-kiosk"),
        ({"version": "1.1.202612310000"}, "is older than"),
        ({"version": VERSION}, "runs already"),
        ({"sizes": {SYSTEM: 2048 << 20}}, "does not fit"),
        ({"sizes": {}}, "does not fit"),
    ],
)
def test_others_are_refused(change: dict[str, object], words: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedBundle, match=words):
        check_system(replace(NEWER, **change), present(tmp_path))  # type: ignore[arg-type]


@pytest.mark.parametrize("version", ["1.1", VERSION])
def test_an_older_one_is_taken_when_the_owner_says_so(version: str, tmp_path: Path) -> None:
    check_system(replace(NEWER, version=version), present(tmp_path), older=True)


def test_what_a_version_on_trial_falls_back_to_is_not_overwritten(tmp_path: Path) -> None:
    with pytest.raises(RefusedBundle, match="on trial"):
        check_system(NEWER, present(tmp_path, "appliance-b.conf", "appliance-a+2-1.conf"))


@pytest.mark.parametrize("other", [(), ("appliance-b+0-3.conf",)])
def test_with_nothing_to_fall_back_to_a_version_on_trial_may_be_replaced(
    other: tuple[str, ...], tmp_path: Path
) -> None:
    check_system(NEWER, present(tmp_path, *other, "appliance-a+2-1.conf"))


def test_what_would_fill_a_disk_is_refused() -> None:
    check_room(5 << 20, 5 << 20, "the disk")
    with pytest.raises(RefusedBundle, match="the disk has 4 MB free, 6 are needed"):
        check_room(5 << 20, 4 << 20, "the disk")
