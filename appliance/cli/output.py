"""How commands talk: tables and lines for people, JSON for scripts."""

import json
import sys
from typing import Any

from rich.console import Console
from rich.table import Table

console = Console(highlight=False, soft_wrap=True)
"""Standard output."""

progress_console = Console(stderr=True, highlight=False, soft_wrap=True)
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
