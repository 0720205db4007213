"""A lane: the engine of one stage in its worker, supervised. The only place where blocking becomes async."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from appliance.core.errors import EngineError, Failure
from appliance.core.speech import Stage
from appliance.inference.countdown import Countdown
from appliance.inference.effort import Effort
from appliance.inference.ladder import Ladder
from appliance.inference.launch import Launch, launch_process
from appliance.inference.life import Life
from appliance.inference.settings import InferenceSettings
from appliance.inference.spec import EngineSpec
from appliance.inference.wire import Allow, Cancel, Ended, Item, Waiting, encode

log = logging.getLogger(__name__)


class LaneState(StrEnum):
    """What the worker of a lane is doing."""

    DOWN = "down"
    """There is none, or it is loading. It will not be long."""
    OUT = "out of order"
    """As before, but it has been too long already to wait for it."""
    IDLE = "idle"
    """It waits for work."""
    RUNNING = "running"
    """It burns cores, be it for work that was cancelled and has not noticed yet."""
    PARKED = "parked"
    """It has work, and burns nothing until that may go on."""


class Work(Protocol):
    """A job as its lane sees it."""

    number: int
    """Tells it from all other jobs."""
    start: bytes
    """Its encoded `Start`."""

    @property
    def budget_s(self) -> float:
        """Seconds that it may run."""

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


class Lane:
    """Runs one piece of work at a time, and replaces its worker when that dies or hangs.

    Synchronous but for opening and closing: results and changes of state are called back from
    the loop. Nothing of cancelled work is delivered, whatever the worker still sends.
    """

    def __init__(
        self, specs: Sequence[EngineSpec], settings: InferenceSettings, launch: Launch = launch_process
    ) -> None:
        self.state = LaneState.DOWN
        self.changed: Callable[[], None] = lambda: None
        """Called after `state` has changed by itself."""
        self._ladder = Ladder(specs, settings)
        self._settings = settings
        self._launch = launch
        self._life = Life(self._ladder.spec, self._receive, settings)
        self._limit = Countdown(0.0, lambda: None)
        self._work: Work | None = None
        self._effort = Effort()
        self._serial = 0
        self._supervision: asyncio.Task[None] | None = None

    @property
    def spec(self) -> EngineSpec:
        """The engine in use."""
        return self._life.spec

    def health(self) -> LaneHealth:
        """How the lane is."""
        birth = self._life.birth
        return LaneHealth(
            stage=self.spec.stage,
            engine=self.spec.name,
            state=self.state,
            degraded=self._ladder.degraded,
            falls=self._ladder.falls,
            load_s=birth.load_s if birth else 0.0,
            rss=birth.rss if birth else 0,
            threads=self.spec.threads,
            busy_s=self._effort.seconds,
            problem=self._ladder.problem,
        )

    async def open(self) -> None:
        """Start the worker and return when it is ready; from then on it is supervised.

        Raises:
            EngineError: every engine of the stage has used up its attempts.
        """
        while error := await self._rise():
            if self._ladder.exhausted:
                raise error
        self._supervision = asyncio.create_task(self._supervise(), name=f"lane {self.spec.stage}")

    async def close(self) -> None:
        """End the worker, and with it whatever it was doing."""
        if self._supervision:
            self._supervision.cancel()
            await asyncio.wait({self._supervision})
        closed = self._life.error("was shut down")
        self._life.condemn(closed)
        await self._life.end()
        self._limit.hold()
        self._finish(closed)
        self._turn(LaneState.OUT)

    def begin(self, work: Work) -> None:
        """Start work. The lane must be idle."""
        self._work, self._serial = work, 0
        self._enter(LaneState.RUNNING)
        self._within(work.budget_s, self._kill_because(f"took longer than {work.budget_s:g} s"))
        self._life.send(work.start)

    def allow(self, until: int) -> None:
        """Let the work go on to result number `until`; 0 parks it before its next result."""
        if not self._work:
            return
        self._serial += 1
        self._enter(LaneState.RUNNING)  # until the worker says that it waits
        self._limit.run()
        self._life.send(encode(Allow(self._work.number, self._serial, until)))

    def cancel(self) -> None:
        """Nobody wants the work any more. The lane is idle as soon as the engine has noticed."""
        if not self._work:
            return
        self._life.send(encode(Cancel(self._work.number)))
        grace_s = self._settings.cancel_grace_s
        self._within(grace_s, self._kill_because(f"did not stop within {grace_s:g} s"))
        self._work = None

    def out_of_order(self) -> EngineError:
        """What to tell those who wait for a lane that is out of order."""
        problem = f"is out of order: {self._ladder.problem or 'it was shut down'}"
        return self._life.error(problem, Failure.OUT_OF_ORDER)

    def _within(self, seconds: float, otherwise: Callable[[], None]) -> None:
        """Set the one limit that a lane has at a time."""
        self._limit.hold()
        self._limit = Countdown(seconds, otherwise)
        self._limit.run()

    def _kill_because(self, problem: str) -> Callable[[], None]:
        return lambda: self._life.condemn(self._life.error(problem, Failure.HUNG))

    def _receive(self, message: Any) -> None:
        match message:
            case Item(value=value) if self._work:
                self._work.deliver(value)
            case Waiting(serial=serial) if self._work and serial == self._serial:
                self._limit.hold()
                self._turn(LaneState.PARKED)
            case Ended(error=error):
                self._limit.hold()
                self._finish(error)
                self._turn(LaneState.IDLE)

    def _finish(self, error: EngineError | None) -> None:
        work, self._work = self._work, None
        if work:
            work.end(error)

    def _turn(self, state: LaneState) -> None:
        self._enter(state)
        self.changed()

    def _enter(self, state: LaneState) -> None:
        self.state = state
        self._effort.follow(at_work=state is LaneState.RUNNING)

    async def _supervise(self) -> None:
        while True:
            await self._fall(await self._life.end())
            while await self._rise():
                pass

    async def _rise(self) -> EngineError | None:
        """Start the engine that the ladder names; when that fails, wait a while and return the reason."""
        self._life = Life(self._ladder.spec, self._receive, self._settings)
        try:
            await self._life.start(self._launch)
        except EngineError as error:
            await self._fall(error)
            return error
        self._limit.hold()
        log.info("%s is ready after %.1f s", self.spec.name, self.health().load_s)
        self._turn(LaneState.IDLE)
        return None

    async def _fall(self, error: EngineError) -> None:
        """Give up the worker, fail its work, and wait as long as the ladder says."""
        delay_s = self._ladder.fall(error, self._life.served_s)
        account = "\n".join((error.problem, *getattr(error, "__notes__", ())))
        log.warning("Starting %s in %.1f s, because %s", self._ladder.spec.name, delay_s, account)
        self._finish(error)
        if self.state not in (LaneState.DOWN, LaneState.OUT):
            self._within(self._settings.patience_s, lambda: self._turn(LaneState.OUT))
            self._turn(LaneState.DOWN)
        await asyncio.sleep(delay_s)
