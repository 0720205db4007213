"""One job on its way from its caller to a lane, and the results on their way back."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from enum import Enum, auto
from typing import TypeVar

from appliance.core import clock
from appliance.core.errors import Cancelled
from appliance.inference.job import Job
from appliance.inference.lane import Lane
from appliance.inference.lane_state import LaneState
from appliance.inference.seat import Seat
from appliance.inference.story import JobStory
from appliance.inference.wire import Call, encode

T = TypeVar("T")


class Phase(Enum):
    """How far a job has got."""

    WAITING = auto()
    """For its lane, or for cores."""
    ACTIVE = auto()
    """On its lane, running or parked."""
    OVER = auto()


class Window:
    """How far a job may get ahead of its reader, in results."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.granted = size
        """Results the lane has been allowed so far; 0 when it was asked to park."""
        self._limit = size

    @property
    def worth_granting(self) -> bool:
        """So much more may be produced that telling the lane is worth a message."""
        return self._limit - self.granted >= max(1, self.size // 2)

    def slide(self) -> None:
        """A result was read."""
        self._limit += 1

    def grant(self) -> int:
        """Allow as much as there is room for; returns the number of results allowed in all."""
        self.granted = self._limit
        return self._limit

    def shut(self) -> None:
        """Take back what was allowed."""
        self.granted = 0


class Ticket(AsyncIterator[T]):
    """Owns the results that nobody has read yet, and how the job ended.

    A call is a stream with a window of one.
    """

    def __init__(
        self, job: Job[T], lane: Lane, number: int, window: int, read: Callable[["Ticket[T]"], None]
    ) -> None:
        self.job = job
        self.lane = lane
        self.number = number
        self.call = encode(Call(number, job.method, job.args))
        self.story = JobStory(job.stage, job.method, job.session, job.turn, clock.now())
        self.phase = Phase.WAITING
        self.error: Exception | None = None
        """Why it ended; None as long as it has not, and when it ended well."""
        self.window = Window(window)
        self.seat: Seat | None = None
        """Where it sits, or sat."""
        self._read = read
        self._results: deque[T] = deque()
        self._news = asyncio.Event()

    @property
    def method(self) -> str:
        """Of the engine."""
        return self.job.method

    @property
    def session(self) -> str:
        """Who asks."""
        return self.job.session

    @property
    def weight(self) -> float:
        """How much there is to read."""
        return self.job.weight

    @property
    def budget_s(self) -> float:
        """Seconds that it may run."""
        return self.job.budget_s

    @property
    def allowed(self) -> int:
        """Results that it may give before anybody has read one."""
        return self.window.size

    @property
    def could_go(self) -> bool:
        """Nothing is missing but cores."""
        match self.phase:
            case Phase.WAITING:
                return self.lane.has_seat_for(self.session)
            case Phase.ACTIVE:
                return self.parked and self.window.worth_granting
            case Phase.OVER:
                return False

    @property
    def running(self) -> bool:
        """It burns cores."""
        return self.phase is Phase.ACTIVE and self._seated is LaneState.RUNNING

    @property
    def parked(self) -> bool:
        """It has begun, and burns nothing until it may go on."""
        return self.phase is Phase.ACTIVE and self._seated is LaneState.PARKED

    @property
    def could_park(self) -> bool:
        """It burns cores, and can let go of them between two results."""
        return self.running and self.window.size > 1

    @property
    def _seated(self) -> LaneState | None:
        return self.seat.state if self.seat else None

    def go(self) -> None:
        """Start, or go on as far as there is room for results."""
        if self.phase is Phase.WAITING:
            self.phase = Phase.ACTIVE
            self.story.cold = not self.lane.remembers(self.session)
            self.story.begin(self.lane.spec.name)
            self.seat = self.lane.begin(self)
        elif self.seat:
            self.seat.allow(self.window.grant())

    def park(self) -> None:
        """Stop before the next result."""
        if self.window.granted and self.seat:
            self.window.shut()
            self.seat.allow(0)

    def deliver(self, value: T) -> None:
        """Keep a result for the reader."""
        self.story.result()
        self._results.append(value)
        self._news.set()

    def end(self, error: Exception | None) -> None:
        """There will be no more results; the reader gets those that wait, then `error`."""
        self.phase, self.error = Phase.OVER, error
        self.story.end(type(error).__name__ if error else "")
        self._news.set()

    def cancel(self) -> None:
        """The reader leaves: nothing arrives any more, not even what is here already."""
        if self.phase is Phase.ACTIVE and self.seat:
            self.seat.cancel()
        if self._results or self.phase is not Phase.OVER:
            self._results.clear()
            self.end(Cancelled())

    async def __anext__(self) -> T:
        while not self._results:
            if self.phase is Phase.OVER:
                raise self.error or StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        value = self._results.popleft()
        self.window.slide()
        self._read(self)
        return value
