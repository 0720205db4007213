"""A disk that is really full: a file system of its own, of 2 MB, in a mount namespace that ends with the test."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SMALL = "mount -t tmpfs -o size=2m none {folder} && exec {python} -c {program}"

PROGRAM = """
import asyncio, os, sys
from pathlib import Path
from appliance.core import clock
from appliance.records.conversation import Conversation
from appliance.records.keeper import RETRY_S, open_keeper
from appliance.records.settings import RecordSettings
from tests.records.said import turn
from tests.virtual_time import run

folder = Path(sys.argv[1])
filler = folder / "filler"

async def wait(seconds):
    await clock.sleep_until(clock.now() + seconds)

async def main():
    async with open_keeper(folder / "state", RecordSettings()) as keeper:
        ours = Conversation.new("local", None, clock.wall().timestamp())
        keeper.add(ours, turn(1))
        await wait(1)
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError as full:
                print(full.strerror)
        for number in range(2, 30):
            keeper.add(ours, turn(number, "x" * 5000))
            await wait(1.5 * RETRY_S)
        print(keeper.status.line)
        stored = {t.number for past in await keeper.conversations() for t in past.turns}
        assert 1 in stored and keeper.status.lost == 0, (stored, keeper.status)
        filler.unlink()
        await wait(3 * RETRY_S)
        (past,) = await keeper.conversations()
        assert [t.number for t in past.turns] == list(range(1, 30))
        assert keeper.status.recording
    print("all is well")

run(main())
"""


def _private(folder: Path, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program where `folder` is a disk of 2 MB."""
    quoted = [f'"${name}"' for name in ("FOLDER", "PYTHON", "PROGRAM")]
    command = SMALL.format(folder=quoted[0], python=quoted[1], program=quoted[2]) + ' "$@"'
    names = {"FOLDER": str(folder), "PYTHON": sys.executable, "PROGRAM": program, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["unshare", "--mount", "--user", "--map-root-user", "sh", "-c", command, "sh", *arguments],
        env={**os.environ, **names},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_a_full_disk_loses_nothing_and_stops_nothing_but_the_recording(tmp_path: Path) -> None:
    if shutil.which("unshare") is None or _private(tmp_path, "pass").returncode:
        pytest.skip("no mount namespaces for users here")
    done = _private(tmp_path, PROGRAM, str(tmp_path))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "No space left on device"
    assert "not being written down: the disk is full" in lines[1]
    assert lines[-1] == "all is well"
