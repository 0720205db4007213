"""Engines on virtual time: what they cost, who goes first, and what it costs to change one's mind."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from appliance.core import clock
from appliance.core.errors import EngineError
from appliance.core.interfaces import CancelToken
from appliance.core.speech import Stage
from appliance.inference.job import Job, Priority
from scripts.evaluation.processor import Gate, Processor
from tests.virtual_time import run


class Counting:
    """An engine that counts, or answers at once."""

    def __init__(self) -> None:
        self.closed = 0

    def generate(self, upto: int, cancel: CancelToken) -> Iterator[int]:
        try:
            yield from range(upto)
        finally:
            self.closed += 1

    def peek(self, value: str, cancel: CancelToken) -> str:
        return value


def job(
    method: str, argument: Any, priority: Priority = Priority.DECODE, stage: Stage = Stage.LLM
) -> Job[Any]:
    return Job(stage, method, (argument,), priority, "test", 1, 10.0)


def processor(seconds: float = 1.0, cores: int = 1) -> Processor:
    """Every result costs so many seconds."""
    engines = {Stage.LLM: Counting(), Stage.STT: Counting()}
    return Processor(engines, dict.fromkeys(engines, lambda method, number, spent: seconds), cores)


def lasted(scene: Callable[[], Awaitable[None]]) -> float:
    """s of virtual time."""

    async def main() -> float:
        begun = clock.now()
        await scene()
        return clock.now() - begun

    return run(main())


async def drained(inference: Processor, work: Job[Any]) -> list[Any]:
    async with inference.stream(work) as results:
        return [result async for result in results]


def test_every_step_is_charged() -> None:
    inference = processor()

    async def scene() -> None:
        assert await drained(inference, job("generate", 3)) == [0, 1, 2]

    assert lasted(scene) == pytest.approx(4)  # three results, and the end
    assert inference.record[0].results == [0, 1, 2]
    assert inference.record[0].ended


def test_what_is_urgent_goes_between_two_results() -> None:
    inference, heard = processor(), []

    async def later() -> None:
        await asyncio.sleep(1.5)
        await inference.call(job("peek", "words", Priority.TRANSCRIPT, Stage.STT))
        heard.append(clock.now())

    async def scene() -> None:
        begun = clock.now()
        await asyncio.gather(drained(inference, job("generate", 9)), later())
        heard[0] -= begun

    assert lasted(scene) == pytest.approx(11)
    assert heard == [pytest.approx(3)]  # the step that had begun, then its own


def test_two_cores_work_side_by_side_but_a_lane_does_one_job() -> None:
    async def two_lanes() -> None:
        inference = processor(cores=2)
        await asyncio.gather(inference.call(job("peek", 1)), inference.call(job("peek", 2, stage=Stage.STT)))

    async def one_lane() -> None:
        inference = processor(cores=2)
        await asyncio.gather(inference.call(job("peek", 1)), inference.call(job("peek", 2)))

    assert lasted(two_lanes) == pytest.approx(1)
    assert lasted(one_lane) == pytest.approx(2)


def test_what_has_begun_is_paid_for_though_nobody_wants_it() -> None:
    inference = processor()

    async def scene() -> None:
        unwanted = asyncio.create_task(inference.call(job("peek", "unwanted")))
        await asyncio.sleep(0.25)
        unwanted.cancel()
        assert await inference.call(job("peek", "wanted")) == "wanted"

    assert lasted(scene) == pytest.approx(2)
    assert not inference.record[0].ended


def test_who_leaves_a_stream_closes_it() -> None:
    inference = processor()

    async def scene() -> None:
        async with inference.stream(job("generate", 9)) as results:
            assert await anext(results) == 0

    lasted(scene)
    engine = inference._engines[Stage.LLM]
    assert engine.closed == 1


def test_there_is_room_to_spare_only_when_nobody_works() -> None:
    inference, seen = processor(), []

    async def scene() -> None:
        seen.append(inference.spare())
        work = asyncio.create_task(inference.call(job("peek", 1)))
        await asyncio.sleep(0.5)
        seen.append(inference.spare())
        await work
        seen.append(inference.spare())

    lasted(scene)
    assert seen == [True, False, True]


def test_an_engine_that_is_not_there() -> None:
    async def scene() -> None:
        with pytest.raises(EngineError, match="no engine"):
            await processor().call(job("probability", 1, stage=Stage.TURN_END))

    lasted(scene)


def test_a_gate_whose_first_in_line_gives_up() -> None:
    async def scene() -> None:
        gate = Gate(1)
        await gate.enter(0)
        impatient = asyncio.create_task(gate.enter(1))
        patient = asyncio.create_task(gate.enter(2))
        await asyncio.sleep(0)
        impatient.cancel()
        gate.leave()
        await patient
        assert not gate.free

    lasted(scene)
