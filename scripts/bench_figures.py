"""What every section of the bench is given and gives back: how much to do; tables, and the numbers behind them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from scripts.evaluate_stt import SHARED


class Skipped(Exception):  # noqa: N818 - not an error: this machine lacks what the section needs
    """A section cannot be measured here; says why."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything."""

    clips: Path = SHARED / "clips"
    """Folder with people/, people.json and spoken/."""
    people: int = 24
    """Recordings of people, each asked in a conversation of its own."""
    conversations: int = 3
    """Of `turns` turns each."""
    turns: int = 20
    instant_turns: int = 60
    """With engines that take no time."""
    cuts: int = 40
    """Interruptions."""
    minutes: float = 10
    """Of sound in both directions with every core busy."""
    starts: int = 5
    idle_s: float = 60
    """s of listening to silence."""
    rounds: int = 10
    """Repetitions of the work of one engine."""


QUICK: Mapping[str, Any] = {
    "people": 3,
    "conversations": 1,
    "turns": 4,
    "instant_turns": 8,
    "cuts": 6,
    "minutes": 0.1,
    "starts": 1,
    "idle_s": 5,
    "rounds": 2,
}
"""Enough to see that everything works. The figures mean little."""


@dataclass(frozen=True, slots=True)
class Table:
    """Some figures for people."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    """Numbers are rounded to what can be believed; None is a dash."""

    def markdown(self) -> str:
        """The table in Markdown, numbers to the right."""
        cells = [[_cell(value) for value in row] for row in self.rows]
        right = [
            all(isinstance(row[i], int | float | None) for row in self.rows) for i in range(len(self.columns))
        ]
        rule = ["---:" if number else "---" for number in right]
        return "\n".join(f"| {' | '.join(line)} |" for line in [self.columns, rule, *cells])


@dataclass(frozen=True, slots=True)
class Section:
    """What one section has found."""

    tables: Sequence[Table]
    note: str = ""
    """What was measured, in half a sentence."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """Every single value, for JSON."""

    def markdown(self) -> str:
        """The tables, one below the other."""
        return "\n\n".join(table.markdown() for table in self.tables)


SPREAD = ("n", "p50 ms", "p95 ms", "max ms")
"""Columns of `spread`."""


def spread(values: Iterable[float]) -> tuple[float | None, ...]:
    """How many there are, their median, 95th percentile and greatest."""
    found = list(values)
    if not found:
        return 0, None, None, None
    p50, p95 = np.percentile(found, [50, 95])
    return len(found), float(p50), float(p95), max(found)


def judged(value: float | None, limit: float, unit: str = "") -> str:
    """A limit and whether it holds."""
    return f"≤ {f'{limit:g} {unit}'.strip()}: {'holds' if value is not None and value <= limit else '**missed**'}"


def _cell(value: Any) -> str:
    match value:
        case None:
            return "–"
        case float():
            return (
                f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 1 else f"{value:.3f}"
            )
        case _:
            return str(value)
