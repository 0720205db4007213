"""What a lane does, how it is, and what it sees of a job."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from appliance.core.speech import Stage
from appliance.inference.pace import Question


class LaneState(StrEnum):
    """What the worker of a lane is doing."""

    DOWN = "down"
    """There is none, or it is loading. It will not be long."""
    OUT = "out of order"
    """As before, but it has been too long already to wait for it."""
    IDLE = "idle"
    """It waits for work. Of a lane: at all its seats."""
    RUNNING = "running"
    """It burns cores, be it for work that was cancelled and has not noticed yet."""
    PARKED = "parked"
    """It has work, and burns nothing until that may go on. Of a lane: wherever it has work."""


class Work(Question, Protocol):
    """A job as its lane sees it."""

    number: int
    """Tells it from all other jobs."""
    call: bytes
    """Its encoded `Call`."""

    @property
    def allowed(self) -> int:
        """Results that it may give before anybody has read one."""

    def deliver(self, value: Any) -> None:
        """Take a result."""

    def end(self, error: Exception | None) -> None:
        """There are no more. Not called by a lane that was told to cancel."""


@dataclass(frozen=True, slots=True)
class LaneHealth:
    """A lane at one moment."""

    stage: Stage
    engine: str
    """Name of the engine in use."""
    state: LaneState
    degraded: bool
    """The best engine of the stage kept failing; this is a lesser one."""
    falls: int
    """Workers lost, or never ready, since the start."""
    load_s: float
    """Seconds the present worker took to be ready."""
    rss: int
    """Bytes resident in it at that time."""
    threads: int
    """Cores that its engine keeps busy while it is at work."""
    busy_s: float
    """Seconds that its engines have been at work since the start."""
    problem: str
    """What the last worker died of; empty when none has died."""
    pid: int = 0
    """Of the worker's process; 0 while there is none."""
    warnings: tuple[str, ...] = ()
    """What a person should know about it although it works."""
    seats: int = 1
    """Pieces of work that it can do at the same time; 0 while there is no worker."""
