"""The unit is one that systemd takes, with as few rights as it says."""

import subprocess
from pathlib import Path
from shutil import which

import pytest

UNIT = Path(__file__).parents[2] / "systemd" / "appliance-firstboot.service"
MOST = "20"
"""Tenths of systemd's measure of exposure, 2.0 (“OK”): it has CAP_SYS_ADMIN, for a stick must be mounted."""

pytestmark = pytest.mark.skipif(which("systemd-analyze") is None, reason="no systemd-analyze")


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """With a program that is on every system."""
    lines = UNIT.read_text().splitlines()
    copy = tmp_path / UNIT.name
    copy.write_text(
        "\n".join("ExecStart=/bin/true" if line.startswith("ExecStart=") else line for line in lines)
    )
    return copy


def asked(*command: str | Path) -> subprocess.CompletedProcess[str]:
    words = ["systemd-analyze", *map(str, command)]
    return subprocess.run(words, check=False, capture_output=True, text=True, timeout=60)


def test_systemd_understands_all_of_it(unit: Path) -> None:
    done = asked("verify", "--recursive-errors=no", "--man=no", unit)
    assert (done.returncode, done.stderr) == (0, "")


def test_it_is_exposed_no_more_than_it_must_be(unit: Path) -> None:
    done = asked("security", "--offline=yes", f"--threshold={MOST}", unit)
    assert done.returncode == 0, done.stdout[-300:]
