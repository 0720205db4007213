"""The tasks of one session: none outlives it, and a bug in any of them ends it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Tasks:
    """Owns tasks while they run. To be made within the event loop."""

    def __init__(self) -> None:
        self.broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Set to the first error that no task expected."""
        self._running: set[asyncio.Task[Any]] = set()
        self._named: dict[str, asyncio.Task[Any]] = {}

    def spawn(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Start `work`."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._finished)
        return task

    def replace(self, name: str, work: Coroutine[Any, Any, Any]) -> None:
        """Start `work`, and end what was started under the same name: of that there is never more than one."""
        if before := self._named.get(name):
            before.cancel()
        self._named[name] = self.spawn(work)

    async def stop(self) -> None:
        """End all that still runs."""
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self.broken.cancel()

    def _finished(self, task: "asyncio.Task[Any]") -> None:
        self._running.discard(task)
        if not task.cancelled() and (bug := task.exception()) and not self.broken.done():
            self.broken.set_exception(bug)
