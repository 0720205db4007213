"""The files of systemd/ for tests: where they are, what they say, and which tools this machine has for them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SYSTEMD = ROOT / "systemd"
UNITS = sorted(
    path for path in SYSTEMD.iterdir() if path.suffix in {".service", ".slice", ".socket", ".path"}
)


def needs(program: str, package: str) -> pytest.MarkDecorator:
    """Skip by name where a program is absent."""
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"no program {program} ({package})")


def directives(unit: Path) -> Iterator[tuple[str, str]]:
    """Every assignment in the order in which it stands."""
    whole = unit.read_text(encoding="utf-8").replace("\\\n", "")
    for line in whole.splitlines():
        if line and not line.startswith(("#", ";", "[")):
            key, _, value = line.partition("=")
            yield key, value


def values(unit: str, key: str) -> list[str]:
    """What a unit of ours says about something, word by word."""
    return [word for name, value in directives(SYSTEMD / unit) if name == key for word in value.split()]
