"""Plots as SVG, written by hand: they follow the reader's light or dark theme, and need no library."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from statistics import median

from scripts.evaluation.summary import Findings, unchanged

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 760, 250, 24, 44, 46
ROW = 30
COLOURS = ("#2f81f7", "#d4862a", "#2da44e", "#c2569b", "#8c6bd6", "#7d8590")
"""Told apart on white and on black."""

STYLE = """<style>
  text { font: 13px system-ui, sans-serif; fill: #6e7681 }
  .title { font-weight: 600; font-size: 15px }
  .axis, .grid { stroke: #7d8590; fill: none } .grid { stroke-opacity: .25 }
  .target { stroke: #cf4a42; stroke-dasharray: 5 4; fill: none } .red { fill: #cf4a42 }
  @media (prefers-color-scheme: dark) { text { fill: #c9d1d9 } .red { fill: #ff7b72 } }
</style>"""

PEERS_STOP = {
    "GLaDOS (derived)": 32.0,
    "pipecat, local (derived)": 220.0,
    "speech-to-speech (derived)": 384.0,
    "LiveKit console (derived)": 500.0,
}
"""ms from onset to the end of output at least, derived from their defaults (peers.py)."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The horizontal axis."""

    label: str
    limit: float
    step: float

    def x(self, value: float) -> float:
        """Where a value is; what lies beyond the limit sticks to it."""
        return LEFT + (WIDTH - LEFT - RIGHT) * min(max(value, 0.0), self.limit) / self.limit

    def draw(self, bottom: float) -> Iterable[str]:
        """Ticks, grid and label."""
        for tick in range(round(self.limit / self.step) + 1):
            x = self.x(tick * self.step)
            yield f'<path class="grid" d="M{x:.1f} {TOP}V{bottom}"/>'
            yield f'<text x="{x:.1f}" y="{bottom + 17}" text-anchor="middle">{tick * self.step:g}</text>'
        middle = (LEFT + WIDTH - RIGHT) / 2
        yield f'<path class="axis" d="M{LEFT} {bottom}H{WIDTH - RIGHT}"/>'
        yield f'<text x="{middle:.0f}" y="{bottom + 37}" text-anchor="middle">{escape(self.label)}</text>'


def strips(
    title: str,
    axis: Axis,
    rows: Mapping[str, Sequence[float]],
    bars: Mapping[str, float],
    targets: Mapping[str, float],
) -> str:
    """A row of dots per name with its median as a stroke, and a row with a bar per value of others."""
    bottom = TOP + ROW * (len(rows) + len(bars)) + 8
    parts = [*axis.draw(bottom)]
    for number, (name, values) in enumerate(rows.items()):
        y, colour = TOP + ROW * (number + 0.6), COLOURS[number % len(COLOURS)]
        parts.append(_name(f"{name} ({len(values)})", y))
        # A little up and down, so that equal values are seen to be many.
        parts += [_dot(axis.x(value), y + (index % 5 - 2) * 3, colour) for index, value in enumerate(values)]
        if values:
            x = axis.x(median(values))
            parts.append(f'<path d="M{x:.1f} {y - 11:.1f}v22" stroke="{colour}" stroke-width="3"/>')
        if name in targets:
            parts.append(f'<path class="target" d="M{axis.x(targets[name]):.1f} {y - 13:.1f}v26"/>')
    for number, (name, value) in enumerate(bars.items(), start=len(rows)):
        y = TOP + ROW * (number + 0.6)
        width = axis.x(value) - LEFT
        parts.append(_name(name, y))
        parts.append(f'<rect x="{LEFT}" y="{y - 6:.1f}" width="{width:.1f}" height="12" fill="#7d8590"/>')
        parts.append(f'<text x="{axis.x(value) + 6:.1f}" y="{y + 4:.1f}">≥ {value:g}</text>')
    return _svg(title, bottom + BOTTOM, parts)


def curves(title: str, axis: Axis, series: Mapping[str, Sequence[float]], target: float | None = None) -> str:
    """The part of all cases that is below each value, one line per name; names stand at the left."""
    bottom = TOP + 240
    parts = [*axis.draw(bottom)]
    for percent in (0, 50, 100):
        y = bottom - (bottom - TOP) * percent / 100
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{percent} %</text>')
    for number, (name, values) in enumerate(series.items()):
        colour, y = COLOURS[number % len(COLOURS)], TOP + 24 + 24 * number
        parts.append(f'<path d="M10 {y - 4}h18" stroke="{colour}" stroke-width="3"/>')
        parts.append(f'<text x="34" y="{y}">{escape(name)} ({len(values)})</text>')
        parts.append(_steps(sorted(values), axis, bottom, colour))
    if target is not None:
        x = axis.x(target)
        parts.append(f'<path class="target" d="M{x:.1f} {TOP}V{bottom}"/>')
        parts.append(f'<text class="red" x="{x + 4:.1f}" y="{TOP + 12}">target {target:g}</text>')
    return _svg(title, bottom + BOTTOM, parts)


def plots(found: Findings) -> dict[str, str]:
    """All plots of an evaluation, by the name of their section."""
    return {
        "turns": _turns(found),
        "interruptions": _interruptions(found),
        "speculation": _speculation(found),
    }


def _turns(found: Findings) -> str:
    people = found.people
    groups = {
        "quiet": [each for each in people if each.scene == "orders in quiet"],
        "in a kitchen": [each for each in people if "kitchen" in each.scene],
        "hesitating": [each for each in people if "hesitating" in each.scene],
        "short answers": [each for each in found.turns if each.means == "answer"],
    }
    series = {name: _known(each.delay_ms for each in there) for name, there in groups.items()}
    axis = Axis("ms from the labelled end of speech to the decision that it is over", 2000, 250)
    return curves("How long people wait until the box knows that they are done", axis, series, 350)


def _speculation(found: Findings) -> str:
    pairs = unchanged(found)
    series = {
        "with speculation": [with_.first_audio_ms for _, with_ in pairs],
        "without": [before.first_audio_ms for before, _ in pairs],
    }
    axis = Axis("ms from the labelled end of speech to the first sound of the answer", 2000, 250)
    return curves("The same words, with and without an answer prepared in the pause", axis, series)


def _interruptions(found: Findings) -> str:
    floor = [each for each in found.of("floor") if each.outcome == "floor"]
    rows = {
        "first evidence": _known(each.noticed_ms for each in found.over),
        "20 dB lower": _known(each.ducked_ms for each in found.over),
        "silent: “stop”, “wait”, “no”": _known(e.silent_ms for e in floor if e.scene.startswith("stop")),
        "silent: anything else": _known(e.silent_ms for e in floor if not e.scene.startswith("stop")),
    }
    axis = Axis("ms from the onset of the sound", 1500, 250)
    return strips(
        "Somebody speaks over a reply", axis, rows, PEERS_STOP, {"silent: “stop”, “wait”, “no”": 300}
    )


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _steps(values: Sequence[float], axis: Axis, bottom: float, colour: str) -> str:
    """A line that climbs by one step per value."""
    line = f"M{LEFT} {bottom}"
    for number, value in enumerate(values, start=1):
        line += f"H{axis.x(value):.1f}V{bottom - (bottom - TOP) * number / len(values):.1f}"
    return (
        f'<path d="{line}H{WIDTH - RIGHT}" stroke="{colour}" stroke-width="2" fill="none"/>' if values else ""
    )


def _dot(x: float, y: float, colour: str) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}" fill-opacity=".55"/>'


def _name(text: str, y: float) -> str:
    return f'<text x="{LEFT - 10}" y="{y + 4:.1f}" text-anchor="end">{escape(text)}</text>'


def _svg(title: str, height: float, parts: Iterable[str]) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" role="img">'
    caption = f'<title>{escape(title)}</title>\n<text class="title" x="10" y="24">{escape(title)}</text>'
    return "\n".join([head, STYLE, caption, *parts, "</svg>", ""])
