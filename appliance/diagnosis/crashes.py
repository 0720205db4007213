"""Exceptions that nobody caught: each becomes an event of its own, wherever it was raised."""

import asyncio
import logging
import sys
import threading
from typing import Any

from appliance.core.errors import ApplianceError
from appliance.diagnosis.events import note

TOLD = "_appliance_told"
"""Marks an error that was noted."""

log = logging.getLogger("appliance.diagnosis")


def note_crashes() -> None:
    """Have them noted, and printed nowhere: of the program, of its threads, and of objects that are thrown away."""
    sys.excepthook = lambda _, error, __: tell("the program", error)
    threading.excepthook = lambda args: tell(args.thread.name if args.thread else "?", args.exc_value)
    sys.unraisablehook = lambda args: tell("clean-up", args.exc_value)


def note_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """The same for tasks and callbacks of an event loop."""
    loop.set_exception_handler(_task_failed)


def _task_failed(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    task = context.get("task") or context.get("future")
    name = task.get_name() if isinstance(task, asyncio.Task) else "a callback"
    error = context.get("exception")
    if isinstance(error, BaseException):
        tell(name, error)
    else:  # asyncio's own words, which quote nobody
        note(log, logging.WARNING, "loop.complaint", str(context.get("message", ""))[:200], where=name)


def tell(where: str, error: BaseException | None) -> None:
    """Note an error that nobody expected, once, however far it goes up; errors that are told anyway are none."""
    expected = error is None or isinstance(error, KeyboardInterrupt | SystemExit | ApplianceError)
    if error is not None and not expected and not getattr(error, TOLD, False):
        setattr(error, TOLD, True)
        extra = {"event": "crash", "fields": {"where": where}}
        log.error("An error that nobody expected", exc_info=error, extra=extra)
