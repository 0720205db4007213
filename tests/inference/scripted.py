"""Workers that act out a script on the event loop's clock: whatever engines do, in no time at all.

They speak the real messages, with a delay on the way, and count the cores that really burn.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from appliance.core import clock
from appliance.core.errors import EngineError
from appliance.core.speech import Stage
from appliance.inference.job import Job, Priority
from appliance.inference.launch import Receive, Worker
from appliance.inference.spec import EngineSpec
from appliance.inference.wire import (
    Allow,
    Broken,
    Call,
    Cancel,
    Decoder,
    Ended,
    Item,
    Ping,
    Pong,
    Ready,
    Start,
    Waiting,
)


class End(StrEnum):
    """What a job does after its last result."""

    WELL = "well"
    FAIL = "fail"
    DIE = "die"
    HANG = "hang"


@dataclass(frozen=True)
class Script:
    """What a job does: results that take so long each, then an end."""

    steps_s: tuple[float, ...] = ()
    end: End = End.WELL
    deaf: bool = False
    """Cancelling is only noticed between results."""


@dataclass
class World:
    """What all scripted workers share."""

    delay_s: float = 0.0001
    """Of a message on its way."""
    burning: dict[tuple[Stage, int], set[int]] = field(default_factory=dict)
    """Jobs, by the stage and threads of their engine."""
    together: int = 0
    """Most jobs that ever burnt at the same time in one engine."""
    constellations: set[tuple[int, ...]] = field(default_factory=set)
    """Threads of the engines that ever burnt at the same time."""
    started: list[str] = field(default_factory=list)
    """Names of the engines that were launched."""
    workers: list["ScriptedWorker"] = field(default_factory=list)
    allowed: list[int] = field(default_factory=list)
    """Limits that workers were sent after their start."""
    lively: bool = True
    """Workers answer when they are asked whether they live."""
    fate: End | None = None
    """Of all engines that load from now on, whatever their specification says."""

    async def launch(self, spec: EngineSpec, receive: Receive) -> Worker:
        """A `Launch`. `spec.kwargs`: `load_s`, and `fate` of the loading: an `End`."""
        self.started.append(spec.name)
        worker = ScriptedWorker(self, spec, receive)
        self.workers.append(worker)
        return worker

    def burn(self, stage: Stage, threads: int, job: int) -> None:
        jobs = self.burning.setdefault((stage, threads), set())
        jobs.add(job)
        self.together = max(self.together, len(jobs))
        self.constellations.add(tuple(sorted(threads for _, threads in self.burning)))

    def within(self, cores: int) -> bool:
        """Never did more threads burn than there are cores, unless one engine alone was too wide."""
        return all(sum(burning) <= cores or len(burning) == 1 for burning in self.constellations)

    def rest(self, stage: Stage, threads: int, *jobs: int) -> None:
        left = self.burning.pop((stage, threads), set()).difference(jobs)
        if left:
            self.burning[stage, threads] = left


class _Delay:
    """Delivers messages in order, each a while after it was put in."""

    def __init__(self, deliver: Callable[[Any], None], delay_s: float) -> None:
        self._deliver = deliver
        self._delay_s = delay_s
        self._way: deque[Any] = deque()

    def put(self, message: Any) -> None:
        self._way.append(message)
        asyncio.get_running_loop().call_later(self._delay_s, lambda: self._deliver(self._way.popleft()))


class _Doing:
    """A job at its seat."""

    def __init__(self, job: int, until: int) -> None:
        self.job = job
        self.allowed = (0, until)
        self.cancelled = asyncio.Event()
        self.news = asyncio.Event()
        self.task: asyncio.Task[None] | None = None


class ScriptedWorker:
    pid = 0

    def __init__(self, world: World, spec: EngineSpec, receive: Receive) -> None:
        self._world = world
        self._spec = spec
        self._decoder = Decoder()
        self._heard = _Delay(self._obey, world.delay_s)
        self._said = _Delay(self._report, world.delay_s)
        self._receive = receive
        self._dead = asyncio.Event()
        self._loading = asyncio.create_task(self._load())
        self._calls: dict[int, Script] = {}
        self._seats: dict[int, _Doing] = {}

    def send(self, data: bytes) -> None:
        for message in self._decoder.feed(data):
            self._heard.put(message)

    def kill(self) -> None:
        self._loading.cancel()
        for doing in self._seats.values():
            self._rest(doing)
            if doing.task:
                doing.task.cancel()
        self._dead.set()

    async def gone(self) -> str:
        await self._dead.wait()
        return "died"

    def last_words(self) -> str:
        return "farewell"

    def _report(self, message: Any) -> None:
        if message is End.DIE:
            self.kill()
        elif not self._dead.is_set():
            self._receive(message)

    async def _load(self) -> None:
        await clock.sleep_until(clock.now() + self._spec.kwargs.get("load_s", 0))
        match self._world.fate or self._spec.kwargs.get("fate", End.WELL):
            case End.WELL:
                kwargs = self._spec.kwargs
                self._said.put(Ready(kwargs.get("load_s", 0), 1, seats=kwargs.get("seats", 1)))
            case End.FAIL:
                self._said.put(Broken(EngineError(self._spec.stage, "no such model", retryable=False)))
            case End.DIE:
                self.kill()

    def _obey(self, message: Any) -> None:
        match message:
            case _ if self._dead.is_set():
                return
            case Call(job=job, args=(script,)):
                self._calls[job] = script
            case Start(job=job, seat=seat, until=until):
                before = self._seats.get(seat)
                assert not before or not before.task or before.task.done(), "somebody sits there"
                self._seats[seat] = doing = _Doing(job, until)
                doing.task = asyncio.create_task(self._act(doing, self._calls.pop(job)))
            case Allow(serial=serial, until=until):
                for doing in self._of(message.job):
                    doing.allowed = (serial, until)
                    doing.news.set()
                self._world.allowed.append(until)
            case Cancel(job=job):
                for doing in self._of(job):
                    doing.cancelled.set()
                    doing.news.set()
            case Ping() if self._world.lively:
                self._said.put(Pong(None))

    def _of(self, job: int) -> list[_Doing]:
        return [doing for doing in self._seats.values() if doing.job == job]

    def _burn(self, doing: _Doing) -> None:
        self._world.burn(self._spec.stage, self._spec.threads, doing.job)

    def _rest(self, doing: _Doing) -> None:
        self._world.rest(self._spec.stage, self._spec.threads, doing.job)

    async def _act(self, doing: _Doing, script: Script) -> None:
        for index, step_s in enumerate(script.steps_s):
            await self._gate(doing, index)
            if doing.cancelled.is_set():
                break
            await self._work(doing, step_s, script.deaf)
            self._said.put(Item(doing.job, index))
        else:
            self._burn(doing)
            match script.end:
                case End.DIE:
                    self._said.put(End.DIE)  # after all that was said before
                    return
                case End.HANG:
                    await asyncio.Event().wait()
        failed = script.end is End.FAIL and not doing.cancelled.is_set()
        self._rest(doing)
        self._said.put(Ended(doing.job, EngineError(self._spec.stage, "scripted") if failed else None))

    async def _work(self, doing: _Doing, step_s: float, deaf: bool) -> None:
        self._burn(doing)
        if deaf:
            await asyncio.sleep(step_s)
            return
        try:
            async with asyncio.timeout(step_s):
                await doing.cancelled.wait()
        except TimeoutError:
            pass

    async def _gate(self, doing: _Doing, index: int) -> None:
        while index >= doing.allowed[1] and not doing.cancelled.is_set():
            self._rest(doing)
            self._said.put(Waiting(doing.job, doing.allowed[0]))
            doing.news.clear()
            await doing.news.wait()


def spec(stage: Stage, threads: int = 1, name: str = "", **kwargs: Any) -> EngineSpec:
    return EngineSpec(stage, name or f"a {stage} engine", "nobody:imports_this", kwargs, threads)


def job(
    stage: Stage,
    priority: Priority,
    steps_s: Iterable[float] = (0.1,),
    *,
    turn: int = 1,
    budget_s: float = 1000.0,
    end: End = End.WELL,
    deaf: bool = False,
    session: str = "session",
) -> Job[int]:
    script = Script(tuple(steps_s), end, deaf)
    return Job(stage, "act", (script,), priority, session, turn, budget_s)
