"""Counts what happens in all conversations, for whoever watches many boxes. Nothing that was said is in it."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from appliance.core.cause import Why
from appliance.core.errors import EngineError
from appliance.core.speech import Outcome, Stage, Turn
from appliance.inference.story import Blame
from appliance.sessions.budget import Took, took
from appliance.sessions.observer import Observer
from appliance.sessions.phases import Phase, Yielding
from appliance.sessions.timeline import Timeline
from appliance.sessions.trace import Stamps
from appliance.web.contracts import Metric
from appliance.web.histogram import Histogram


class Tally(Observer):
    """An `Observer` of any number of conversations."""

    def __init__(self) -> None:
        self._turns: Counter[Outcome] = Counter()
        self._failures: Counter[Stage] = Counter()
        self._causes: Counter[Why] = Counter()
        self._first_audio = Histogram()
        self._silence = Histogram()
        self._phases = {str(phase): Histogram() for phase in (*Phase, *Yielding)}
        self._took = {took: Histogram() for took in Took}
        self._stood: Counter[tuple[str, str]] = Counter()
        """ms by lane and blame."""

    def turn(self, turn: Turn, stamps: Stamps) -> None:  # noqa: ARG002 - every observer is told
        """See `Observer`."""
        self._turns[turn.outcome] += 1
        if turn.cause:
            self._causes[turn.cause.why] += 1

    def traced(self, timeline: Timeline) -> None:
        """See `Observer`."""
        if timeline.wait_ms is not None:
            self._first_audio.observe(timeline.wait_ms / 1000)
        silence = timeline.yielding
        if silence:
            self._silence.observe(sum(span.ms for span in silence.values()) / 1000)
        for name, span in {**timeline.phases, **silence}.items():
            self._phases[name].observe(span.ms / 1000)
        for what, ms in took(timeline.stamps).items():
            self._took[what].observe(ms / 1000)
        for work in timeline.work:
            for wait in work.waits:
                self._stood[work.lane, wait.why] += round(wait.end - wait.start)

    def failed(self, turn: int, error: EngineError) -> None:  # noqa: ARG002 - every observer is told
        """See `Observer`."""
        self._failures[error.stage] += 1

    def metrics(self) -> Iterator[Metric]:
        """All counts."""
        yield from _counted("appliance_turns_total", "Turns by outcome.", "outcome", Outcome, self._turns)
        yield from _counted("appliance_failures_total", "Failures by stage.", "stage", Stage, self._failures)
        about = "Turns by what made them slow or fail."
        yield from _counted("appliance_turn_causes_total", about, "why", Why, self._causes)
        yield from self._durations()
        for stage in Stage:
            for blame in Blame:
                about, labels = "Time that jobs stood still.", (("stage", str(stage)), ("blame", str(blame)))
                stood_s = self._stood[str(stage), str(blame)] / 1000
                yield Metric("appliance_job_stood_seconds_total", about, stood_s, labels, "counter")

    def _durations(self) -> Iterator[Metric]:
        about = "From the end of what was said to the first sound of the reply."
        yield from self._first_audio.metrics("appliance_first_audio_seconds", about)
        about = "From the first sound over a reply, or the stop, to the last sample of it."
        yield from self._silence.metrics("appliance_silence_seconds", about)
        for name, histogram in self._phases.items():
            about = "Parts of both: what somebody waited for."
            yield from histogram.metrics("appliance_phase_seconds", about, (("phase", name),))
        for what, histogram in self._took.items():
            about = "How long engines took, whoever waited for it."
            yield from histogram.metrics("appliance_took_seconds", about, (("what", str(what)),))


def _counted(
    name: str, about: str, label: str, words: type[Outcome | Stage | Why], counts: Counter[Any]
) -> Iterator[Metric]:
    for word in words:
        yield Metric(name, about, counts[word], ((label, word),), "counter")
