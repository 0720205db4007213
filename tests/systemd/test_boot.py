"""The appliance on a machine that has really booted: installed by the installer, started and watched by systemd.

`make boot-test` asks more, and makes what is needed here.
"""

import subprocess

import pytest

from tests.models import MODELS, SILERO, SMOLLM2, needs_model
from tests.systemd.units import ROOT

WHEELS = ROOT / ".cache" / "wheelhouse"
CANNOT = 77
"""What the check ends with where this machine lacks something, and says what."""


@pytest.mark.timeout(300)
@pytest.mark.engines
@needs_model(SILERO)
@needs_model(SMOLLM2)
@pytest.mark.skipif(
    subprocess.run(
        [str(ROOT / "scripts/wheels"), "--check", str(WHEELS)], capture_output=True, check=False
    ).returncode
    != 0,
    reason=f"{WHEELS} is not made of this checkout: make boot-test",
)
def test_it_boots_is_ready_and_is_shut_in() -> None:
    ended = subprocess.run(
        [str(ROOT / "scripts/boot_check.sh"), "--quick", "--models", str(MODELS), "--wheels", str(WHEELS)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ended.returncode == CANNOT:
        pytest.skip(ended.stderr.strip())
    assert ended.returncode == 0, ended.stdout[-5000:] + ended.stderr[-2000:]
    assert ended.stdout.count("✓") >= 6
