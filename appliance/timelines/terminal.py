"""A timeline in characters: 80 columns, for terminals, pipes and mails."""

from collections.abc import Iterator
from typing import Final

from appliance.sessions.timeline import Timeline
from appliance.sessions.trace import Stamps
from appliance.timelines.panels import MOST_STOOD, Bar, Kind, Panel, Row, panels, stood, title
from appliance.timelines.scale import ticks

LABEL: Final = 12
"""Columns of the names of rows."""
FIGURE: Final = 8
"""Columns of their lengths."""
CHART: Final = 59
"""Columns of the bars."""
WIDTH: Final = LABEL + FIGURE + 1 + CHART
"""Columns of everything."""
GLYPHS: Final = {Kind.SOUND: "▒", Kind.PHASE: "█", Kind.STANDS: "░", Kind.WORKS: "▓", Kind.GIVES: "█"}
"""What bars are made of."""
LEGEND: Final = "░ stands still   ▓ at work   █ gives results   ▒ is heard"
STAMPS_WIDE: Final = 3
"""Stamps beside each other."""


def draw(timeline: Timeline, *, whole: bool = False) -> Iterator[str]:
    """The lines of a drawing."""
    for line in _lines(timeline, whole=whole):
        yield _cut(line, WIDTH)


def _lines(timeline: Timeline, *, whole: bool) -> Iterator[str]:
    yield title(timeline)
    for panel in panels(timeline, whole=whole):
        yield ""
        yield from _panel(panel)
    yield ""
    if timeline.work:
        yield LEGEND
        yield from stood(timeline)[:MOST_STOOD]
        yield ""
    yield from _stamps(timeline.stamps)


def _panel(panel: Panel) -> Iterator[str]:
    yield panel.title
    yield _scale(panel)
    for row in panel.rows:
        yield _row(panel, row)


def _scale(panel: Panel) -> str:
    """The figures above the bars; those that would overlap are left out."""
    cells = [" "] * CHART
    free = 0
    for moment in ticks(panel.start - panel.zero, panel.end - panel.zero, CHART // 8):
        figure = f"{moment:.0f}"
        column = _column(panel, panel.zero + moment)
        if free <= column <= CHART - len(figure):
            cells[column : column + len(figure)] = figure
            free = column + len(figure) + 1
    return f"{'ms':>{LABEL + FIGURE}} {''.join(cells)}".rstrip()


def _row(panel: Panel, row: Row) -> str:
    figure = "" if row.ms is None else f"{row.ms:.0f}"
    cells = [" "] * CHART
    for bar in row.bars:
        first, behind = _cells(panel, bar)
        cells[first:behind] = GLYPHS[bar.kind] * (behind - first)
    return f"{_cut(row.label, LABEL):<{LABEL}}{figure:>{FIGURE}} {''.join(cells)}".rstrip()


def _cells(panel: Panel, bar: Bar) -> tuple[int, int]:
    """The columns of a bar: one at least, unless it has no length."""
    first = min(_column(panel, bar.start), CHART - 1)
    if bar.end <= bar.start:
        return first, first
    return first, max(first + 1, _column(panel, bar.end))


def _column(panel: Panel, moment: float) -> int:
    part = (moment - panel.start) / (panel.end - panel.start)
    return round(min(max(part, 0.0), 1.0) * CHART)


def _stamps(stamps: Stamps) -> Iterator[str]:
    known = {name: ms for name, ms in stamps.as_dict().items() if ms is not None}
    zero = next((known[name] for name in ("speech_ended", "endpoint") if name in known), 0.0)
    yield "stamps, in ms from the last word"
    cells = [f"{name:<14}{ms - zero:>8.0f}" for name, ms in known.items()]
    for first in range(0, len(cells), STAMPS_WIDE):
        yield "   ".join(cells[first : first + STAMPS_WIDE]).rstrip()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
