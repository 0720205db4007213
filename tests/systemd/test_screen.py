"""The box's own screen, with the real compositor and browser, in memory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.systemd.units import ROOT, needs

PATIENCE_S = 120


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount, and become somebody else")
@needs("unshare", "util-linux")
@needs("sway", "sway")
@needs("chromium", "chromium")
def test_the_panel_is_switched_off_when_nobody_speaks_and_on_when_somebody_does(tmp_path: Path) -> None:
    begun = ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child"]
    done = subprocess.run(
        [*begun, sys.executable, "-m", "tests.systemd.dark_room", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    if "Operation not permitted" in done.stderr:
        pytest.skip("this machine lends no namespaces")
    happened = done.stdout.split()
    log = tmp_path / "sway.log"
    told = f"{done.stdout}\n{done.stderr[-2000:]}\n{log.read_text()[-3000:] if log.exists() else ''}"
    assert [word for word in happened if word in {"off", "spoken", "on"}] == ["off", "spoken", "on"], told
    assert "alive" in happened, told
    assert happened[-2:] == ["ended", "0"], told
