"""Reads a boot partition as the firmware does, as FAT, and says what it would start."""

import hashlib
import subprocess
import tempfile
from pathlib import Path

from appliance.device.update.entries import ENTRIES, Entry, preferred, read_entries
from scripts.image.qemu import GuestError


def look(esp: Path, kernel: dict[str, str]) -> Entry:
    """What would be started; its kernel must be whole."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / ENTRIES).mkdir(parents=True)
        _copy(esp, f"{ENTRIES}/appliance-*.conf", folder / ENTRIES)
        entry = preferred(read_entries(folder))
        if entry is None:
            raise GuestError("nothing can be started")
        for file, right in kernel.items():
            _copy(esp, f"{entry.slot}/{file}", folder)
            found = (folder / file).read_bytes() if (folder / file).exists() else b""
            if hashlib.sha256(found).hexdigest() != right:
                raise GuestError(f"{entry.path.name} would start a damaged {file}")
    return entry


def _copy(esp: Path, names: str, folder: Path) -> None:
    """What is damaged beside it, such as a draft, is not looked at: neither does the firmware."""
    subprocess.run(["mcopy", "-n", "-i", esp, f"::{names}", folder], check=False, capture_output=True)
