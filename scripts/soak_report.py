"""What came of a soak: slopes with their confidence, drifts, and what broke."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from scripts.bench_figures import Table
from scripts.soak_box import Sample, Series
from scripts.soak_line import Line

WARM_SHARE, WARM_S = 0.4, 3600.0
"""Of the time, or s, whichever is less, before slopes are measured."""
FEW = 12
"""Samples of one life of a process below which it has no slope."""
T_95 = 2.0
"""Student's t for a confidence of 95 % and many samples."""
INDEPENDENT = 6
"""Samples that follow each other and say the same: memory moves in steps, and 5 s apart they are no news."""
MB_PER_H = 1.0
"""What a process may grow."""


def slope(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Growth per hour by least squares, and the half width of its confidence."""
    at, value = np.array(points).T
    at = (at - at.mean()) / 3600
    per_h = float(at @ (value - value.mean()) / (at @ at))
    rest = value - value.mean() - per_h * at
    effective = max(3.0, len(at) / INDEPENDENT)
    error = float(np.sqrt(rest @ rest / len(at) / (at @ at) * len(at) / (effective - 2)))
    return per_h, T_95 * error


def lives(series: Series, after: float) -> dict[tuple[str, int], list[Sample]]:
    """Samples of each process since a moment, for those that lived long enough."""
    found: defaultdict[tuple[str, int], list[Sample]] = defaultdict(list)
    for sample in series.processes:
        if sample.at >= after:
            found[sample.role, sample.pid].append(sample)
    return {key: samples for key, samples in found.items() if len(samples) >= FEW}


def processes(series: Series, after: float) -> Table:
    """Each role by its longest life."""
    longest: dict[str, list[Sample]] = {}
    for (role, _), samples in lives(series, after).items():
        if len(samples) > len(longest.get(role, [])):
            longest[role] = samples
    rows = []
    for role, samples in sorted(longest.items()):
        per_h, error = slope([(s.at, s.rss / 1e6) for s in samples])
        first, last = samples[0], samples[-1]
        rows.append(
            (
                role,
                round((last.at - first.at) / 60, 1),
                round(last.rss / 1e6, 1),
                f"{per_h:+.1f} ± {error:.1f}",
                f"{first.descriptors} → {last.descriptors}",
                f"{first.threads} → {last.threads}",
            )
        )
    columns = ("process", "min", "RSS, MB", "MB per hour", "descriptors", "threads")
    return Table(columns, rows)


def people(lines: Mapping[str, Line], deeds: Mapping[str, int]) -> Table:
    """What each of them lived through."""
    rows = []
    for name, line in lines.items():
        early, late = quarters(line.delays)
        told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(line.outcomes.items()))
        rows.append((name, deeds[name], line.turns, told, early, late))
    columns = ("who", "deeds", "turns", "outcomes", "first sound, ms: first quarter", "last quarter")
    return Table(columns, rows)


def quarters(delays: Sequence[tuple[float, float]]) -> tuple[str, str]:
    """Medians of the first and of the last quarter of the time."""
    if len(delays) < 8:
        return "–", "–"
    at, ms = np.array(delays).T
    begin, end = at[0] + (at[-1] - at[0]) / 4, at[-1] - (at[-1] - at[0]) / 4
    return f"{np.median(ms[at <= begin]):.0f}", f"{np.median(ms[at >= end]):.0f}"


def counts(series: Series, after: float) -> str:
    """Tasks and processes, at the beginning and at the end."""
    calm = [value for at, value in series.tasks if at >= after]
    tasks = f"tasks {calm[0]:.0f} → {calm[-1]:.0f}, {max(calm):.0f} at most" if calm else "tasks unknown"
    children = [count for at, count in series.children if at >= after]
    return f"{tasks}; processes below it {children[0]} → {children[-1]}, {max(children)} at most"


def keep(path: Path, series: Series, lines: Mapping[str, Line], more: Mapping[str, Any]) -> None:
    """The time series, for whoever wants to draw it."""
    path.write_text(
        json.dumps({**asdict(series), "delays": {name: line.delays for name, line in lines.items()}, **more})
    )
