"""Shares the cores among the lanes: who runs, who waits, who makes room for whom.

One rule decides, `_dispatch`, and it is applied whenever anything has changed: of the jobs that
could use cores now, the most urgent gets them. If there are not enough, less urgent streams are
parked at their next result and go on later, and nobody less urgent starts meanwhile.

An engine with several seats takes its cores once, for whoever sits there shares them.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar

from appliance.core import clock
from appliance.core.errors import Cancelled, EngineError, Failure
from appliance.core.speech import Stage
from appliance.inference.cores import spare_cores
from appliance.inference.job import LOCAL, Job
from appliance.inference.lane import Lane
from appliance.inference.lane_state import LaneHealth, LaneState
from appliance.inference.settings import InferenceSettings
from appliance.inference.story import Blame, JobStory
from appliance.inference.ticket import Phase, Ticket

T = TypeVar("T")

Rank = tuple[int, bool, int]
"""Sorts jobs by urgency."""

log = logging.getLogger(__name__)

DISPENSABLE = frozenset({Stage.TURN_END})
"""Stages that only make a conversation better. Jobs for them fail while they are down, as any others do."""


@dataclass(frozen=True, slots=True)
class SchedulerHealth:
    """The scheduler at one moment."""

    lanes: tuple[LaneHealth, ...]
    cores: int
    """Threads that may be busy at once."""
    busy: int
    """Threads that are."""
    waiting: int
    """Jobs that have not begun."""
    oldest_s: float
    """Seconds the longest of them has waited."""
    completed: int
    """Jobs since the start, by how they ended."""
    failed: int
    cancelled: int


class Scheduler:
    """The `Inference` of the appliance. Owns the lanes and every job on its way to or from them.

    The session at the box's own microphone goes before others that ask for the same thing, and nobody sits beside it
    at an engine of several seats while it is answered: others wait there until its model has written as far ahead of
    the voice as it may.
    """

    def __init__(self, lanes: Sequence[Lane], settings: InferenceSettings) -> None:
        self._lanes: Mapping[Stage, Lane] = {lane.spec.stage: lane for lane in lanes}
        self._settings = settings
        self._cores = settings.cores or spare_cores()
        self._tickets: list[Ticket[Any]] = []
        """In order of arrival; those that are over stay until their reader has left."""
        self._numbers = count(1)
        self._ends: Counter[type[Exception | None]] = Counter()
        """Jobs by what ended them."""
        self.told: Callable[[JobStory], None] = lambda _: None
        """Called with every job that is over."""
        for lane in self.lanes:
            lane.changed = self._dispatch

    async def open(self, *, anyhow: bool = False, risen: Callable[[Stage], None] = lambda _: None) -> None:
        """Start all engines and return when they are ready. Call `close` in any case.

        Args:
            anyhow: go on without whatever does not work, which is tried again and again.
            risen: is told of each stage when its engine is ready.

        Raises:
            EngineError: a stage without which there is no conversation has no engine that works.
        """

        async def rise(lane: Lane) -> None:
            await lane.open()
            risen(lane.spec.stage)

        opened = await asyncio.gather(*map(rise, self.lanes), return_exceptions=True)
        for lane, failure in zip(self.lanes, opened, strict=True):
            if failure:
                if not anyhow and lane.spec.stage not in DISPENSABLE:
                    raise failure
                log.warning("Going on without %s: %s", lane.spec.name, failure)

    async def close(self) -> None:
        """End all workers. Jobs that are not over yet fail."""
        await asyncio.gather(*(lane.close() for lane in self.lanes))

    @asynccontextmanager
    async def stream(self, job: Job[T]) -> AsyncIterator[AsyncIterator[T]]:
        """Start a job; iterate over its results as they come. Leaving early cancels it."""
        with self._admitted(job, self._settings.window) as ticket:
            yield ticket

    def life(self, stage: Stage) -> int:
        """Changes whenever the engine of a stage was replaced."""
        return self._lane(stage).moves

    def spare(self) -> bool:
        """Whether a core is free and nobody waits, be it for cores or for an engine."""
        return self._busy() < self._cores and not any(
            ticket.could_go or ticket.phase is Phase.WAITING for ticket in self._tickets
        )

    def doubt(self, job: Job[Any], problem: str) -> None:
        """What came of a job cannot be used."""
        self._lane(job.stage).doubt(problem)

    def neglected(self) -> int | None:
        """Number of the oldest job that could run and does not, although no engine is at work; None: there is none."""
        able = (ticket.number for ticket in self._tickets if ticket.could_go)
        return None if self._busy() else min(able, default=None)

    def abandoned(self) -> tuple[Stage, ...]:
        """Stages whose engine nobody would replace if it died. There should be none."""
        return tuple(lane.spec.stage for lane in self.lanes if lane.abandoned)

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """All lanes, for whoever rations what the machine has."""
        return tuple(self._lanes.values())

    async def call(self, job: Job[T]) -> T:
        """Run a job that has exactly one result."""
        with self._admitted(job, 1) as ticket:
            (result,) = [result async for result in ticket]
        return result

    def health(self) -> SchedulerHealth:
        """How it is."""
        waiting = self._in(Phase.WAITING)
        return SchedulerHealth(
            lanes=tuple(lane.health() for lane in self.lanes),
            cores=self._cores,
            busy=self._busy(),
            waiting=len(waiting),
            oldest_s=max((clock.now() - ticket.story.asked for ticket in waiting), default=0.0),
            completed=self._ends[type(None)],
            failed=self._ends[EngineError],
            cancelled=self._ends[Cancelled],
        )

    @contextmanager
    def _admitted(self, job: Job[T], window: int) -> Iterator[Ticket[T]]:
        ticket = Ticket(job, self._lane(job.stage), next(self._numbers), window, self._read)
        self._tickets.append(ticket)
        self._refuse_one_too_many()
        self._dispatch()
        try:
            yield ticket
        finally:
            ticket.cancel()
            self._tickets.remove(ticket)
            self._ends[type(ticket.error)] += 1
            self._dispatch()
            self.told(ticket.story)

    def _lane(self, stage: Stage) -> Lane:
        if stage not in self._lanes:
            problem = f"there is no engine for {stage}"
            raise EngineError(stage, problem, retryable=False, failure=Failure.MISSING)
        return self._lanes[stage]

    def _in(self, phase: Phase) -> list[Ticket[Any]]:
        return [ticket for ticket in self._tickets if ticket.phase is phase]

    def _refuse_one_too_many(self) -> None:
        """Refuse the least urgent, and of those the newest, when too many wait."""
        waiting = self._in(Phase.WAITING)
        if len(waiting) > self._settings.queue_limit:
            loser = max(waiting, key=_standing)
            problem = f"overloaded: {len(waiting) - 1} jobs are waiting already"
            loser.end(EngineError(loser.job.stage, problem, failure=Failure.OVERLOADED))

    def _read(self, ticket: Ticket[Any]) -> None:
        """The reader has made room for another result."""
        if ticket.could_go:
            self._dispatch()
        elif ticket.could_park and ticket.window.granted and ticket.window.worth_granting:
            ticket.go()  # it runs; all it needs is to hear that it may go on

    def _dispatch(self) -> None:
        self._fail_hopeless()
        self._share_cores()
        for ticket in self._tickets:
            ticket.story.stand(*self._blame(ticket))

    def _share_cores(self) -> None:
        free = self._cores - self._busy()
        for ticket in sorted(self._tickets, key=self._rank):
            if not ticket.could_go or self._kept_out(ticket):
                continue
            need = 0 if ticket.lane.state is LaneState.RUNNING else self._width(ticket.lane)
            if need > free:
                self._make_room(need - free, self._rank(ticket))
                return
            free -= need
            ticket.go()
            self._clear_the_bench(ticket)

    def _kept_out(self, ticket: Ticket[Any]) -> bool:
        """Whether somebody is at work on its lane who sits alone."""
        return any(other.running and _sits_alone(other, ticket) for other in self._tickets)

    def _clear_the_bench(self, ticket: Ticket[Any]) -> None:
        for other in self._tickets:
            if other.could_park and _sits_alone(ticket, other):
                other.park()

    def _blame(self, ticket: Ticket[Any]) -> tuple[Blame | None, Stage | None]:
        """Why a job stands still, if it does, and whose job is in its way."""
        lane, others = ticket.lane, [other for other in self._in(Phase.ACTIVE) if other is not ticket]
        if ticket.phase is not Phase.WAITING:
            winner = min(others, key=self._rank).job.stage if ticket.parked and others else None
            return (Blame.PARKED, winner) if ticket.parked and not ticket.window.granted else (None, None)
        if lane.state in {LaneState.DOWN, LaneState.OUT}:
            return Blame.ENGINE, lane.spec.stage
        rivals = [other for other in others if other.lane is lane and not ticket.could_go] or others
        foreign = [other for other in rivals if other.job.session != ticket.job.session]
        behind = next((other.job.stage for other in foreign or rivals), None)
        return Blame.OTHERS if foreign else Blame.OWN, behind

    def _fail_hopeless(self) -> None:
        for ticket in self._in(Phase.WAITING):
            if ticket.lane.state is LaneState.OUT:
                ticket.end(ticket.lane.out_of_order())

    def _make_room(self, missing: int, rank: Rank) -> None:
        """Park less urgent streams, the least urgent first, until enough cores come free."""
        running = [ticket for ticket in self._tickets if ticket.running]
        lanes = {lane: [ticket for ticket in running if ticket.lane is lane] for lane in self.lanes}
        ranks = {lane: min(map(self._rank, sitting)) for lane, sitting in lanes.items() if sitting}
        for lane in sorted(ranks, key=lambda lane: ranks[lane], reverse=True):
            if missing <= 0 or ranks[lane][:2] <= rank[:2]:
                return
            if all(ticket.could_park for ticket in lanes[lane]):
                for ticket in lanes[lane]:
                    ticket.park()
                missing -= self._width(lane)

    def _rank(self, ticket: Ticket[Any]) -> Rank:
        """Sorts by urgency. Who has a seat is as urgent as the most urgent who waits for one of that lane."""
        if ticket.phase is not Phase.ACTIVE:
            return _standing(ticket)
        waiting = (
            other for other in self._in(Phase.WAITING) if other.lane is ticket.lane and not other.could_go
        )
        return min(map(_standing, (ticket, *waiting)))

    def _width(self, lane: Lane) -> int:
        """Cores for a lane. An engine with more threads than there are cores may run when it is alone."""
        return min(lane.spec.threads, self._cores)

    def _busy(self) -> int:
        return sum(self._width(lane) for lane in self.lanes if lane.state is LaneState.RUNNING)


def _standing(ticket: Ticket[Any]) -> Rank:
    """Priority, then the box's own microphone, then first come, first served."""
    return ticket.job.priority, ticket.job.session != LOCAL, ticket.number


def _sits_alone(one: Ticket[Any], other: Ticket[Any]) -> bool:
    """Whether `other` may not be at work beside `one`, which is the box's own microphone's."""
    strangers = one.lane is other.lane and one.session == LOCAL != other.session
    return strangers and one.job.priority <= other.job.priority
