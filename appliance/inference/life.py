"""The life of one worker: it is started, becomes ready, works, and dies of something."""

import asyncio
from typing import Any

import psutil

from appliance.core import clock
from appliance.core.errors import EngineError, Failure
from appliance.inference.launch import Launch, Receive, Worker
from appliance.inference.pulse import Pulse
from appliance.inference.settings import InferenceSettings
from appliance.inference.spec import EngineSpec
from appliance.inference.wire import Broken, Ping, Pong, Ready, encode


class GaveWay(EngineError):  # noqa: N818 - not an error
    """What a healthy worker ended of: another engine of its stage takes its place."""


class Life:
    """Owns one worker, from its launch to its death."""

    def __init__(self, spec: EngineSpec, receive: Receive, settings: InferenceSettings) -> None:
        self.spec = spec
        self._settings = settings
        self._pulse = Pulse(
            settings, lambda: self.send(encode(Ping())), lambda how: self.condemn(self.error(how))
        )
        self.birth: Ready | None = None
        """What the worker said when it was ready."""
        self._receive_work = receive
        self._born_at = 0.0
        self._worker: Worker | None = None
        self._verdict: EngineError | None = None
        self._turned = asyncio.Event()
        self._gone: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """Of the worker's process; 0 while there is none."""
        return self._worker.pid if self._worker and not self._verdict else 0

    def processor_s(self) -> float | None:
        """Seconds of processor that the worker has used; None where it has no process of its own."""
        try:
            return sum(psutil.Process(self.pid).cpu_times()[:2]) if self.pid else None
        except psutil.Error:  # it has just died
            return None

    @property
    def served_s(self) -> float:
        """Seconds since it was ready; 0 if it never was."""
        return clock.now() - self._born_at if self.birth else 0.0

    async def start(self, launch: Launch) -> None:
        """Return when it is ready.

        Raises:
            EngineError: it never will be.
        """
        try:
            self._worker = await launch(self.spec, self._receive)
        except OSError as problem:
            raise self.error(f"cannot be started: {problem}") from problem
        self._gone = asyncio.create_task(self._watch(self._worker), name=f"worker {self.spec.name}")
        try:
            async with asyncio.timeout(self._settings.start_budget_s):
                await self._turned.wait()
        except TimeoutError:
            self.condemn(self.error(f"was not ready within {self._settings.start_budget_s:g} s"))
        if not self.birth:
            raise await self.end()
        self._pulse.start()

    def send(self, data: bytes) -> None:
        """Pass on encoded messages."""
        if self._worker:
            self._worker.send(data)

    def condemn(self, error: EngineError) -> None:
        """End it; `error` is what it will have died of."""
        self._verdict = self._verdict or error
        if self._worker:
            self._worker.kill()

    async def end(self) -> EngineError:
        """Wait until it is dead. Returns what it died of."""
        if self._gone:
            await asyncio.wait({self._gone})
        return self._verdict or self.error("was never started")

    def error(self, problem: str, failure: Failure = Failure.DIED) -> EngineError:
        """An error of this engine; `problem` goes on after its name."""
        return EngineError(self.spec.stage, f"{self.spec.name} {problem}", failure=failure)

    async def _watch(self, worker: Worker) -> None:
        how = await worker.gone()
        self._pulse.stop()
        self._verdict = self._verdict or self.error(how)
        if words := worker.last_words():
            self._verdict.add_note(f"It had printed:\n{words}")
        self._turned.set()

    def _receive(self, message: Any) -> None:
        match message:
            case Ready():
                self.birth, self._born_at = message, clock.now()
                self._turned.set()
            case Pong(worked_s):
                self._pulse.answered(worked_s)
            case Broken(error):
                self.condemn(error)
            case _:
                self._receive_work(message)
