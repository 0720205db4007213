"""Real workers, on threads and in processes of their own, on the real clock."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.core.errors import EngineError
from appliance.core.speech import Stage
from appliance.inference.job import Job, Priority
from appliance.inference.lane import Lane
from appliance.inference.lane_state import LaneState
from appliance.inference.launch import Launch, launch_process, launch_thread
from appliance.inference.scheduler import Scheduler
from appliance.inference.settings import InferenceSettings
from appliance.inference.spec import EngineSpec

PATIENCE_S = 60
"""Real seconds for a whole story. It takes one; the rest is for a machine that is busy."""

anywhere = pytest.mark.parametrize("launch", [launch_thread, launch_process])


def engine(kind: str = "Fake", **kwargs: Any) -> EngineSpec:
    return EngineSpec(Stage.LLM, kind, f"tests.inference.engines:{kind}", kwargs, threads=2)


def ask(method: str, *args: Any, budget_s: float = PATIENCE_S) -> Job[Any]:
    return Job(Stage.LLM, method, args, Priority.DECODE, "session", 1, budget_s)


def tell(
    story: Callable[[Scheduler], Coroutine[Any, Any, None]],
    launch: Launch = launch_process,
    *specs: EngineSpec,
    **tuned: Any,
) -> None:
    """Tell a story about one lane on real workers. Nothing may complain afterwards."""
    complaints = list[Any]()

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        settings = InferenceSettings(restart_delay_s=0, **tuned)
        scheduler = Scheduler([Lane(specs or [engine()], settings, launch)], settings)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await scheduler.open()
                await story(scheduler)
        finally:
            await scheduler.close()

    asyncio.run(main())
    assert complaints == []


async def read(scheduler: Scheduler, asked: Job[Any]) -> tuple[list[Any], EngineError | None]:
    """All results of a stream, and the error after them."""
    results = list[Any]()
    try:
        async with scheduler.stream(asked) as stream:
            async for result in stream:
                results.append(result)
    except EngineError as error:
        return results, error
    return results, None


@anywhere
def test_calls_and_streams(launch: Launch) -> None:
    async def story(scheduler: Scheduler) -> None:
        assert await scheduler.call(ask("echo", {"a": (1, None)})) == {"a": (1, None)}
        assert await scheduler.call(ask("echo", None)) is None
        assert await read(scheduler, ask("count", 1000)) == (list(range(1000)), None)
        assert await read(scheduler, ask("count", 0)) == ([], None)

    tell(story, launch)


@anywhere
def test_sound_of_any_size(launch: Launch) -> None:
    async def story(scheduler: Scheduler) -> None:
        blocks, error = await read(scheduler, ask("noise", 1_000_000, 3))
        assert error is None
        assert [(len(block), block[0]) for block in blocks] == [
            (1_000_000, 0),
            (1_000_000, 1),
            (1_000_000, 2),
        ]
        sound = np.arange(2_000_000, dtype=np.float32)
        assert np.array_equal(await scheduler.call(ask("echo", sound)), sound)

    tell(story, launch)


@anywhere
def test_an_engine_gets_no_further_ahead_than_the_window(launch: Launch) -> None:
    async def story(scheduler: Scheduler) -> None:
        async with scheduler.stream(ask("count", 1_000_000)) as numbers:
            assert [await anext(numbers) for _ in range(3)] == [0, 1, 2]
            [lane] = scheduler._lanes.values()
            await state_is(lane, LaneState.PARKED)
        made = await scheduler.call(ask("log"))
        assert 8 <= len(made) <= 3 + 8

    tell(story, launch, window=8)


async def state_is(lane: Lane, state: LaneState) -> None:
    scheduler = lane.changed
    while lane.state is not state:
        changed = asyncio.Event()

        def note(changed: asyncio.Event = changed) -> None:
            scheduler()
            changed.set()

        lane.changed = note
        await changed.wait()
    lane.changed = scheduler


@anywhere
def test_leaving_stops_an_engine_that_listens(launch: Launch) -> None:
    async def story(scheduler: Scheduler) -> None:
        async with scheduler.stream(ask("until_cancelled")) as results:
            assert await anext(results) == "begun"
        assert await scheduler.call(ask("log")) == ["stopped"]
        [lane] = scheduler.health().lanes
        assert lane.falls == 0

    tell(story, launch, cancel_grace_s=PATIENCE_S)


@anywhere
def test_leaving_replaces_an_engine_that_does_not(launch: Launch) -> None:
    async def story(scheduler: Scheduler) -> None:
        async with scheduler.stream(ask("hang")) as results:
            assert await anext(results) == "begun"
        assert await scheduler.call(ask("log")) == []
        [lane] = scheduler.health().lanes
        assert lane.problem == "Fake did not stop within 0.2 s"

    tell(story, launch, cancel_grace_s=0.2)


@anywhere
def test_a_hanging_engine_is_replaced(launch: Launch) -> None:
    async def story(scheduler: Scheduler) -> None:
        results, error = await read(scheduler, ask("hang", budget_s=0.2))
        assert results == ["begun"]
        assert error
        assert (error.problem, error.retryable) == ("Fake took longer than 0.2 s", True)
        assert await scheduler.call(ask("echo", 1)) == 1

    tell(story, launch)


@anywhere
def test_errors_of_the_engine_arrive_as_they_were(launch: Launch) -> None:
    async def story(scheduler: Scheduler) -> None:
        with pytest.raises(EngineError) as failure:
            await scheduler.call(ask("fail"))
        assert failure.value.stage is Stage.LLM
        assert failure.value.problem == "out of ideas"
        assert failure.value.remedy == "Ask something else."
        assert not failure.value.retryable
        assert await scheduler.call(ask("echo", 1)) == 1

    tell(story, launch)


@anywhere
@pytest.mark.parametrize(
    ("method", "results", "problem"),
    [
        ("fail_later", ["begun"], "Fake failed: ZeroDivisionError in engines.py"),
        ("unspeakable", [], "Fake failed: TypeError in wire.py"),
        (
            "no_such_method",
            [],
            "Fake failed: AttributeError in worker.py",
        ),
        ("stop_unasked", [], "Fake stopped although nobody had asked it to"),
    ],
)
def test_other_exceptions_become_engine_errors(
    launch: Launch, method: str, results: list[str], problem: str
) -> None:
    async def story(scheduler: Scheduler) -> None:
        read_results, error = await read(scheduler, ask(method))
        assert read_results == results
        assert error
        assert error.problem.partition(", line")[0] == problem  # and never what it was asked
        assert await scheduler.call(ask("echo", 1)) == 1

    tell(story, launch)


@anywhere
def test_an_engine_that_fails_its_probe_gives_way_to_the_next(launch: Launch) -> None:
    async def story(scheduler: Scheduler) -> None:
        assert await scheduler.call(ask("name")) == "second best"
        [lane] = scheduler.health().lanes
        assert (lane.degraded, lane.problem) == (True, "the model file is absent")

    tell(story, launch, engine("Unprobed"), engine("Fake", name="second best"))


def test_an_engine_that_never_loads_gives_way_to_the_next() -> None:
    async def story(scheduler: Scheduler) -> None:
        assert await scheduler.call(ask("name")) == "second best"

    tell(
        story, launch_process, engine("NeverLoads"), engine("Fake", name="second best"),
        start_budget_s=2, attempts=1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "problem", "last_word"),
    [
        (
            ask("crash"),
            "Fake was killed by signal 11 (Segmentation fault)",
            "Fatal Python error: Segmentation fault",
        ),
        (ask("leave", 3), "Fake ended with exit code 3", "Aborted"),
    ],
)
def test_death_is_told_in_words(asked: Job[Any], problem: str, last_word: str) -> None:
    async def story(scheduler: Scheduler) -> None:
        results, error = await read(scheduler, asked)
        assert results == ["begun"]
        assert error
        assert error.problem == problem
        assert last_word in "".join(error.__notes__)
        assert "chrysanthemum" not in "".join(error.__notes__)
        assert await scheduler.call(ask("echo", 1)) == 1

    tell(story)


def test_a_crash_while_loading_is_told_in_words() -> None:
    async def story(scheduler: Scheduler) -> None:
        [lane] = scheduler.health().lanes
        assert lane.engine == "Fake"
        assert lane.problem == "CrashesOnProbe was killed by signal 4 (Illegal instruction)"

    tell(story, launch_process, engine("CrashesOnProbe"), engine(), attempts=1)


def test_a_worker_lives_under_its_own_rules() -> None:
    async def story(scheduler: Scheduler) -> None:
        pid = await scheduler.call(ask("pid"))
        assert pid != os.getpid()
        assert await scheduler.call(ask("niceness")) == min(os.nice(0) + 5, 19)
        environment = await scheduler.call(ask("environment"))
        assert environment["OMP_NUM_THREADS"] == "2"
        process = Path("/proc") / str(pid)
        assert (process / "comm").read_text().strip() == "Fake"
        os.kill(pid, 2)  # Ctrl-C is not for it
        assert await scheduler.call(ask("pid")) == pid
        [lane] = scheduler.health().lanes
        assert 1e6 < lane.rss < 1e9
        await scheduler.close()
        assert not process.exists()

    tell(story)


def test_what_a_worker_prints_is_logged_and_bounded(caplog: pytest.LogCaptureFixture) -> None:
    async def story(scheduler: Scheduler) -> None:
        await scheduler.call(ask("chatter", 30))
        _, error = await read(scheduler, ask("leave", 1))
        assert error
        [words] = error.__notes__
        assert "Aborted" in words
        assert len(words) < 20 * 301 + 100

    with caplog.at_level(logging.DEBUG, "appliance.inference.launch"):
        tell(story)
    lines = [record.getMessage() for record in caplog.records if "Fake: GGML_ASSERT" in record.getMessage()]
    assert len(lines) == 30
    assert max(map(len, lines)) < 320


def test_a_worker_dies_with_its_parent() -> None:
    """A parent is killed outright, while its worker is deaf in a job."""
    script = "import asyncio, sys\nfrom tests.inference.test_launch import orphan\nasyncio.run(orphan())\n"

    async def main() -> None:
        async with asyncio.timeout(PATIENCE_S):
            parent = await asyncio.create_subprocess_exec(
                sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
            )
            assert parent.stdout
            pid = int(await parent.stdout.readline())
            worker = os.pidfd_open(pid)
            dead = asyncio.Event()
            asyncio.get_running_loop().add_reader(worker, dead.set)
            parent.kill()
            await dead.wait()
            asyncio.get_running_loop().remove_reader(worker)
            os.close(worker)
            await parent.wait()

    asyncio.run(main())


async def orphan() -> None:
    """Print the id of a worker, and keep it busy for ever."""
    settings = InferenceSettings()
    scheduler = Scheduler([Lane([engine()], settings)], settings)
    await scheduler.open()
    pid = await scheduler.call(ask("pid"))
    async with scheduler.stream(ask("hang")) as results:
        await anext(results)
        os.write(1, b"%d\n" % pid)
        await asyncio.Event().wait()
