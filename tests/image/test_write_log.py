"""A log of writes gives back the disk as it was at any moment."""

import random
import struct
from pathlib import Path

import pytest

from scripts.image.write_log import MAGIC, Write, apply, kept, mark, read_log

SECTOR = 512


def log(*entries: tuple[int, bytes, int]) -> bytes:
    """As QEMU writes it: sector, data, flags."""
    made = struct.pack("<QQQI", MAGIC, 1, len(entries), SECTOR).ljust(SECTOR, b"\0")
    for sector, data, flags in entries:
        made += struct.pack("<QQQQ", sector, len(data) // SECTOR, flags, 0).ljust(SECTOR, b"\0")
        made += b"" if flags & 4 else data
    return made


@pytest.fixture
def writes(tmp_path: Path) -> list[Write]:
    path = tmp_path / "log"
    path.write_bytes(log(
        (0, b"a" * SECTOR, 0), (0, b"", 1), (1, b"b" * SECTOR, 0), (2, b"c" * SECTOR, 0), (0, bytes(SECTOR), 4),
    ))  # fmt: skip
    return read_log(path)


def test_all_writes_are_read_in_order(writes: list[Write]) -> None:
    assert [(write.start, write.data[:1], write.flush, write.length) for write in writes] == [
        (0, b"a", False, 512), (0, b"", True, 0), (512, b"b", False, 512), (1024, b"c", False, 512),
        (0, b"", False, 512),
    ]  # fmt: skip
    assert mark(writes, b"bbb") == 3


def test_a_cut_keeps_what_was_before_it(writes: list[Write], tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.write_bytes(bytes(3 * SECTOR))
    apply(kept(writes, 3, None), disk)
    assert disk.read_bytes() == b"a" * SECTOR + b"b" * SECTOR + bytes(SECTOR)
    apply(kept(writes, 5, None), disk)
    assert disk.read_bytes() == bytes(SECTOR) + b"b" * SECTOR + b"c" * SECTOR


def test_what_was_flushed_is_safe_and_the_rest_is_chance(writes: list[Write]) -> None:
    seen = {tuple(write.start for write in kept(writes, 4, random.Random(seed))[2:]) for seed in range(50)}
    assert seen == {(), (512,), (1024,), (512, 1024)}
    assert all(kept(writes, 4, random.Random(seed))[:2] == writes[:2] for seed in range(5))


def test_another_file_is_no_log(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(1000))
    with pytest.raises(ValueError, match="no log"):
        read_log(tmp_path / "x")
