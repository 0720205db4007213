"""onnxruntime phones home unless it is told not to before it is loaded."""

import os
import subprocess
import sys
from pathlib import Path

from tests.models import SILERO, needs_model, test_model

OPEN = """
import sys
from pathlib import Path
from appliance.engines.silero import Silero
Silero(Path(sys.argv[1])).warm()
"""


@needs_model(SILERO)
def test_onnxruntime_keeps_no_diary_to_send(tmp_path: Path) -> None:
    """What it would send it first collects below the home folder."""
    silencers = {
        "ORT_DISABLE_TELEMETRY",
        "CI",
        "GITHUB_ACTIONS",
    }  # the first was set by the import of the appliance
    environment = {name: value for name, value in os.environ.items() if name not in silencers}
    subprocess.run(
        [sys.executable, "-c", OPEN, test_model(SILERO)],
        env=environment | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")},
        check=True,
    )
    assert not list(tmp_path.rglob("*"))
