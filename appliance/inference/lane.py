"""A lane: the engine of one stage in its worker, supervised. The only place where blocking becomes async."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from appliance.core import clock
from appliance.core.errors import EngineError, Failure
from appliance.diagnosis.events import note
from appliance.inference.climb import climb
from appliance.inference.countdown import Countdown
from appliance.inference.ladder import Ladder
from appliance.inference.lane_state import LaneHealth, LaneState, Work
from appliance.inference.launch import Launch, launch_process
from appliance.inference.life import GaveWay, Life
from appliance.inference.seat import Seat
from appliance.inference.seats import Seats
from appliance.inference.settings import InferenceSettings
from appliance.inference.spec import EngineSpec
from appliance.inference.wire import Ended, Waiting

log = logging.getLogger(__name__)


class Lane:
    """Has one piece of work done at each seat of its worker, and replaces that when it dies or hangs.

    Synchronous but for opening and closing: results and changes of state are called back from
    the loop. Nothing of cancelled work is delivered, whatever the worker still sends.
    """

    def __init__(
        self, specs: Sequence[EngineSpec], settings: InferenceSettings, launch: Launch = launch_process
    ) -> None:
        self.changed: Callable[[], None] = lambda: None
        """Called after `state`, or that of a seat, has changed by itself."""
        self._ladder = Ladder(specs, settings)
        self._settings = settings
        self._launch = launch
        self._life = Life(self._ladder.spec, self._receive, settings)
        self._standing = LaneState.DOWN
        """DOWN, OUT, or IDLE for a worker that is ready, whatever it does."""
        self._patience = Countdown(0.0, lambda: None)
        """Until nobody waits any more for the worker."""
        self._seats = Seats(settings, self._kill)
        self._supervision: asyncio.Task[None] | None = None
        self._climbing: asyncio.Task[None] | None = None
        self._wanted = asyncio.Event()
        """Set unless the machine has no room for any engine."""
        self._wanted.set()

    @property
    def spec(self) -> EngineSpec:
        """The engine in use."""
        return self._life.spec

    @property
    def state(self) -> LaneState:
        """What its worker is doing."""
        return self._seats.state if self._standing is LaneState.IDLE else self._standing

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
            busy_s=self._seats.effort_s,
            problem=self._ladder.problem,
            pid=self._life.pid,
            warnings=birth.warnings if birth else (),
            seats=len(self._seats),
        )

    @property
    def moves(self) -> int:
        """Changes whenever the worker was replaced, for whatever reason."""
        return self._ladder.moves

    @property
    def abandoned(self) -> bool:
        """Nobody supervises the worker (any more)."""
        return self._supervision is None or self._supervision.done()

    async def open(self) -> None:
        """Start the worker and return when it is ready; from then on it is supervised.

        Raises:
            EngineError: every engine of the stage has used up its attempts. They are tried again until `close`.
        """
        while (error := await self._rise()) and not self._ladder.exhausted:
            pass
        self._supervision = asyncio.create_task(
            self._supervise(risen=not error), name=f"lane {self.spec.stage}"
        )
        if error:
            self._turn(LaneState.OUT)
            raise error

    async def close(self) -> None:
        """End the worker, and with it whatever it was doing."""
        if tasks := {task for task in (self._climbing, self._supervision) if task}:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        closed = self._life.error("was shut down")
        self._life.condemn(closed)
        await self._life.end()
        self._seats.vacate(closed)
        self._turn(LaneState.OUT)

    def has_seat_for(self, session: str) -> bool:
        """Whether a piece of work of `session` may begin now."""
        ready = self._standing is LaneState.IDLE and not self._giving_way
        return ready and self._seats.free_for(session) is not None

    def remembers(self, session: str) -> bool:
        """Whether the engine may still know what `session` has told it before."""
        return self._seats.known(session)

    def begin(self, work: Work) -> Seat:
        """Start work. There must be a seat for it."""
        return self._seats.begin(work)

    def out_of_order(self) -> EngineError:
        """What to tell those who wait for a lane that is out of order."""
        problem = f"is out of order: {self._ladder.problem or 'it was shut down'}"
        return self._life.error(problem, Failure.OUT_OF_ORDER)

    def doubt(self, problem: str) -> None:
        """What the engine gave could not be used, and `problem` says why. Too often, and it is restarted."""
        if self._ladder.doubt():
            self._retire(self._life.error(f"is not to be trusted: {problem}", Failure.BROKEN))

    def refit(self, specs: Sequence[EngineSpec], best: int, reason: str) -> None:
        """What the machine has room for has changed: see to it as soon as this engine has nothing to do.

        Args:
            specs: the same engines, perhaps with other arguments; none: the lane is out of order, and takes no memory.
            best: number of the best that may be used. Better ones are tried again when nobody needs this one.
            reason: a sentence for people.
        """
        if specs:
            self._ladder.refit(specs, best, reason)
            self._wanted.set()
            self._aspire()
        else:
            self._ladder.reason = reason
            self._wanted.clear()
        if self.state is LaneState.IDLE:
            self._free()

    @property
    def _giving_way(self) -> bool:
        """As soon as it has nothing to do, this engine is replaced by another one, or by none."""
        return self._ladder.spec != self.spec or not self._wanted.is_set()

    def renew(self, reason: str) -> None:
        """Replace the worker, which has done nothing wrong, by a fresh one, unless it is at work."""
        if self.state is LaneState.IDLE:
            self._retire(GaveWay(self.spec.stage, f"{self.spec.name} is started anew: {reason}"))

    def _kill(self, problem: str) -> None:
        self._life.condemn(self._life.error(problem, Failure.HUNG))

    def _receive(self, message: Any) -> None:
        if self._seats.receive(message):
            match message:
                case Ended(error=error):
                    self._free(error)
                case Waiting():
                    self.changed()

    def _turn(self, standing: LaneState) -> None:
        self._standing = standing
        self._patience.hold()
        self.changed()

    def _free(self, error: EngineError | None = None) -> None:
        """The engine has nothing to do; its last job may have failed with `error`. Shall it have another?"""
        if error and self._ladder.doubt():
            self._retire(self._life.error(f"keeps failing: {error.problem}", Failure.BROKEN))
        elif self._giving_way and self.state is LaneState.IDLE:
            self._retire(GaveWay(self.spec.stage, f"{self.spec.name} gives way: {self._ladder.reason}"))
        else:
            self.changed()

    def _retire(self, why: EngineError) -> None:
        self._life.condemn(why)
        self._go_down()

    async def _supervise(self, *, risen: bool) -> None:
        while True:
            while not risen:
                risen = not await self._rise()
            life = self._life
            error = await life.end()
            if life is self._life:  # otherwise a better engine is in its place already
                await self._fall(error)
                risen = False

    async def _rise(self) -> EngineError | None:
        """Start the engine that the ladder names; when that fails, wait a while and return the reason."""
        await self._wanted.wait()
        self._life = Life(self._ladder.spec, self._receive, self._settings)
        try:
            await self._life.start(self._launch)
        except EngineError as error:
            await self._fall(error)
            return error
        name, load_s = self.spec.name, self.health().load_s
        said = f"{name} is ready after {load_s:.1f} s"
        note(log, logging.INFO, "engine.ready", said, engine=name, load_s=round(load_s, 3))
        for warning in self.health().warnings:
            log.warning("%s", warning)
        self._employ()
        self._free()
        self._aspire()
        return None

    def _employ(self) -> None:
        """A new worker has taken office."""
        birth = self._life.birth
        self._seats.furnish(birth.seats if birth else 0, self._life, self.spec.name)
        self._standing = LaneState.IDLE
        self._patience.hold()

    async def _fall(self, error: EngineError) -> None:
        """Give up the worker, fail its work, and wait as long as the ladder says."""
        self._seats.vacate(error)
        if isinstance(error, GaveWay):
            self._ladder.parted(error)
            log.info("%s", error.problem)
            return
        delay_s = self._ladder.fall(error, self._life.served_s)
        account = "\n".join((error.problem, *getattr(error, "__notes__", ())))
        name = self._ladder.spec.name
        said = f"Starting {name} in {delay_s:.1f} s, because {account}"
        note(log, logging.WARNING, "engine.fell", said, engine=name, failure=error.failure)
        self._go_down()
        await asyncio.sleep(delay_s)

    def _go_down(self) -> None:
        if not self._wanted.is_set():
            self._turn(LaneState.OUT)
        elif self._standing is LaneState.IDLE:
            self._turn(LaneState.DOWN)
            self._patience = Countdown(self._settings.patience_s, lambda: self._turn(LaneState.OUT))
            self._patience.run()

    def _aspire(self) -> None:
        """See to it that a better engine is tried now and then, where there is one."""
        if self._ladder.better and (self._climbing is None or self._climbing.done()):
            self._climbing = asyncio.create_task(
                climb(self._ladder, self._candidate, self._rested, self._take_over),
                name=f"climb {self.spec.stage}",
            )

    async def _rested(self) -> None:
        """Return when nobody has needed the engine for a while."""
        effort_s = -1.0
        while self.state is not LaneState.IDLE or effort_s != self._seats.effort_s:
            effort_s = self._seats.effort_s
            await clock.sleep_until(clock.now() + self._settings.rest_s)

    @asynccontextmanager
    async def _candidate(self, spec: EngineSpec) -> AsyncIterator[Life]:
        """A worker beside the present one. Unless it has taken over in the end, it is dismissed."""
        life = Life(spec, self._receive, self._settings)
        try:
            await life.start(self._launch)
            yield life
        finally:
            if life is not self._life:
                life.condemn(life.error("was not needed"))
                await life.end()

    def _take_over(self, life: Life) -> None:
        former, self._life = self._life, life
        self._ladder.climbed()
        self._employ()
        former.condemn(former.error("gave way to a better engine"))
