"""Reads what is expected of every part and every fault."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.draw_faults import VARIANTS

FILE = Path(__file__).parent / "matrix.toml"
PARTS = (
    *("capture", "vad", "turn_end", "stt", "llm", "tts", "playback"),
    *("audio_process", "scheduler", "webrtc", "http", "storage"),
)


@dataclass(frozen=True)
class Cell:
    """What befalls one part, and what is expected then."""

    part: str
    fault: str
    row: dict[str, Any]
    """Its own keys, and those of its part where it has none."""

    @property
    def name(self) -> str:
        return f"{self.part}.{self.fault}"

    @property
    def variants(self) -> list[str]:
        return [variant for variant in VARIANTS if variant in self.row]

    def expected(self, variant: str) -> list[list[str]]:
        """What may be heard, question by question."""
        told = self.row[variant]
        return [way.split(" / ") for way in ([told] if isinstance(told, str) else told)]


def read() -> dict[str, Any]:
    """All of the file."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def cells() -> list[Cell]:
    """Every cell that there is."""
    found = []
    for part, rows in read().items():
        shared = {key: value for key, value in rows.items() if not isinstance(value, dict)}
        found += [Cell(part, fault, shared | row) for fault, row in rows.items() if isinstance(row, dict)]
    return found
