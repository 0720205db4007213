"""A conversation as somebody at its other end sees it, and everything about it that must never be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from appliance.core.clock import monotonic
from appliance.turns.machine import State, TurnSettings

LONGEST_S = {
    **{str(state): TurnSettings().deadline_s(state) for state in State},
    str(State.STALLING): TurnSettings().thinking_s
    + TurnSettings().stalling_s,  # asked for patience again and again
}
"""s that each state may last."""
REST = frozenset({"listening", "muted"})
SLACK_S = 10.0
"""s beyond a state's deadline: the machine is busy, and messages travel."""
SETTLED_S = 1.0
"""s behind the end of a turn in which the last of its sound may arrive."""
SILENT_OUTCOMES = frozenset({"answered", "failed"})
"""Of turns in which something must have been heard: an answer, or an apology."""


@dataclass
class Line:
    """Owns what is known of one session, however many connections carry it."""

    name: str
    """Of whoever is here; typed words carry it, so that it is noticed when it turns up elsewhere."""
    breaks: Callable[[str], None]
    """Is told every invariant that does not hold."""
    state: str = "listening"
    since: float = field(default_factory=monotonic)
    connected: bool = False
    session: str = ""
    turns: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    delays: list[tuple[float, float]] = field(default_factory=list)
    """When, and ms from the last word to the first sound."""
    _closed: set[int] = field(default_factory=set)
    _heard_at: float = 0.0
    """When sound came last."""
    _began: float = 0.0
    """When the turn began that runs."""
    _excused: float = 0.0
    """When the person last did something that silences a turn, or the connection was not there."""
    _silent: int = 0
    """Turns in a row of which nothing was heard."""

    def heard(self) -> None:
        """Some sound has come."""
        self._heard_at = monotonic()

    def excuse(self) -> None:
        """What runs now may be silent."""
        self._excused = monotonic()

    def lost(self) -> None:
        """The connection is gone."""
        self.connected = False
        self.excuse()

    def take(self, message: Mapping[str, Any]) -> None:
        """Something was told."""
        match message["type"]:
            case "hello":
                self._hello(message)
            case "state":
                self._enter(message["state"])
            case "turn":
                self._over(message)
            case "levels" if message["box"] > 1e-4:
                self.heard()

    def watch(self) -> None:
        """Time has passed."""
        limit_s = LONGEST_S.get(self.state)
        if self.connected and self.state not in REST and limit_s and self._lasted() > limit_s + SLACK_S:
            self.breaks(f"{self.name}: {self.state} for {self._lasted():.0f} s")
            self.since = monotonic()  # once per time

    @property
    def resting(self) -> bool:
        """Nobody is being heard or answered."""
        return self.state in REST

    def _lasted(self) -> float:
        return monotonic() - self.since

    def _hello(self, message: Mapping[str, Any]) -> None:
        if message["session"] != self.session:
            self.session, self._silent = message["session"], 0
        self._closed = {line["turn"] for line in message["conversation"]}
        self.connected = True
        self.excuse()
        self._enter(message["state"])

    def _enter(self, state: str) -> None:
        if state == "thinking":
            self._began = monotonic()
        self.state, self.since = state, monotonic()

    def _over(self, message: Mapping[str, Any]) -> None:
        self.turns += 1
        outcome = message["outcome"]
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        if message["turn"] in self._closed:
            self.breaks(f"{self.name}: turn {message['turn']} was closed twice")
        self._closed.add(message["turn"])
        first = message["timing"]["first_audio_ms"]
        if first is not None:
            self.delays.append((monotonic(), first))
        quiet = self._heard_at < self._began and self._excused < self._began
        self._silent = self._silent + 1 if quiet and outcome in SILENT_OUTCOMES else 0
        if self._silent > 1:
            self.breaks(f"{self.name}: {self._silent} silent turns in a row ({outcome})")


def crossed(lines: Mapping[str, Line], name: str, text: str) -> str:
    """Whose words have reached somebody else; "" when nobody's."""
    return next((other for other in lines if other != name and other in text), "")
