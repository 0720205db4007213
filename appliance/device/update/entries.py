"""Boot entries on the boot partition: one per slot, named as systemd-boot counts starts.

appliance-a.conf has proven itself; appliance-b+2-1.conf has two tries left and has failed once; +0-3 is passed over.
The version in an entry begins with a generation, which the firmware sorts by: what was installed last is started,
also where the owner went back to an older version.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ENTRIES: Final = "loader/entries"
"""On the boot partition."""
TRIES: Final = 3
"""Starts that a new slot may take to be ready once (as scripts/image/disk.py has it)."""
NAME: Final = re.compile(
    r"appliance-(?P<slot>[ab])(\+(?P<left>\d+)(-(?P<failed>\d+))?)?\.conf", re.IGNORECASE
)
VERSION: Final = re.compile(r"^version +(?:(\d+)-)?(.*)$", re.MULTILINE)
MOST_BYTES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One of them."""

    path: Path
    """Its file."""
    slot: str
    """Letter of the slot that it starts."""
    left: int | None
    """Tries that it has left; None when it has proven itself."""
    generation: int
    """How many installations came before it on this box, plus one."""
    version: str
    """Of the slot."""

    @property
    def passed_over(self) -> bool:
        """Whether all its tries have failed."""
        return self.left == 0


def read_entries(esp: Path) -> list[Entry]:
    """All entries of slots; what cannot be read is none."""
    try:
        names = sorted((esp / ENTRIES).iterdir())
    except OSError:
        return []
    return [entry for path in names if (entry := _read(path))]


def preferred(entries: Iterable[Entry]) -> Entry | None:
    """The one that will be started: systemd-boot(7) sorts those that have failed last, then by version."""
    return max(entries, key=lambda entry: (not entry.passed_over, entry.generation), default=None)


def of_slot(entries: Iterable[Entry], slot: str) -> list[Entry]:
    """Those of one slot; after a power cut there may be two."""
    return [entry for entry in entries if entry.slot == slot]


def numbered(text: str, generation: int) -> str:
    """An entry as a slot brings it, with the generation that it gets on this box."""
    return VERSION.sub(lambda found: f"version {generation}-{found[2]}", text, count=1)


def _read(path: Path) -> Entry | None:
    named = NAME.fullmatch(path.name)
    if not named:
        return None
    try:
        with path.open("rb") as opened:
            told = VERSION.search(opened.read(MOST_BYTES).decode(errors="replace"))
    except OSError:
        return None
    if not told:
        return None
    left = None if named["left"] is None else int(named["left"])
    return Entry(path, named["slot"].lower(), left, int(told[1] or 1), told[2].strip())
