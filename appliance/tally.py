"""Counts what happens in all conversations, for whoever watches many boxes. Nothing that was said is in it."""

from collections import Counter
from collections.abc import Iterator

from appliance.core.cause import Why
from appliance.core.errors import EngineError
from appliance.core.speech import Outcome, Stage, Turn
from appliance.sessions.observer import Observer
from appliance.sessions.trace import Stamps
from appliance.web.contracts import Metric


class Tally(Observer):
    """An `Observer` of any number of conversations."""

    def __init__(self) -> None:
        self._turns: Counter[Outcome] = Counter()
        self._failures: Counter[Stage] = Counter()
        self._causes: Counter[Why] = Counter()
        self._heard = 0
        self._delay_s = 0.0

    def turn(self, turn: Turn, stamps: Stamps) -> None:
        """See `Observer`."""
        self._turns[turn.outcome] += 1
        if turn.cause:
            self._causes[turn.cause.why] += 1
        delay_ms = stamps.since("first_audio", "speech_ended")
        if delay_ms is not None:
            self._heard += 1
            self._delay_s += delay_ms / 1000

    def failed(self, turn: int, error: EngineError) -> None:  # noqa: ARG002 - every observer is told
        """See `Observer`."""
        self._failures[error.stage] += 1

    def metrics(self) -> Iterator[Metric]:
        """All counts."""
        for outcome in Outcome:
            yield Metric(
                "appliance_turns_total",
                "Turns by outcome.",
                self._turns[outcome],
                (("outcome", outcome),),
                "counter",
            )
        for stage in Stage:
            yield Metric(
                "appliance_failures_total",
                "Failures by stage.",
                self._failures[stage],
                (("stage", stage),),
                "counter",
            )
        for why in Why:
            yield Metric(
                "appliance_turn_causes_total",
                "Turns by what made them slow or fail.",
                self._causes[why],
                (("why", why),),
                "counter",
            )
        help_text = "From the end of what was said to the first sound of the reply."
        yield Metric("appliance_first_audio_seconds_sum", help_text, self._delay_s, kind="counter")
        yield Metric(
            "appliance_first_audio_seconds_count", "Replies in that sum.", self._heard, kind="counter"
        )
