"""Units that only images have: systemd understands them, and what decides over a version's life says what it should."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from appliance.device.reset import ASKED
from appliance.device.update.inbox import UPLOAD
from tests.systemd.units import ROOT, UNITS, needs

FILES = ROOT / "scripts/image/files"
OURS = sorted((FILES / "usr/lib/systemd/system").iterdir())
COUNTED = (
    "ConditionPathExists=/sys/firmware/efi/efivars/LoaderBootCountPath-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
)
"""Set by systemd-boot when it counts a start (systemd-bless-boot.service(8) looks at the same)."""
EXTERNAL = re.compile(r"^(Exec\w+=)(/\S+)", re.MULTILINE)


@needs("systemd-analyze", "systemd")
@pytest.mark.parametrize("unit", OURS, ids=lambda path: path.name)
def test_systemd_understands_it(unit: Path, tmp_path: Path) -> None:
    stub = shutil.which("true") or "/bin/true"
    for one in (*OURS, *UNITS):
        text = EXTERNAL.sub(rf"\g<1>{stub}", one.read_text())
        (tmp_path / one.name).write_text(text)
    ended = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=yes", str(tmp_path / unit.name)],
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert not [line for line in ended.stderr.splitlines() if "appliance" in line]


@needs("systemd-analyze", "systemd")
def test_who_takes_updates_has_as_few_rights_as_it_says() -> None:
    unit = FILES / "usr/lib/systemd/system/appliance-update.service"
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=20", unit],
        check=False,
        capture_output=True,
    )
    assert done.returncode == 0, done.stdout.decode()[-300:]


@pytest.mark.parametrize("name", ["appliance-healthy.service", "appliance-giveup.service"])
def test_only_a_version_on_trial_restarts_the_machine(name: str) -> None:
    assert COUNTED in (FILES / "usr/lib/systemd/system" / name).read_text().splitlines()


def test_systemd_waits_for_what_the_page_leaves() -> None:
    text = (FILES / "usr/lib/systemd/system/appliance-update.path").read_text()
    assert set(re.findall(r"^PathExists=/(.*)$", text, re.MULTILINE)) == {UPLOAD, ASKED}


@pytest.fixture
def healthy(tmp_path: Path) -> Path:
    """The judge, with a systemctl that says what a file says, and no patience."""
    systemctl = tmp_path / "bin" / "systemctl"
    systemctl.parent.mkdir()
    systemctl.write_text(f"#!/bin/sh\ncat {tmp_path}/state\n")
    (tmp_path / "bin" / "sleep").symlink_to("/bin/true")
    systemctl.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(("state", "code"), [("active", 0), ("failed", 1)])
def test_the_judge_of_a_new_version(state: str, code: int, healthy: Path) -> None:
    (healthy / "state").write_text(f"InvocationID=abc\nActiveState={state}\n")
    ended = subprocess.run(
        [FILES / "usr/lib/appliance-boot/healthy"],
        env={"PATH": f"{healthy / 'bin'}:{os.environ['PATH']}", "STEADY_S": "0"},
        check=False, capture_output=True,
    )  # fmt: skip
    assert ended.returncode == code, ended.stderr
