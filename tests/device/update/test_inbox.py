"""What comes by itself is taken into root's hands, once, and never where it would fill the disk."""

from pathlib import Path

import pytest

from appliance.device.update.bundle import RefusedBundle
from appliance.device.update.inbox import (
    INCOMING,
    TAIL,
    UPLOAD,
    copy_in,
    find_bundle,
    mark,
    remember,
    seen,
    take_upload,
    uploaded,
)
from tests.device.update.flashed import write


def test_an_upload_becomes_roots(tmp_path: Path) -> None:
    assert not uploaded(tmp_path)
    write(tmp_path / UPLOAD, "a bundle")
    (tmp_path / UPLOAD).chmod(0o666)
    assert uploaded(tmp_path)
    taken = take_upload(tmp_path)
    assert (taken, taken.read_text()) == (tmp_path / INCOMING, "a bundle")
    assert taken.stat().st_mode & 0o777 == 0o600
    assert not uploaded(tmp_path)


def test_a_link_in_its_place_is_refused_and_gone(tmp_path: Path) -> None:
    (tmp_path / UPLOAD).parent.mkdir(parents=True)
    (tmp_path / UPLOAD).symlink_to("/etc/shadow")
    assert uploaded(tmp_path)
    with pytest.raises(RefusedBundle, match="no file"):
        take_upload(tmp_path)
    assert not uploaded(tmp_path)


def test_a_stick_has_one_bundle_or_none(tmp_path: Path) -> None:
    assert find_bundle(tmp_path) is None
    for name in ("._update.raucb", "music.mp3"):
        (tmp_path / name).touch()
    assert find_bundle(tmp_path) is None
    (tmp_path / "UPDATE.RAUCB").touch()
    assert find_bundle(tmp_path) == tmp_path / "UPDATE.RAUCB"
    (tmp_path / "old.raucb").touch()
    with pytest.raises(RefusedBundle, match="more than one"):
        find_bundle(tmp_path)


def test_it_is_copied_whole(tmp_path: Path) -> None:
    write(tmp_path / "stick/x.raucb", "a bundle")
    write(tmp_path / INCOMING, "of an update whose power was cut")
    assert copy_in(tmp_path / "stick/x.raucb", tmp_path).read_text() == "a bundle"


def test_folders_links_and_what_is_gone_are_not(tmp_path: Path) -> None:
    (tmp_path / "x.raucb").mkdir()
    (tmp_path / "y.raucb").symlink_to("/etc/shadow")
    for source in (tmp_path / "x.raucb", tmp_path / "y.raucb", None):
        with pytest.raises(RefusedBundle):
            copy_in(source, tmp_path)


def test_what_would_fill_the_disk_is_not_copied(tmp_path: Path) -> None:
    huge = tmp_path / "x.raucb"
    with huge.open("wb") as file:
        file.truncate(1 << 43)  # sparse: nobody's disk has 8 TB free
    with pytest.raises(RefusedBundle, match="needed"):
        copy_in(huge, tmp_path)


def test_a_bundle_is_known_again_by_its_end(tmp_path: Path) -> None:
    one, other = tmp_path / "1.raucb", tmp_path / "2.raucb"
    one.write_bytes(bytes(3 * TAIL) + b"signature 1")
    other.write_bytes(bytes(3 * TAIL) + b"signature 2")
    (tmp_path / INCOMING).parent.mkdir(parents=True)
    assert not seen(tmp_path, mark(one))
    remember(tmp_path, mark(one))
    assert seen(tmp_path, mark(one))
    assert not seen(tmp_path, mark(other))
