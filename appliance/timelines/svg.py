"""A timeline as a picture: one SVG file that needs nothing else, in the light of whoever looks at it."""

from collections.abc import Iterator
from html import escape
from typing import Final

from appliance.sessions.timeline import Timeline
from appliance.timelines.panels import MOST_STOOD, Bar, Kind, Panel, Row, panels, stood, title
from appliance.timelines.scale import ticks

WIDTH, LABEL, FIGURE, MARGIN = 960, 104, 64, 24
"""px: all of it, names of rows, their lengths, around it."""
CHART: Final = WIDTH - LABEL - FIGURE - 2 * MARGIN
ROW: Final = 22
"""px from one row to the next."""
BAR: Final = 14
"""px of a bar's height."""
LETTER: Final = 6.6
"""px that a letter of the legend takes on average."""

STYLE: Final = """
:root { color-scheme: light dark }
.paper { fill: #f7f5f0 }
text { fill: #1b1f25; font: 13px system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif }
.title { font-weight: 600; font-size: 15px }
.quiet { fill: #57606a }
.end { text-anchor: end; font-variant-numeric: tabular-nums }
.grid { stroke: #d9d4c9 } .zero { stroke: #57606a }
.sound { fill: #b9b3a6 } .phase { fill: #0b6b60 }
.stands { fill: #e7c9a9 } .works { fill: #d98a3d } .gives { fill: #b45309 }
@media (prefers-color-scheme: dark) {
.paper { fill: #12151a }
text { fill: #eeece7 }
.quiet { fill: #a7b0ba }
.grid { stroke: #343b45 } .zero { stroke: #a7b0ba }
.sound { fill: #4d5661 } .phase { fill: #4fd1b5 }
.stands { fill: #5a4630 } .works { fill: #b5772d } .gives { fill: #ffb454 }
}
"""
"""The pages' colours (web/static/base.css), so that both lights are legible."""

LEGEND: Final = {
    Kind.PHASE: "a part of the wait",
    Kind.STANDS: "stands still",
    Kind.WORKS: "at work",
    Kind.GIVES: "gives results",
    Kind.SOUND: "is heard",
}


def picture(timeline: Timeline, *, whole: bool = False) -> str:
    """The text of an SVG file."""
    drawn, down = list[str](), MARGIN + 20
    for panel in panels(timeline, whole=whole):
        drawn += _panel(panel, down)
        down += ROW * (len(panel.rows) + 3)
    drawn += _legend(down)
    down += ROW
    for line in stood(timeline)[:MOST_STOOD]:
        drawn.append(_text(MARGIN, down, line, "quiet"))
        down += ROW
    named = escape(title(timeline))
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {down}" width="{WIDTH}" height="{down}" '
            f'role="img" aria-label="{named}">',
            f"<title>{named}</title>",
            f"<style>{STYLE}</style>",
            '<rect class="paper" width="100%" height="100%"/>',
            _text(MARGIN, MARGIN + 4, title(timeline), "title"),
            *drawn,
            "</svg>\n",
        )
    )


def _panel(panel: Panel, top: int) -> Iterator[str]:
    yield _text(MARGIN, top + ROW - 6, panel.title, "")
    head, foot = top + 2 * ROW, top + ROW * (len(panel.rows) + 2)
    for moment in ticks(panel.start - panel.zero, panel.end - panel.zero, 10):
        x = _x(panel, panel.zero + moment)
        yield f'<line class="{"grid" if moment else "zero"}" x1="{x}" x2="{x}" y1="{head - 4}" y2="{foot}"/>'
        yield _text(x, head - 8, f"{moment:.0f}", "quiet", anchor="middle")
    yield _text(MARGIN, head - 8, "ms", "quiet")
    for number, row in enumerate(panel.rows):
        yield from _row(panel, row, head + number * ROW)


def _row(panel: Panel, row: Row, top: int) -> Iterator[str]:
    base = top + BAR
    yield _text(MARGIN, base, row.label, "")
    if row.ms is not None:
        yield _text(MARGIN + LABEL + FIGURE - 12, base, f"{row.ms:.0f}", "end")
    for bar in row.bars:
        yield _bar(panel, bar, top)


def _bar(panel: Panel, bar: Bar, top: int) -> str:
    x, end = _x(panel, bar.start), _x(panel, bar.end)
    width = max(round(end - x, 1), 1.5 if bar.end > bar.start else 0.0)
    place = f'x="{x}" y="{top + (ROW - BAR) // 2 - 1}" width="{width}" height="{BAR}"'
    return f'<rect class="{bar.kind}" {place} rx="2"><title>{escape(bar.tip)}</title></rect>'


def _legend(top: int) -> Iterator[str]:
    left = float(MARGIN)
    for kind, words in LEGEND.items():
        yield f'<rect class="{kind}" x="{left:.0f}" y="{top - BAR + 3}" width="{BAR}" height="{BAR}" rx="2"/>'
        yield _text(left + BAR + 6, top, words, "quiet")
        left += BAR + 6 + LETTER * len(words) + 24


def _x(panel: Panel, moment: float) -> float:
    part = min(max((moment - panel.start) / (panel.end - panel.start), 0.0), 1.0)
    return round(MARGIN + LABEL + FIGURE + part * CHART, 1)


def _text(x: float, y: float, words: str, style: str, anchor: str = "") -> str:
    anchored = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text class="{style}" x="{x:g}" y="{y:g}"{anchored}>{escape(words)}</text>'
