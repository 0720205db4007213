"""The installer for tests: how it is called, what it needs, and a small program for it to install."""

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.systemd.units import ROOT

INSTALL = ROOT / "scripts" / "install.sh"
WITHOUT = ("--yes", "--no-program", "--no-models")
"""The real program takes half a minute: `make boot-test` installs it."""
EVERYTHING = ("--profile", "bundled", "--kiosk", "--firewall", "--ram", "4096")

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may install")
needs_python = pytest.mark.skipif(
    subprocess.run(
        ["/usr/bin/python3", "-c", "import ensurepip"], capture_output=True, check=False
    ).returncode
    != 0,
    reason="no /usr/bin/python3 with venv (python3-venv)",
)


def run(*arguments: str, script: Path = INSTALL) -> "subprocess.CompletedProcess[str]":
    """Call the installer; nobody is there to answer questions."""
    return subprocess.run(
        [str(script), *arguments], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )


def make_distribution(place: Path) -> Path:
    """This installer with a program that is smaller: one wheel, no dependencies."""
    for name in ("scripts/install.sh", "scripts/install", "systemd", "README.md", "LICENSE", "NOTICE"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, place / name)
    (place / "requirements").mkdir()
    for name in ("run.lock", "llama.lock"):
        (place / "requirements" / name).touch()
    (place / "wheels").mkdir()
    with zipfile.ZipFile(place / "wheels/voice_appliance-1.0-py3-none-any.whl", "w") as wheel:
        info = "voice_appliance-1.0.dist-info"
        wheel.writestr("appliance/__init__.py", "def main():\n    print('at your service')\n")
        wheel.writestr("voice_appliance-1.0.data/data/share/voice-appliance/models/manifest.toml", "")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: voice-appliance\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/entry_points.txt", "[console_scripts]\nappliance = appliance:main\n")
        wheel.writestr(f"{info}/RECORD", "")
    return place
