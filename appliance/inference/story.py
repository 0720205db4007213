"""What became of one job: when it was asked for, began and ended, and what it waited for meanwhile."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from appliance.core import clock
from appliance.core.speech import Stage

MOST_WAITS: Final = 32
"""Waits of one job that are told apart; of a job that is stopped more often, the last one grows."""


class Blame(StrEnum):
    """What a job waits for."""

    ENGINE = "engine"
    """Its engine is down, or being started."""
    OTHERS = "others"
    """The engine or the cores are busy with another conversation."""
    OWN = "own"
    """They are busy with the same conversation."""
    PARKED = "parked"
    """It had begun, and has let go of its cores for more urgent work."""


@dataclass(slots=True)
class Wait:
    """A stretch of time in which a job stood still. In s on the loop's clock."""

    blame: Blame
    """Why."""
    since: float
    """From here."""
    until: float
    """To here."""
    behind: Stage | None = None
    """Whose job was in the way when it began to stand."""


@dataclass(slots=True)
class JobStory:
    """Told once the job is over. Times are in s on the loop's clock; nothing in it was said by anybody."""

    stage: Stage
    """Whose job."""
    method: str
    """What was asked of the engine."""
    session: str
    """By whom."""
    turn: int
    """For which turn."""
    asked: float
    """When."""
    engine: str = ""
    """Which engine had it; empty when none did."""
    cold: bool = False
    """The engine was new, or had last worked for another conversation."""
    began: float | None = None
    """When it got its engine."""
    first: float | None = None
    """When its first result came."""
    ended: float | None = None
    """When it was over."""
    results: int = 0
    """How many came."""
    failure: str = ""
    """What ended it, if not its own end."""
    waits: list[Wait] = field(default_factory=list)
    """In order."""
    _blame: Blame | None = None

    def begin(self, engine: str) -> None:
        """It got its engine."""
        self.began, self.engine = clock.now(), engine

    def result(self) -> None:
        """A result came."""
        self.results += 1
        if self.first is None:
            self.first = clock.now()

    def end(self, failure: str) -> None:
        """It is over."""
        self.ended, self.failure = clock.now(), failure
        self.stand(None)

    def stand(self, blame: Blame | None, behind: Stage | None = None) -> None:
        """It stands still because of this, from now on; None: it moves. Say it as often as you like."""
        now = clock.now()
        if self._blame and self.waits:
            self.waits[-1].until = now
        if blame and blame is not self._blame and len(self.waits) < MOST_WAITS:
            self.waits.append(Wait(blame, now, now, behind))
        self._blame = blame

    def waited_s(self, blame: Blame) -> float:
        """Seconds that it stood still because of this."""
        return sum(wait.until - wait.since for wait in self.waits if wait.blame is blame)
