"""How commands talk: tables and lines for people, JSON for scripts."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import soundfile
from rich.console import Console
from rich.table import Table

from appliance.core.audio import Samples
from appliance.core.errors import InputError

COMMANDS = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"}
"""Control characters, which terminals obey."""


class _Console(Console):
    """Rich's, but that a reader who has gone (`| head`) is no failure here: `main` knows what to do.

    Nor does what a model, a device or a person says command the terminal.
    """

    def print(self, *objects: Any, **options: Any) -> None:
        plain = (each.translate(COMMANDS) if isinstance(each, str) else each for each in objects)
        super().print(*plain, **options)

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


console = _Console(highlight=False, soft_wrap=True)
"""Standard output."""

progress_console = _Console(stderr=True, highlight=False, soft_wrap=True)
"""Standard error, so that progress never mixes with results."""


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    json.dump(value, sys.stdout, indent=2, ensure_ascii=False, default=str)
    sys.stdout.write("\n")


def table(*columns: str) -> Table:
    """An empty table without frills."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def check_writable(path: Path) -> None:
    """Find out before all the work that its result will find a place. Touches nothing.

    Raises:
        InputError: says why not.
    """
    folder = path.absolute().parent
    if not folder.is_dir():
        raise InputError(f"cannot write {path}: there is no folder {folder}")
    if path.is_dir():
        raise InputError(f"cannot write {path}: it is a folder", "name a file")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise InputError(f"cannot write {path}: permission denied")


def write_text(path: Path, text: str) -> None:
    """Write a text file.

    Raises:
        InputError: says why it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from None


def write_sound(path: Path, samples: Samples, rate: int) -> None:
    """Write a WAV file of 16 bits, at `rate` Hz.

    Raises:
        InputError: says why it cannot be written.
    """
    try:
        soundfile.write(path, samples, rate, subtype="PCM_16", format="WAV")
    except (OSError, soundfile.LibsndfileError) as error:
        raise InputError(f"cannot write {path}: {error}") from None
