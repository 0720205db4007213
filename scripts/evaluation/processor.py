"""The engines on virtual time: called directly, one step at a time, and the clock is charged with what each step took.

What a step costs is the processor time of its thread, so that a machine that is busy with other things does not
spoil the figures. As in the scheduler of the appliance, what people wait for goes first, a lane does one job at
a time, and a stream makes room between two results. Simpler than there, and on the safe side: a step that has
begun is paid for to its end even when nobody wants it any more, and a stream works no further ahead than its
reader reads. What the appliance itself computes between the steps costs nothing here (BENCHMARKS.md measures it).
"""

import asyncio
import heapq
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, closing
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar, cast

from appliance.core import clock
from appliance.core.errors import Cancelled, EngineError
from appliance.core.speech import Stage
from appliance.inference.job import Job

T = TypeVar("T")

Charge = Callable[[str, int, float], float]
"""(method, number of the result, s of processor time) → s on the virtual clock."""

END = object()


@dataclass
class Work:
    """One job, and what came of it."""

    at: float
    """When it was asked for, on the loop's clock in s."""
    job: Job[Any]
    results: list[Any] = field(default_factory=list)
    """Those that were delivered."""
    spent: float = 0.0
    """s of the virtual clock that it was charged with."""
    ended: bool = False
    """It came to its end, and was not cancelled before."""


class Token:
    """Cancelled when whoever asked leaves."""

    def __init__(self) -> None:
        self.cancelled = False
        self._actions: list[Callable[[], None]] = []

    def raise_if_cancelled(self) -> None:
        """See `CancelToken`."""
        if self.cancelled:
            raise Cancelled

    def on_cancel(self, action: Callable[[], None]) -> None:
        """See `CancelToken`."""
        self._actions.append(action)

    def cancel(self) -> None:
        """Nobody wants it any more."""
        self.cancelled = True
        for action in self._actions:
            action()


class Gate:
    """Lets so many in at once, the most urgent first."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._numbers = count()
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []

    @property
    def free(self) -> bool:
        """There is a place."""
        return self._free > 0

    @property
    def crowded(self) -> bool:
        """Somebody waits."""
        return any(not turn.done() for _, _, turn in self._waiting)

    async def enter(self, rank: int) -> None:
        """Return when there is a place; the lowest rank goes first."""
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, next(self._numbers), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()
            raise

    def leave(self) -> None:
        """Make room."""
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class Processor:
    """An `Inference` whose engines live in this process. Owns the record of all work."""

    def __init__(self, engines: Mapping[Stage, Any], charges: Mapping[Stage, Charge], cores: int = 1) -> None:
        self._engines = engines
        self._charges = charges
        self._cores = Gate(cores)
        self._lanes = {stage: Gate(1) for stage in engines}
        self.record: list[Work] = []

    @asynccontextmanager
    async def stream(self, job: Job[T]) -> AsyncIterator[AsyncIterator[T]]:
        """See `Inference`."""
        work, token = Work(clock.now(), job), Token()
        self.record.append(work)
        results = self._run(work, token)
        try:
            yield cast(AsyncIterator[T], results)
        finally:
            token.cancel()
            await results.aclose()

    async def call(self, job: Job[T]) -> T:
        """See `Inference`."""
        async with self.stream(job) as results:
            return await anext(results)

    def life(self, stage: Stage) -> int:  # noqa: ARG002 - part of the contract
        """See `Inference`. Nothing is ever replaced."""
        return 0

    def spare(self) -> bool:
        """See `Inference`."""
        return self._cores.free and not any(gate.crowded for gate in (self._cores, *self._lanes.values()))

    def doubt(self, job: Job[Any], problem: str) -> None:
        """See `Inference`. What cannot be used spoils the figures."""
        raise EngineError(job.stage, f"{job.method}: {problem}")

    async def _run(self, work: Work, token: Token) -> AsyncGenerator[Any, None]:
        job = work.job
        if job.stage not in self._engines:
            raise EngineError(job.stage, f"there is no engine for {job.stage}", retryable=False)
        debt = _Debt()
        await self._lanes[job.stage].enter(job.priority)
        try:
            async with aclosing(self._results(work, token, debt)) as results:
                async for result in results:
                    work.results.append(result)
                    yield result
            work.ended = True
        finally:
            debt.settle(self._lanes[job.stage].leave)

    async def _results(self, work: Work, token: Token, debt: "_Debt") -> AsyncGenerator[Any, None]:
        job = work.job
        with closing(_steps(getattr(self._engines[job.stage], job.method), job.args, token)) as steps:
            for number in count():
                result = await self._step(steps, work, number, debt)
                if result is END:
                    return
                yield result

    async def _step(self, steps: Iterator[Any], work: Work, number: int, debt: "_Debt") -> Any:
        job = work.job
        await self._cores.enter(job.priority)
        try:
            begun = time.thread_time()
            result = next(steps, END)
            spent = time.thread_time() - begun
            charged = self._charges[job.stage](job.method, number, spent)
            work.spent += charged
            debt.until = clock.now() + charged
            await clock.sleep_until(debt.until)
        finally:
            debt.settle(self._cores.leave)
        return result


class _Debt:
    """Until when what has begun must be paid for."""

    def __init__(self) -> None:
        self.until = 0.0

    def settle(self, leave: Callable[[], None]) -> None:
        """Leave a gate, not before the debt is paid."""
        rest = self.until - clock.now()
        if rest > 0:
            clock.after(rest, leave)
        else:
            leave()


def _steps(method: Callable[..., Any], args: tuple[Any, ...], token: Token) -> Generator[Any, None, None]:
    """The results of a method, whether it returns one or yields many; none when it was cancelled."""
    try:
        result = method(*args, cancel=token)
        if isinstance(result, Iterator):
            yield from result
        else:
            yield result
    except Cancelled:
        return
