"""What one may choose about model files: which, from where, kept where."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from annotated_types import Interval
from platformdirs import user_data_path

SYSTEM_FOLDER = Path("/var/lib/appliance/models")
"""Where a service keeps its models (systemd: StateDirectory=appliance)."""


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which models, from where, kept where."""

    profile: str = "cpu"
    """Which choice of models: bundled, cpu-small, cpu, jetson-8gb, jetson-16gb or gpu."""
    folder: str = ""
    """Where models are kept. Empty: /var/lib/appliance/models if the service may write there, otherwise
    the user's own data folder."""
    source: str = ""
    """A folder, a USB stick or an http(s) address with the same files, asked before everything else."""
    hub_endpoint: str = ""
    """Address of a mirror of the Hugging Face hub. Empty: HF_ENDPOINT, or the hub itself."""
    hub_decision_s: Annotated[float, Interval(ge=0.05, le=120.0)] = 5.0
    """Seconds after which a hub or mirror that has not answered counts as out of reach."""
    stall_s: Annotated[float, Interval(ge=0.05, le=600.0)] = 30.0
    """Seconds without a byte after which a download counts as cut off."""

    def store_folder(self) -> Path:
        """The folder that `folder` means."""
        if self.folder:
            return Path(self.folder).expanduser()
        if os.access(SYSTEM_FOLDER if SYSTEM_FOLDER.exists() else SYSTEM_FOLDER.parent, os.W_OK):
            return SYSTEM_FOLDER
        return user_data_path("voice-appliance") / "models"
