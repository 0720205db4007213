"""Which sticks are looked at, what is taken from them, and what is left on them."""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from appliance.core.errors import ApplianceError
from appliance.device.memory import read_status
from appliance.device.names import host_name
from appliance.device.provision import take_from_sticks
from appliance.device.setup_file import NAME, RefusedFile
from appliance.device.sticks import ANSWER, Run, Stick, find_file, leave_answer, mounted, plugged, run_program
from tests.device.box import box


def disk(
    path: str, *, tran: str | None = "usb", kind: str | None = None, parts: Sequence[Any] = ()
) -> dict[str, Any]:
    return {"path": path, "tran": tran, "fstype": kind, "mountpoints": [None], "children": list(parts)}


def part(path: str, kind: str | None, mounted_at: str | None = None) -> dict[str, Any]:
    return {"path": path, "tran": None, "fstype": kind, "mountpoints": [mounted_at]}


class Sticks:
    """A system with sticks, whose file systems are folders: mounting one is a link to it."""

    def __init__(self, *folders: Path) -> None:
        self.folders = {f"/dev/sd{letter}1": folder for letter, folder in zip("abc", folders, strict=False)}
        self.said: list[tuple[str, ...]] = []

    def __call__(self, command: Sequence[str]) -> str:
        self.said.append(tuple(command))
        match tuple(command):
            case ("lsblk", *_):
                disks = [disk(name[:-1], parts=[part(name, "vfat")]) for name in self.folders]
                return json.dumps({"blockdevices": disks})
            case ("mount", *_, device, point):
                Path(point).rmdir()
                Path(point).symlink_to(self.folders[device])
            case ("umount", *_, point):
                Path(point).unlink()
        return ""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return box(tmp_path / "root")


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def take(run: Run, root: Path) -> list[str]:
    return [outcome.status.state for outcome in take_from_sticks(run, root, root.parent / "point")]


def test_only_sticks_that_nobody_uses_are_looked_at() -> None:
    listing = {
        "blockdevices": [
            disk("/dev/sda", parts=[part("/dev/sda1", "vfat"), part("/dev/sda2", "btrfs")]),
            disk("/dev/sdb", kind="exfat"),
            disk("/dev/sdc", parts=[part("/dev/sdc1", "ext4", "/"), part("/dev/sdc2", "ext4")]),
            disk("/dev/nvme0n1", tran="nvme", parts=[part("/dev/nvme0n1p1", "vfat")]),
            disk("/dev/sdd", tran=None, kind="vfat"),
            disk("/dev/sde", kind=None),
        ]
    }
    found = plugged(lambda _: json.dumps(listing))
    assert found == [Stick("/dev/sda1", "vfat"), Stick("/dev/sdb", "exfat"), Stick("/dev/sdc2", "ext4")]


@pytest.mark.parametrize("answer", ["", "{}", "[]", "3", '{"blockdevices": [3]}', "[" * 5000])
def test_an_answer_that_is_none(answer: str) -> None:
    with pytest.raises(ApplianceError):
        plugged(lambda _: answer)


def test_this_system_can_be_asked() -> None:
    if which("lsblk") is None:
        pytest.skip("no lsblk")
    assert isinstance(plugged(run_program), list)


def test_a_settings_file_is_applied_and_answered(root: Path, stick: Path) -> None:
    (stick / NAME).write_text('name = "kitchen-box"')
    run = Sticks(stick)
    assert take(run, root) == ["applied"]
    assert host_name(root) == "kitchen-box"
    assert "kitchen-box.local" in (stick / ANSWER).read_text()
    options = [command[4] for command in run.said if command[0] == "mount"]
    assert options == ["ro,nosuid,nodev,noexec", "rw,nosuid,nodev,noexec"]


def test_a_stick_that_is_left_in_is_left_alone(root: Path, stick: Path) -> None:
    (stick / NAME).write_text('name = "kitchen-box"')
    take(Sticks(stick), root)
    run = Sticks(stick)
    assert take(run, root) == []
    assert [command[4][:2] for command in run.said if command[0] == "mount"] == ["ro"]


def test_a_wrong_file_is_answered_with_its_mistakes(root: Path, stick: Path) -> None:
    (stick / NAME).write_text('nmae = "kitchen-box"')
    assert take(Sticks(stick), root) == ["refused"]
    assert "did you mean 'name'?" in (stick / ANSWER).read_text()


