"""Moments at which the power goes during an update: the same in every run, so that a test can go on where it was."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from scripts.image.update_box import NEW, OLD, Bench
from scripts.image.update_cuts import Moments, cuts_of, start_after_cuts, tell
from scripts.image.write_log import Write

COUNT = 20
ESP, SLOT = 1 << 20, 1 << 28


def moments(tmp_path: Path) -> Moments:
    """An update of 270 writes to the slot that does not run, then 30 to the boot partition; each fourth one is safe."""
    writes = [Write(SLOT + number * 512, b"s" * 512, number % 4 == 0, 512) for number in range(270)]
    writes += [Write(ESP + number * 512, b"e" * 512, number % 4 == 0, 512) for number in range(30)]
    base = tmp_path / "base.raw"
    base.write_bytes(b"")
    return Moments(Bench(tmp_path, tmp_path), base, writes, 10, 300, {"esp": ESP, "root-b": SLOT})


def test_the_same_moments_and_the_same_losses_in_every_run(tmp_path: Path) -> None:
    whole = moments(tmp_path)
    first, again = cuts_of(whole, COUNT), cuts_of(whole, COUNT)
    assert first == again
    assert [cut.leaves(whole) for cut in first] == [cut.leaves(whole) for cut in again]


def test_half_of_the_cuts_spread_over_the_update_and_half_over_the_boot_partition(tmp_path: Path) -> None:
    whole = moments(tmp_path)
    cuts = cuts_of(whole, COUNT)
    late = [cut for cut in cuts if whole.within(whole.writes[cut.write - 1], "esp")]
    assert len(cuts) == COUNT
    assert COUNT // 2 <= len(late) < COUNT
    assert min(cut.write for cut in cuts) == whole.begin
    assert max(cut.write for cut in cuts) == whole.end
    assert sum(cut.lossy for cut in cuts) == COUNT // 2


def test_nothing_that_was_safe_is_lost(tmp_path: Path) -> None:
    whole = moments(tmp_path)
    for cut in cuts_of(whole, COUNT):
        left = cut.leaves(whole)
        safe = max(number for number in range(cut.write + 1) if not number or whole.writes[number - 1].flush)
        assert left[:safe] == whole.writes[:safe]
        assert len(left) <= cut.write


def test_what_was_started_before_is_not_started_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = moments(tmp_path)
    known = [
        {**asdict(cut), "where": "QEMU", "version": NEW if cut.write == whole.end else OLD}
        for cut in cuts_of(whole, COUNT)
    ]
    (tmp_path / "outcomes.jsonl").write_text("".join(json.dumps(one) + "\n" for one in known))
    start_after_cuts(whole, COUNT, boots=COUNT)  # there is no disk to be started
    assert "In QEMU 20 of 20 start" in capsys.readouterr().out


def test_each_start_is_told_with_the_time_it_took_where_that_is_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, start = moments(tmp_path), {"number": 3, "write": 110, "lossy": True, "version": OLD}
    tell({**start, "where": "a container"}, whole)
    tell({**start, "where": "QEMU", "seconds": 90.0, "effort": 31.4}, whole)
    told = capsys.readouterr().out.splitlines()
    assert (
        "cut after write 100 of 290, half of the unsafe writes lost: in a container 1.0.1 is READY" in told[0]
    )
    assert "in QEMU 1.0.1 is READY after 90 s and 31 s of processor time" in told[1]
