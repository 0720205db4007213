"""What is noted of one turn while it lives, and told to everybody once it is over."""

from dataclasses import replace

from appliance.core import clock
from appliance.core.errors import EngineError
from appliance.core.speech import Turn
from appliance.inference.job import LOCAL
from appliance.sessions.parts import Parts
from appliance.sessions.timeline import timeline
from appliance.sessions.trace import Stamps
from appliance.sessions.why import Facts


class Account:
    """Owns the stamps of a turn, and what broke in it. Knows no exchange: a circle would keep megabytes of sound."""

    def __init__(self, parts: Parts) -> None:
        self.stamps = Stamps()
        """When things happened."""
        self.resumed = 0
        """Pauses before the last one in which they seemed done, and were not."""
        self.first_words = 0
        """Words of the first clause of the answer."""
        self.error: EngineError | None = None
        """What broke last."""
        self._parts = parts

    def mark(self, name: str) -> None:
        """Stamp it with this moment."""
        self.stamps.mark(name, self._parts.port.now())

    def fail(self, turn: int, error: EngineError) -> None:
        """A stage broke."""
        self.error = error.with_traceback(None)  # it would keep all that it came through
        self._parts.observer.failed(turn, error)

    def close(self, turn: Turn) -> None:
        """It is over: find out why it was slow, and tell it."""
        parts, port = self._parts, self._parts.port
        now = port.now()
        facts = Facts(
            self.stamps,
            turn.outcome,
            parts.diary.pages(parts.name, turn.number),
            shift_s=now - clock.now(),
            words=bool(turn.transcript),
            error=self.error,
            lasted_ms=now * 1000 - (self.stamps.speech_ended or 0.0),
            first_words=self.first_words,
            resumed=self.resumed,
            pressed=not parts.relaxed(),
            remote=parts.name != LOCAL,
        )
        turn = replace(turn, cause=parts.diary.explain(facts))
        parts.observer.turn(turn, self.stamps)
        parts.observer.traced(timeline(parts.name, turn, facts, now, port.counters().get("dropped", 0)))
