"""What is drawn of a timeline, whoever draws it: panels with a window in time, and rows of bars."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from appliance.core.cause import Why
from appliance.sessions.phases import Span
from appliance.sessions.timeline import Stand, Timeline, Work

BEFORE: Final = 0.5
"""How much of the speech is shown, as a part of the wait behind it: the rest of it explains nothing."""
LEAST_MS: Final = 200.0
"""ms of it that are shown at least."""
MARGIN: Final = 0.06
"""Of a window behind what is shown in it."""
LANES: Final = {"turn_end": "turn end", "stt": "recogniser", "llm": "model", "tts": "voice"}
"""What lanes are called, in the order in which they are drawn; others stand behind them."""
WAITS: Final = {
    "engine": "for its engine to be started",
    "others": "behind {behind}, for another conversation",
    "own": "behind {behind}",
    "parked": "parked for {behind}",
}
"""What a job stood still for, by `Blame`."""
WORTH_MS: Final = 5.0
"""ms from which standing still is told in words."""

MOST_STOOD: Final = 8
"""Lines about that, the longest first."""


class Kind(StrEnum):
    """What a bar is."""

    SOUND = "sound"
    """Somebody is heard, or the box."""
    PHASE = "phase"
    """A part of the wait."""
    STANDS = "stands"
    """A job waits for something."""
    WORKS = "works"
    """A job runs, and has given nothing yet."""
    GIVES = "gives"
    """A job runs, and results come."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of a row, in ms on the audio clock."""

    kind: Kind
    """What it is."""
    start: float
    """From here."""
    end: float
    """To here."""
    tip: str = ""
    """More about it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a panel."""

    label: str
    """What it is about; a lane has a dot before its name, since there is a phase called voice, too."""
    ms: float | None
    """Its length, where that means something."""
    bars: tuple[Bar, ...]
    """Later ones over earlier ones."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Some rows over one stretch of time."""

    title: str
    """A sentence."""
    zero: float
    """What is 0 ms on its scale."""
    start: float
    """Its left edge."""
    end: float
    """Its right edge."""
    rows: tuple[Row, ...]
    """From top to bottom."""


def title(timeline: Timeline) -> str:
    """Whose turn, and how it ended."""
    why = "" if timeline.why in {Why.USUAL, ""} else f" ({timeline.why.replace('_', ' ')})"
    return f"turn {timeline.turn}, {timeline.session}, {timeline.outcome}{why}, {timeline.time[:19]}"


def panels(timeline: Timeline, *, whole: bool = False) -> list[Panel]:
    """The wait for the answer; where there was an interruption, also the wait for silence.

    Args:
        timeline: of a turn.
        whole: show all of it, from the first sample of speech to the last that was heard.
    """
    drawn = [_answer(timeline, whole=whole)]
    return [*drawn, _silence(timeline)] if timeline.yielding else drawn


def stood(timeline: Timeline) -> list[str]:
    """What waited for what, in words: the longest first."""
    waits = [(wait, work) for work in timeline.work for wait in work.waits]
    waits = [(wait, work) for wait, work in waits if wait.end - wait.start >= WORTH_MS]
    waits.sort(key=lambda each: each[0].start - each[0].end)
    return [f"{_lane(work.lane)} ({work.method}) stood {_stood(wait)}" for wait, work in waits]


def _answer(timeline: Timeline, *, whole: bool) -> Panel:
    stamps = timeline.stamps
    moments = [ms for ms in stamps.as_dict().values() if ms is not None] or [0.0]
    zero = next((ms for ms in (stamps.speech_ended, stamps.endpoint) if ms is not None), moments[0])
    last = stamps.first_audio if stamps.first_audio is not None else max(moments)
    begun = min(moments) if stamps.speech_started is None else stamps.speech_started
    start = min(zero, max(begun, zero - max(LEAST_MS, BEFORE * (last - zero))))
    end = max(last, zero)
    if whole:
        start, end = min(moments), max(*moments, *(work.ended for work in timeline.work), start)
    wait = timeline.wait_ms
    said = "no answer was heard" if wait is None else f"{wait:.0f} ms from the last word to the first sound"
    rows = [*_phases(timeline.phases), *_lanes(timeline.work)]
    sounds = _sounds({"person": (begun, zero), "reply": (stamps.first_audio, stamps.reply_ended)})
    return _panel(said, zero, start, end, [*sounds[:1], *rows, *sounds[1:]])


