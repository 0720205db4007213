"""RAUC, the program: asked about bundles, and told to install them."""

import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from appliance.core.errors import ApplianceError

WAIT_S: Final = 120.0
"""s for an answer about a bundle: only its end is read, and a stick may be slow."""
READY_S: Final = 1200.0
"""s in which the appliance is READY with models that it has never had, or will not be."""
PROGRESS: Final = re.compile(r"^\s*(\d{1,3})% (.*)$")
CHATTER: Final = ("rauc-Message", "rauc-DEBUG", "(rauc:")
"""How lines begin that are no error."""


def ask_rauc(command: Sequence[str]) -> str:
    """Run it, and return what it printed.

    Raises:
        ApplianceError: its last words.
    """
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, errors="replace", timeout=WAIT_S
        )
    except FileNotFoundError:
        raise ApplianceError(
            "RAUC is not installed", "apt-get install -y --no-install-recommends rauc"
        ) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ApplianceError(f"{command[0]} cannot be used: {error}") from None
    if done.returncode:
        raise ApplianceError(last_words(done.stderr.splitlines()) or f"it ended with {done.returncode}")
    return done.stdout


def install_with_rauc(path: Path, heard: Callable[[int, str], None]) -> None:
    """Have a bundle written into the slot that does not run, and that started from the next start on.

    Args:
        path: the bundle.
        heard: is told per cent, and what is being done.

    Raises:
        ApplianceError: its last words.
    """
    lines: list[str] = []
    # Started by D-Bus it would have 25 s to look at all slots, which a slow machine needs longer for.
    ask_rauc(("systemctl", "start", "rauc.service"))
    try:
        with subprocess.Popen(
            ("rauc", "install", str(path)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            for line in process.stdout or ():
                if told := PROGRESS.match(line):
                    heard(min(int(told[1]), 100), told[2].strip())
                lines = [*lines[-50:], line]
    except OSError as error:
        raise ApplianceError(f"rauc cannot be used: {error}") from None
    if process.returncode:
        raise ApplianceError(f"the bundle could not be written: {last_words(lines) or process.returncode}")


def restart_appliance() -> None:
    """Start the appliance anew, and wait until it is READY.

    Raises:
        ApplianceError: it did not become so.
    """
    command = ("systemctl", "restart", "appliance.service")
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, errors="replace", timeout=READY_S
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ApplianceError(f"the appliance cannot be started: {error}") from None
    if done.returncode:
        raise ApplianceError("its service has failed", "journalctl -u appliance")


def last_words(lines: Sequence[str]) -> str:
    """The last line that says what went wrong."""
    words = [line.strip() for line in lines if line.strip() and not line.startswith(CHATTER)]
    told = [line for line in words if not PROGRESS.match(line)]
    named = [line.partition("LastError:")[2].strip() for line in told if "LastError:" in line]
    return (named or told or [""])[-1][:300]
