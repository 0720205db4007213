"""Tasks that end with their session, and end it when they break."""

import asyncio

import pytest

from appliance.core import clock
from appliance.sessions.tasks import Tasks
from tests.virtual_time import run


async def nap(seconds: float) -> None:
    await clock.sleep_until(clock.now() + seconds)


def test_none_outlives_the_session() -> None:
    async def main() -> bool:
        tasks = Tasks()
        endless = tasks.spawn(nap(1e9))
        await nap(1)
        await tasks.stop()
        return endless.cancelled()

    assert run(main())


def test_a_bug_in_one_is_told_and_a_cancelled_one_is_no_bug() -> None:
    async def bug() -> None:
        raise ZeroDivisionError

    async def main() -> None:
        tasks = Tasks()
        tasks.spawn(nap(1e9)).cancel()
        await nap(0)
        assert not tasks.broken.done()
        tasks.spawn(bug())
        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(tasks.broken, 1)
        await tasks.stop()

    run(main())


def test_the_first_of_several_bugs_is_the_one_that_is_told() -> None:
    async def bug(kind: type[Exception]) -> None:
        raise kind

    async def main() -> None:
        tasks = Tasks()
        for kind in (KeyError, ZeroDivisionError):
            tasks.spawn(bug(kind))
        with pytest.raises(KeyError):
            await asyncio.wait_for(tasks.broken, 1)
        await tasks.stop()

    run(main())


def test_of_one_name_there_is_never_more_than_one() -> None:
    async def main() -> None:
        tasks, done = Tasks(), list[int]()

        async def work(number: int) -> None:
            await nap(1)
            done.append(number)

        for number in range(5):
            tasks.replace("work", work(number))
            tasks.replace("other work", work(10 + number))
            await nap(0.1)
        await nap(2)
        tasks.replace("work", work(5))
        await nap(2)
        assert done == [4, 14, 5]
        await tasks.stop()

    run(main())
