"""Measures what a lane costs: the way of a job to an engine process and of its results back.

nice python scripts/bench_lane.py
"""

import asyncio
import statistics
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from appliance.core.audio import Samples
from appliance.core.interfaces import CancelToken
from appliance.core.speech import Stage
from appliance.inference.job import Job, Priority
from appliance.inference.lane import Lane
from appliance.inference.scheduler import Scheduler
from appliance.inference.settings import InferenceSettings
from appliance.inference.spec import EngineSpec

ROUNDS = 2000


class Idle:
    """An engine whose work takes no time."""

    def probe(self) -> None: ...

    def warm(self) -> None: ...

    def close(self) -> None: ...

    def echo(self, value: Any, cancel: CancelToken) -> Any:  # noqa: ARG002
        return value

    def count(self, to: int, cancel: CancelToken) -> Iterator[int]:  # noqa: ARG002
        yield from range(to)

    def sound(self, samples: int, cancel: CancelToken) -> Iterator[Samples]:  # noqa: ARG002
        yield np.zeros(samples, dtype=np.float32)


def job(method: str, *args: Any) -> Job[Any]:
    return Job(Stage.TTS, method, args, Priority.SPEECH, "bench", 1, 60.0)


def report(name: str, seconds: list[float]) -> None:
    cuts = statistics.quantiles(seconds, n=100)
    print(
        f"{name:42} p50 {cuts[49] * 1e3:7.3f} ms   p95 {cuts[94] * 1e3:7.3f} ms   p99 {cuts[98] * 1e3:7.3f} ms"
    )


async def calls(scheduler: Scheduler, name: str, asked: Job[Any]) -> None:
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        await scheduler.call(asked)
        seconds.append(time.perf_counter() - start)
        await asyncio.sleep(0.001)
    report(name, seconds)


async def first_results(scheduler: Scheduler) -> None:
    seconds, free = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        async with scheduler.stream(job("count", 1_000_000)) as results:
            await anext(results)
            seconds.append(time.perf_counter() - start)
        start = time.perf_counter()
        await scheduler.call(job("echo", None))
        free.append(time.perf_counter() - start)
    report("first result of a stream", seconds)
    report("next job after leaving that stream", free)


async def throughput(scheduler: Scheduler) -> None:
    start = time.perf_counter()
    async with scheduler.stream(job("count", 50_000)) as results:
        async for _ in results:
            pass
    print(f"{'one result of a long stream':42} {(time.perf_counter() - start) / 50_000 * 1e6:7.1f} µs")


async def main() -> None:
    settings = InferenceSettings()
    lane = Lane([EngineSpec(Stage.TTS, "idle", "scripts.bench_lane:Idle")], settings)
    scheduler = Scheduler([lane], settings)
    start = time.perf_counter()
    await scheduler.open()
    print(f"{'start of a worker':42} {(time.perf_counter() - start) * 1e3:7.0f} ms")
    print(f"{'its memory':42} {scheduler.health().lanes[0].rss / 2**20:7.0f} MiB")
    await calls(scheduler, "call", job("echo", None))
    await calls(scheduler, "call with 100 ms of 16 kHz sound", job("echo", np.zeros(1600, dtype=np.float32)))
    await calls(scheduler, "call with 10 s of 16 kHz sound", job("echo", np.zeros(160_000, dtype=np.float32)))
    await first_results(scheduler)
    await throughput(scheduler)
    await scheduler.close()


if __name__ == "__main__":
    asyncio.run(main())
