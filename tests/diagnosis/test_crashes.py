import asyncio
import logging
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from appliance.core.errors import ConfigError
from appliance.diagnosis.crashes import note_crashes, note_tasks, tell
from tests.virtual_time import run


@pytest.fixture(autouse=True)
def _hooks() -> Iterator[None]:
    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    yield
    sys.excepthook, threading.excepthook, sys.unraisablehook = before


def crashes(caplog: pytest.LogCaptureFixture) -> list[Any]:
    return [
        vars(record)["fields"]["where"] for record in caplog.records if vars(record).get("event") == "crash"
    ]


def test_a_thread_that_breaks_is_told(caplog: pytest.LogCaptureFixture) -> None:
    note_crashes()
    thread = threading.Thread(target=lambda: 1 / 0, name="some thread")
    thread.start()
    thread.join()
    assert crashes(caplog) == ["some thread"]


def test_a_task_that_nobody_waits_for_is_told(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        note_tasks(asyncio.get_running_loop())
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
        await asyncio.sleep(0.1)

    run(story())
    assert crashes(caplog) == ["a callback"]


def test_an_error_is_told_once_however_far_it_goes(caplog: pytest.LogCaptureFixture) -> None:
    note_crashes()
    error = ValueError("x")
    tell("the program", error)
    sys.excepthook(ValueError, error, None)
    assert crashes(caplog) == ["the program"]


def test_what_is_told_anyway_is_no_crash(caplog: pytest.LogCaptureFixture) -> None:
    for error in (ConfigError("wrong"), KeyboardInterrupt(), SystemExit(1), None):
        tell("the program", error)
    assert crashes(caplog) == []
    assert caplog.get_records("call") == [] or logging.ERROR not in {r.levelno for r in caplog.records}
