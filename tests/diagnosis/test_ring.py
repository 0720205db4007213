"""The ring: what survives, in which order, whatever was torn, overwritten or not there."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.errors import InputError
from appliance.diagnosis.ring import LONGEST, Ring, live, read

SIZE = 4096

WRITE_AND_DIE = """
import os, pathlib, signal, sys
from appliance.diagnosis.ring import Ring
ring, _ = Ring.open(pathlib.Path(sys.argv[1]), 65536)
for number in range(1000):
    ring.append(b'{"number":%d}' % number)
os.kill(os.getpid(), signal.SIGKILL)
"""


def event(number: int) -> bytes:
    return b'{"number":%d}' % number


def test_what_was_written_is_read_in_order(tmp_path: Path) -> None:
    ring, before = Ring.open(tmp_path / "ring", SIZE)
    assert before == []
    for number in range(5):
        ring.append(event(number))
    assert ring.events() == [event(number) for number in range(5)]


def test_the_newest_overwrite_the_oldest(tmp_path: Path) -> None:
    ring, _ = Ring.open(tmp_path / "ring", SIZE)
    for number in range(1000):
        ring.append(event(number))
    events = ring.events()
    assert events[-1] == event(999)
    assert events == [event(number) for number in range(1000 - len(events), 1000)]
    assert len(events) > SIZE / 50


@given(st.lists(st.integers(0, 700), min_size=1, max_size=60))
def test_any_sizes_leave_a_run_that_ends_with_the_newest(sizes: list[int]) -> None:
    import mmap

    ring = Ring(mmap.mmap(-1, SIZE))
    written = [bytes([number % 250]) * size for number, size in enumerate(sizes)]
    for each in written:
        ring.append(each)
    events = ring.events()
    assert events == written[len(written) - len(events) :]
    assert events


def test_the_next_life_finds_what_the_last_one_left(tmp_path: Path) -> None:
    path = tmp_path / "ring"
    subprocess.run([sys.executable, "-c", WRITE_AND_DIE, path], check=False)
    ring, before = Ring.open(path, 65_536)
    assert before == [event(number) for number in range(1000)]
    assert ring.events() == []


def test_a_program_that_is_killed_loses_nothing(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", WRITE_AND_DIE, tmp_path / "ring"], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert live(tmp_path / "ring")[-1] == {"number": 999}


@pytest.mark.parametrize("position", [0, 5, 17, 25, 39])
def test_a_torn_event_ends_what_can_be_known(tmp_path: Path, position: int) -> None:
    ring, _ = Ring.open(tmp_path / "ring", SIZE)
    for number in range(3):
        ring.append(event(number))
    content = bytearray((tmp_path / "ring").read_bytes())
    length = 20 + len(event(0))
    content[length + position % length] ^= 0xFF  # in the second
    assert read(bytes(content)) == [event(2)]


@given(st.binary(max_size=500))
def test_rubbish_is_no_event(content: bytes) -> None:
    assert read(content) == []


def test_an_event_that_is_too_long_is_cut_off() -> None:
    import mmap

    ring = Ring(mmap.mmap(-1, 4 * LONGEST))
    ring.append(b"x" * (LONGEST + 1))
    assert ring.events() == [b"x" * LONGEST]


def test_where_nothing_can_be_written_it_lives_in_memory(tmp_path: Path) -> None:
    ring, before = Ring.open(tmp_path / "absent" / "ring", SIZE)
    ring.append(event(1))
    assert (ring.events(), before) == ([event(1)], [])


def test_two_programs_do_not_share_one(tmp_path: Path) -> None:
    mine, _ = Ring.open(tmp_path / "ring", SIZE)
    mine.append(event(1))
    theirs, before = Ring.open(tmp_path / "ring", SIZE)
    theirs.append(event(2))
    assert before == []
    assert (mine.events(), theirs.events()) == ([event(1)], [event(2)])
    mine.close()
    _, before = Ring.open(tmp_path / "ring", SIZE)
    assert before == [event(1)]


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    Ring.open(tmp_path / "ring", SIZE)
    assert (tmp_path / "ring").stat().st_mode & 0o077 == 0
    assert (tmp_path / "ring").stat().st_size == SIZE


def test_a_ring_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        live(tmp_path / "ring")
