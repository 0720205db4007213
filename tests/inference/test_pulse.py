"""Beats without a sign of life, on the virtual clock; and one real engine that waits for ever."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from appliance.core import clock
from appliance.core.speech import Stage
from appliance.inference.job import Job, Priority
from appliance.inference.lane import Lane
from appliance.inference.pulse import Pulse
from appliance.inference.scheduler import Scheduler
from appliance.inference.settings import InferenceSettings
from appliance.inference.spec import EngineSpec
from tests.virtual_time import run

SETTINGS = InferenceSettings(pulse_s=1, pulses=3)


def feel(
    answers: Sequence[float | None], *, then: Callable[[Pulse], None] = lambda _: None
) -> tuple[float, str]:
    """When a worker was found frozen that gives these answers and then none, and what it was said to be."""

    async def main() -> tuple[float, str]:
        found: asyncio.Future[tuple[float, str]] = asyncio.get_running_loop().create_future()
        coming, began = iter(answers), clock.now()

        def ask() -> None:
            with_none = next(coming, "silence")
            if with_none != "silence":
                pulse.answered(with_none)  # type: ignore[arg-type]  # it is no string here

        pulse = Pulse(SETTINGS, ask, lambda how: found.set_result((clock.now() - began, how)))
        pulse.start()
        then(pulse)
        async with asyncio.timeout(60):
            return await found

    return run(main())


def test_who_never_answers_stands_still() -> None:
    assert feel([]) == (4, "has not answered for 3 s: the process stands still")


def test_answers_that_come_late_count() -> None:
    assert feel([None] * 5)[0] == 9


def test_who_has_work_and_does_none_waits_for_ever() -> None:
    seconds, how = feel([None, 7.0, 7.0, 7.0, 7.0, 7.0])
    assert how == "has work and has done none of it for 3 s: it waits for ever"
    assert seconds == 6


def test_who_works_is_left_alone() -> None:
    assert feel([float(second) for second in range(30)])[0] == 34


def test_who_waits_to_be_allowed_more_is_left_alone() -> None:
    assert feel([1.0, 1.0, 1.0, None] * 10)[0] == 44


def test_nobody_asks_after_the_end() -> None:
    with pytest.raises(TimeoutError):
        feel([], then=Pulse.stop)


def test_an_engine_that_waits_for_ever_is_replaced_long_before_its_budget() -> None:
    async def main() -> str:
        engine = EngineSpec(Stage.LLM, "Fake", "tests.inference.engines:Fake")
        lane = Lane([engine], InferenceSettings(pulse_s=0.1, pulses=3))
        scheduler = Scheduler([lane], InferenceSettings(cores=1))
        await scheduler.open()
        try:
            asked = Job[str](Stage.LLM, "hang", (), Priority.DECODE, "local", 1, budget_s=1000.0)
            async with scheduler.stream(asked) as results:
                assert await anext(results) == "begun"
                with pytest.raises(Exception, match="waits for ever"):
                    await anext(results)
            assert await scheduler.call(Job[str](Stage.LLM, "name", (), Priority.DECODE, "local", 2, 1000.0))
            return lane.health().problem
        finally:
            await scheduler.close()

    assert asyncio.run(main()) == "Fake has work and has done none of it for 0.3 s: it waits for ever"
