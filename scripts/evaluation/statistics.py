"""The few statistics of the evaluation, and whether a target holds."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from scripts.bench_figures import Table

SPREAD = ("n", "p50", "p90", "p95", "max")
"""Columns of `spread`."""


def by_scene(found: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    """In the order of the scenes."""
    return [(scene, list(there)) for scene, there in groupby(found, key=lambda each: each.scene)]


def spread(values: Iterable[float | None]) -> tuple[float | int | None, ...]:
    """How many, median, 90th and 95th percentile, greatest."""
    known = [value for value in values if value is not None]
    if not known:
        return 0, None, None, None, None
    return len(known), *(float(each) for each in np.percentile(known, [50, 90, 95])), float(max(known))


def median(values: Iterable[float | None]) -> float | None:
    """The middle; None of nothing."""
    return percentile(values, 50)


def percentile(values: Iterable[float | None], percent: float) -> float | None:
    """None of nothing."""
    known = [value for value in values if value is not None]
    return float(np.percentile(known, percent)) if known else None


def greatest(values: Iterable[float | None]) -> float | None:
    """None of nothing."""
    return max((value for value in values if value is not None), default=None)


def share(found: Sequence[Any], of: Any) -> float | None:
    """Per cent of which something is true; None of nothing."""
    return 100 * sum(bool(of(each)) for each in found) / len(found) if found else None


def per_turn(found: Sequence[Any], what: str) -> float | None:
    """How much there is of something per hundred turns."""
    return 100 * sum(getattr(each, what) for each in found) / len(found) if found else None


Limit = tuple[str, float]


def at_most(limit: float) -> Limit:
    """A target from above."""
    return "≤", limit


def at_least(limit: float) -> Limit:
    """A target from below."""
    return "≥", limit


def judged(targets: Sequence[tuple[str, float | int | None, Limit | None]]) -> Table:
    """Figures, and whether their targets hold."""
    return Table(
        ("figure", "value", "target"),
        [(name, value, verdict(value, limit)) for name, value, limit in targets],
    )


def verdict(value: float | None, limit: Limit | None) -> str:
    """Whether a target holds, in a word."""
    if limit is None:
        return ""
    sign, bound = limit
    holds = value is not None and (value <= bound if sign == "≤" else value >= bound)
    return f"{sign} {bound:g}: {'not measured' if value is None else 'holds' if holds else '**missed**'}"