def test_two_sticks_with_a_file_each_are_one_too_many(root: Path, stick: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for folder in (stick, other):
        (folder / NAME).write_text(f'name = "{folder.name}"')
    assert take(Sticks(stick, other), root) == ["refused"]
    assert host_name(root) == ""
    for folder in (stick, other):
        assert "more than one stick" in (folder / ANSWER).read_text()


def test_sticks_without_a_file_stay_as_they_are(root: Path, stick: Path) -> None:
    (stick / "holiday.jpg").write_text("")
    assert take(Sticks(stick), root) == []
    assert names(stick) == ["holiday.jpg"]


@pytest.mark.parametrize("name", ["APPLIANCE-SETUP.TOML", "appliance-setup.toml.txt", "Appliance-Setup.toml"])
def test_what_a_file_may_be_called(stick: Path, name: str) -> None:
    (stick / name).write_bytes(b"x")
    (stick / f"._{name}").write_bytes(b"of macOS")
    assert find_file(stick) == b"x"


def test_two_files_on_a_stick(stick: Path) -> None:
    for name in (NAME, f"{NAME}.txt"):
        (stick / name).write_bytes(b"")
    with pytest.raises(RefusedFile, match="more than one"):
        find_file(stick)


def test_a_link_to_a_secret_of_the_box_is_not_read(root: Path, stick: Path) -> None:
    secret = root / "etc/shadow"
    secret.write_text("root:hash")
    (stick / NAME).symlink_to(secret)
    assert take(Sticks(stick), root) == ["refused"]
    assert "it is a link" in (stick / ANSWER).read_text()
    assert "hash" not in (stick / ANSWER).read_text()


def test_a_pipe_and_a_folder_are_no_files(stick: Path) -> None:
    os.mkfifo(stick / NAME)
    with pytest.raises(RefusedFile, match="no file"):
        find_file(stick)
    (stick / NAME).unlink()
    (stick / NAME).mkdir()
    with pytest.raises(RefusedFile, match="no file"):
        find_file(stick)


def test_a_file_of_gigabytes_is_not_read_into_memory(root: Path, stick: Path) -> None:
    with (stick / NAME).open("wb") as opened:
        opened.truncate(8 << 30)  # a hole: it takes no room
    assert len(find_file(stick) or b"") < 100_000
    assert take(Sticks(stick), root) == ["refused"]
    status = read_status(root)
    assert status
    assert "more than 64 KB" in status.problems[0]


def test_an_answer_replaces_a_link_and_follows_it_nowhere(stick: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (stick / ANSWER).symlink_to(victim)
    leave_answer(stick, "hello")
    assert victim.read_text() == "mine"
    assert (stick / ANSWER).read_text() == "hello"


def test_an_answer_that_cannot_be_left_is_left_out(stick: Path) -> None:
    (stick / ANSWER).mkdir()
    leave_answer(stick, "hello")
    assert names(stick) == [ANSWER]
    leave_answer(stick / "nowhere", "hello")


def test_a_stick_that_cannot_be_mounted_hides_no_other(
    root: Path, stick: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (stick / NAME).write_text('name = "kitchen-box"')
    run = Sticks(tmp_path / "broken", stick)

    def stumbling(command: Sequence[str]) -> str:
        if command[0] == "mount" and "/dev/sda1" in command:
            raise ApplianceError("mount failed: wrong fs type")
        return run(command)

    assert take(stumbling, root) == ["applied"]
    assert "/dev/sda1 cannot be read: mount failed" in caplog.text


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[str]:
    """A real file system on a loop device."""
    if os.geteuid() != 0 or not all(map(which, ("mkfs.ext4", "losetup", "mount"))):
        pytest.skip("mounting needs root, mkfs.ext4 and losetup")
    source, image = tmp_path / "source", tmp_path / "image"
    source.mkdir()
    (source / NAME).write_text('name = "kitchen-box"')
    with image.open("wb") as opened:
        opened.truncate(4 << 20)
    try:
        run_program(("mkfs.ext4", "-q", "-d", str(source), str(image)))
        device = run_program(("losetup", "--find", "--show", str(image))).strip()
    except ApplianceError as error:
        pytest.skip(f"no loop device: {error}")
    yield device
    subprocess.run(["losetup", "--detach", device], check=True)


def test_a_real_file_system(loop: str, tmp_path: Path) -> None:
    stick, point = Stick(loop, "ext4"), tmp_path / "point"
    with mounted(stick, point, run_program):
        assert find_file(point) == b'name = "kitchen-box"'
        leave_answer(point, "read-only: this is not written")
        assert not (point / ANSWER).exists()
        flags = run_program(("findmnt", "--noheadings", "--output", "OPTIONS", str(point)))
        assert {"ro", "nosuid", "nodev", "noexec"} <= set(flags.strip().split(","))
    with mounted(stick, point, run_program, writable=True):
        leave_answer(point, "hello")
        assert (point / ANSWER).read_text() == "hello"
    assert names(point) == []
