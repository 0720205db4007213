"""Where the wait goes in one conversation, lately: the table that its owner sees."""

from collections import deque
from collections.abc import Mapping, Sequence
from enum import StrEnum
from statistics import quantiles
from typing import Any, Final

from appliance.sessions.observer import Observer
from appliance.sessions.phases import Phase
from appliance.sessions.timeline import Timeline
from appliance.sessions.trace import Stamps

KEPT: Final = 64
"""Turns that the table is made of."""

ROWS: Final[Mapping[str, tuple[float, tuple[Phase, ...]]]] = {
    "transport": (50, (Phase.ARRIVING, Phase.PLAYING)),
    "endpoint": (260, (Phase.PAUSE,)),
    "transcript": (40, (Phase.HEARING,)),
    "first_token": (60, (Phase.READING,)),
    "first_clause": (60, (Phase.WRITING,)),
    "first_sound": (30, (Phase.VOICE,)),
    "all": (500, tuple(Phase)),
}
"""The rows: ms that each may take, and the phases it is made of. They share 500 ms, the median that this project sets
itself; 60 for a first token with a warm prefix likewise. What is done in the pause costs nobody anything, so most of
it is the shortest pause (256 ms)."""


class Took(StrEnum):
    """How long engines took, whoever waited for it: in a pause, nobody does."""

    ASR_LAG = "asr_lag"
    """From the arrival of the last voiced window to the transcript."""
    FIRST_TOKEN = "first_token"  # noqa: S105 - of a language model
    """From asking the model to its first token."""
    TTS_FIRST_BYTE = "tts_first_byte"
    """From the first clause to its first sound."""


ENDS: Final = {
    Took.ASR_LAG: ("transcript", "arrived"),
    Took.FIRST_TOKEN: ("first_token", "model_asked"),
    Took.TTS_FIRST_BYTE: ("first_sound", "first_clause"),
}
"""Their stamps: to, from."""


def took(stamps: Stamps) -> dict[Took, float]:
    """Of one turn, in ms, as far as they happened."""
    found = {what: stamps.since(*ends) for what, ends in ENDS.items()}
    return {what: max(0.0, ms) for what, ms in found.items() if ms is not None}


class Budget(Observer):
    """An `Observer` of one conversation. Owns its last turns' waits."""

    def __init__(self) -> None:
        self.rtt_ms: float | None = None
        """ms to the page and back, as it has measured last; None at the box itself. Set by whoever knows."""
        self.last: Timeline | None = None
        """The last turn in which an answer was heard."""
        self._waits: dict[str, deque[float]] = {
            row: deque(maxlen=KEPT) for row in ROWS
        }  # full: the oldest goes
        self._took: dict[Took, deque[float]] = {what: deque(maxlen=KEPT) for what in Took}  # likewise
        self._dropped = self._captured = 0

    def traced(self, timeline: Timeline) -> None:
        """See `Observer`."""
        phases = timeline.phases
        self.last = timeline if phases else self.last
        for row, (_, parts) in ROWS.items():
            if phases:
                self._waits[row].append(sum(phases[part].ms for part in parts))
        for what, ms in took(timeline.stamps).items():
            self._took[what].append(ms)
        self._dropped, self._captured = timeline.dropped, timeline.captured

    def table(self) -> dict[str, Any]:
        """As JSON: of each row the last, the median, the 95th percentile and what it may be, in ms."""
        rows = {row: {**_figures(self._waits[row]), "budget": allowed} for row, (allowed, _) in ROWS.items()}
        return {
            "turns": len(self._waits["all"]),
            "last": self.last.turn if self.last else None,
            "rows": rows,
            "took": {str(what): _figures(known) for what, known in self._took.items()},
            "rtt_ms": self.rtt_ms,
            "drop_rate": self._dropped / self._captured if self._captured else 0.0,
        }


def _figures(known: Sequence[float]) -> dict[str, float | None]:
    if not known:
        return {"last": None, "p50": None, "p95": None}
    cuts = quantiles(known, n=20, method="inclusive") if len(known) > 1 else [known[0]] * 19
    return {"last": round(known[-1], 1), "p50": round(cuts[9], 1), "p95": round(cuts[18], 1)}