def _silence(timeline: Timeline) -> Panel:
    stamps, phases = timeline.stamps, timeline.yielding
    start, end = next(iter(phases.values())).start, list(phases.values())[-1].end
    said = f"{end - start:.0f} ms from the first sound over the reply to silence"
    if stamps.barge_in is None:
        said = f"{end - start:.0f} ms from the stop to silence"
    sounds = _sounds({"reply": (stamps.first_audio, stamps.silent)})
    before = max(LEAST_MS / 2, BEFORE * (end - start) / 2)
    return _panel(said, start, start - before, end, [*_phases(phases), *_lanes(timeline.work), *sounds])


def _panel(said: str, zero: float, start: float, end: float, rows: Iterable[Row]) -> Panel:
    end += max(1.0, MARGIN * (end - start))
    inside = (
        Row(row.label, row.ms, tuple(bar for bar in row.bars if bar.end >= start and bar.start <= end))
        for row in rows
    )
    return Panel(said, zero, start, end, tuple(row for row in inside if row.bars or row.ms is not None))


def _sounds(heard: Mapping[str, tuple[float | None, float | None]]) -> list[Row]:
    rows = []
    for who, (start, end) in heard.items():
        if start is not None and end is not None and end > start:
            rows.append(Row(who, None, (Bar(Kind.SOUND, start, end, f"{who}, {end - start:.0f} ms"),)))
    return rows


def _phases(phases: Mapping[str, Span]) -> list[Row]:
    return [
        Row(name, span.ms, (Bar(Kind.PHASE, span.start, span.end, f"{name}, {span.ms:.1f} ms"),))
        for name, span in phases.items()
    ]


def _lanes(works: Sequence[Work]) -> list[Row]:
    lanes: dict[str, list[Work]] = {lane: [] for lane in LANES}
    for work in works:
        lanes.setdefault(work.lane, []).append(work)
    return [Row(f"· {_lane(lane)}", None, tuple(_bars(jobs))) for lane, jobs in lanes.items() if jobs]


def _bars(works: Sequence[Work]) -> list[Bar]:
    """Standing still below, work above."""
    waits, runs = list[Bar](), list[Bar]()
    for work in works:
        name = f"{work.engine or work.lane}, {work.method}" + (f" ×{work.jobs}" if work.jobs > 1 else "")
        told = f"{name}, {work.busy:.1f} ms at work" + (", cold" if work.cold else "")
        told += f", {work.failure}" if work.failure else ""
        began = work.ended if work.began is None else work.began
        alone = work.jobs == 1 and work.first is not None
        first = max(began, work.first or 0.0) if alone else work.ended
        waits.append(Bar(Kind.STANDS, work.asked, began, name))
        runs += [Bar(Kind.WORKS, began, first, told), Bar(Kind.GIVES, first, work.ended, told)]
        runs += [
            Bar(Kind.STANDS, max(wait.start, began), wait.end, f"{name}, {_stood(wait)}")
            for wait in work.waits
        ]
    return [bar for bar in (*waits, *runs) if bar.end > bar.start]


def _stood(wait: Stand) -> str:
    what = WAITS.get(wait.why, wait.why).format(
        behind=f"the {_lane(wait.behind)}" if wait.behind else "another job"
    )
    return f"{wait.end - wait.start:.0f} ms {what}"


def _lane(lane: str) -> str:
    return LANES.get(lane, lane)
