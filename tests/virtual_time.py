"""An event loop whose clock jumps to the next timer as soon as everything waits.

`run(main())` is `asyncio.run` on it: hours of timers pass in milliseconds, in exactly the order
they would in life, and no test sleeps. Work takes no time unless it waits on the loop's clock.

It fails loudly where a real loop would hang: when everything waits and no timer is left, and when
virtual time runs past a limit.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar

T = TypeVar("T")

START = 1000.0
"""First reading of the clock in seconds; not zero, so that nobody comes to rely on zero."""
THREAD_PATIENCE_S = 10.0
"""Real seconds that work handed to another thread may take. It takes no virtual time."""


class StuckError(AssertionError):
    """Everything waits for ever, or time ran past the limit of the test."""


class _Selector(selectors.DefaultSelector):
    """Where an event loop waits. This one does not wait: it moves the clock."""

    def __init__(self, limit_s: float) -> None:
        super().__init__()
        self.now = START
        self.end = START + limit_s
        self.threads = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(THREAD_PATIENCE_S if self.threads and timeout != 0 else 0)
        if not ready and timeout != 0:
            self._jump(timeout)
        return ready

    def _jump(self, timeout: float | None) -> None:
        if self.threads:
            raise StuckError(f"work on another thread took longer than {THREAD_PATIENCE_S} s")
        if timeout is None:
            raise StuckError(f"after {self.now - START:.3f} s everything waits and no timer is left")
        self.now += timeout
        if self.now > self.end:
            raise StuckError(f"not finished after {self.now - START:.0f} s of virtual time")


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A selector loop on the virtual clock. Executors work; pipes and sockets do as far as they are ready."""

    def __init__(self, limit_s: float = 3600.0) -> None:
        self._clock = _Selector(limit_s)
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now

    def run_in_executor(  # type: ignore[override]  # typeshed spells the arguments as a TypeVarTuple
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        future = super().run_in_executor(executor, func, *args)
        self._clock.threads += 1
        future.add_done_callback(self._thread_done)
        return future

    async def shutdown_default_executor(self, *args: Any, **kwargs: Any) -> None:
        self._clock.threads += 1  # asyncio does this on a thread of its own
        try:
            await super().shutdown_default_executor(*args, **kwargs)
        finally:
            self._clock.threads -= 1

    def _thread_done(self, _: asyncio.Future[Any]) -> None:
        self._clock.threads -= 1


def run(main: Coroutine[Any, Any, T], *, limit_s: float = 3600.0) -> T:
    """Run a coroutine to its end on virtual time and return its result.

    Raises:
        StuckError: it can never end, or needs more than `limit_s` virtual seconds.
    """
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(limit_s)) as runner:
        return runner.run(main)
