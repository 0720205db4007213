"""Notices that sound hardware or a sound server came or went, without asking PortAudio."""

import warnings
from pathlib import Path
from typing import Final

from platformdirs import user_runtime_path

HARDWARE: Final = Path("/dev/snd")
"""Changes whenever a sound card is plugged or pulled."""
SERVERS: Final = ("pipewire-0", "pulse/native")
"""Sockets of the sound servers, below the runtime folder."""


def fingerprint() -> tuple[int, ...]:
    """Something that stays equal as long as no card and no server comes or goes. A few µs."""
    with warnings.catch_warnings():
        # On a box without a login session it only guesses the folder, and says so every time.
        warnings.simplefilter("ignore")
        runtime = user_runtime_path()
    return tuple(_changed(path) for path in (HARDWARE, *(runtime / server for server in SERVERS)))


def _changed(path: Path) -> int:
    try:
        return path.stat().st_ctime_ns
    except OSError:
        return 0
