"""The tables of `make bench-peers`: medians, tails and ratios, what failed, and with what settings everybody ran."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from scripts.bench_figures import Section, Table, spread
from scripts.peers.judge import Verdict
from scripts.peers.talk import Conversation

OURS: Final = "ours"

Runs = Mapping[str, Sequence[Conversation]]

LATENCY: Final = (
    "pipeline",
    "asked",
    "answered",
    "p50 ms",
    "p95 ms",
    "max ms",
    "ours is × this",
    "cut in",
    "no answer",
)
STOPPING: Final = (
    "pipeline",
    "interrupted",
    "p50 ms",
    "p95 ms",
    "max ms",
    "ours is × this",
    "then answered, p50 ms",
)
"""Columns."""


def section(runs: Runs, missing: Mapping[str, str]) -> Section:
    """All of it, for the page and for JSON."""
    verdicts = {name: [verdict for run in found for verdict in run.verdicts] for name, found in runs.items()}
    titles = {name: _title(name, found) for name, found in runs.items()}
    tables = [
        Table(LATENCY, [(titles[name], *row) for name, row in _answers(verdicts).items()]),
        Table(STOPPING, [(titles[name], *row) for name, row in _stops(verdicts).items()]),
        _settings(runs, titles),
    ]
    troubles = [
        f"{titles[name]}, round {number}: {run.failure}"
        for name, found in runs.items()
        for number, run in enumerate(found, 1)
        if run.failure
    ]
    note = "; ".join([*troubles, *missing.values()])
    raw = {name: [asdict(run) for run in found] for name, found in runs.items()}
    return Section(tables, f"Not measured: {note}." if note else "", raw)


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float | None:
    """The median of ours over the median of theirs; None where one of them has no value."""
    if not ours or not theirs or not np.median(theirs):
        return None
    return round(float(np.median(ours) / np.median(theirs)), 2)


def _answers(verdicts: Mapping[str, Sequence[Verdict]]) -> dict[str, tuple[Any, ...]]:
    """Of what was asked while nobody spoke: how long the answer took, and what was none."""
    fresh = {
        name: [verdict for verdict in found if not verdict.interrupts] for name, found in verdicts.items()
    }
    felt = {name: _values(found, lambda verdict: verdict.answered_ms) for name, found in fresh.items()}
    return {
        name: (
            len(found),
            *spread(felt[name]),
            ratio(felt.get(OURS, ()), felt[name]) if name != OURS else None,
            sum(verdict.cut_in for verdict in found),
            sum(verdict.answered_ms is None and not verdict.cut_in for verdict in found),
        )
        for name, found in fresh.items()
    }


def _stops(verdicts: Mapping[str, Sequence[Verdict]]) -> dict[str, tuple[Any, ...]]:
    """Of what was said over an answer: how long the answer went on, and how long the next one took."""
    over = {name: [verdict for verdict in found if verdict.interrupts] for name, found in verdicts.items()}
    silent = {name: _values(found, lambda verdict: verdict.silent_ms) for name, found in over.items()}
    return {
        name: (
            *spread(silent[name]),
            ratio(silent.get(OURS, ()), silent[name]) if name != OURS else None,
            spread(_values(found, lambda verdict: verdict.answered_ms))[1],
        )
        for name, found in over.items()
    }


def _values(verdicts: Sequence[Verdict], of: Callable[[Verdict], float | None]) -> list[float]:
    return [value for verdict in verdicts if (value := of(verdict)) is not None]


def _settings(runs: Runs, titles: Mapping[str, str]) -> Table:
    """What everybody says of itself, and the work of the engines."""
    rows: list[tuple[Any, ...]] = []
    for name, found in runs.items():
        about = found[0].about
        rows.append(
            (
                titles[name],
                about.get("turn end"),
                about.get("interruption"),
                about.get("changed"),
                about.get("processes"),
                _work(found),
            )
        )
    return Table(
        (
            "pipeline",
            "end of a turn",
            "interruption",
            "not its default",
            "processes",
            "engines' s per question: STT, LLM, TTS",
        ),
        rows,
    )


def _work(found: Sequence[Conversation]) -> str | None:
    busy = [note["busy_s"] for run in found for note in run.notes if "busy_s" in note]
    asked = sum(len(run.verdicts) for run in found)
    if not busy or not asked:
        return None
    return " / ".join(
        f"{sum(work.get(stage, 0.0) for work in busy) / asked:.2f}" for stage in ("stt", "llm", "tts")
    )


def _title(name: str, found: Sequence[Conversation]) -> str:
    about = next((run.about for run in found if run.about), {})
    return f"**{name}**" if name == OURS else f"{about.get('name', name)} {about.get('version', '')}".strip()
