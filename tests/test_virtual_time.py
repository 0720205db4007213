import asyncio
import threading

import pytest

from appliance.core import clock
from tests.virtual_time import StuckError, run


def test_time_jumps_over_waiting() -> None:
    async def main() -> float:
        start = clock.now()
        await asyncio.sleep(1800)
        return clock.now() - start

    assert run(main()) == pytest.approx(1800)


def test_timers_fire_in_order_and_on_time() -> None:
    async def main() -> list[tuple[str, float]]:
        start, seen = clock.now(), list[tuple[str, float]]()

        async def note(name: str, delay_s: float) -> None:
            await asyncio.sleep(delay_s)
            seen.append((name, round(clock.now() - start, 6)))

        await asyncio.gather(note("c", 3), note("a", 0.001), note("b", 2))
        return seen

    assert run(main()) == [("a", 0.001), ("b", 2.0), ("c", 3.0)]


def test_work_takes_no_time() -> None:
    async def main() -> float:
        start = clock.now()
        for _ in range(1000):
            await asyncio.sleep(0)
        return clock.now() - start

    assert run(main()) == 0


def test_work_on_a_thread_takes_no_time_either() -> None:
    async def main() -> float:
        release = threading.Event()
        start = clock.now()
        loop = asyncio.get_running_loop()
        timer = loop.call_later(5, release.set)
        work = asyncio.create_task(asyncio.to_thread(release.wait, 0.05))
        assert not await work  # the timer did not get its five seconds while the thread was busy
        timer.cancel()
        return clock.now() - start

    assert run(main()) == 0


def test_waiting_for_nothing_is_an_error() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(StuckError, match="no timer is left"):
        run(main())


def test_an_endless_test_is_an_error() -> None:
    async def main() -> None:
        for _ in range(100):
            await asyncio.sleep(1)

    with pytest.raises(StuckError, match="not finished after 61 s"):
        run(main(), limit_s=60)


def test_the_outcome_is_that_of_the_coroutine() -> None:
    async def main() -> str:
        async with asyncio.timeout(1):
            await asyncio.sleep(2)
        return "never"

    with pytest.raises(TimeoutError):
        run(main())
