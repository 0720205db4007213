import asyncio

from appliance.core import clock
from appliance.web.limits import RateLimit
from tests.virtual_time import run


async def _pass(seconds: float) -> None:
    await clock.sleep_until(clock.now() + seconds)


def test_a_burst_is_allowed_and_then_one_at_a_time() -> None:
    async def story() -> None:
        limit = RateLimit(3, 10.0)
        assert [limit.take("a") for _ in range(3)] == [0.0, 0.0, 0.0]
        assert limit.take("a") == 10.0
        await _pass(10.0)
        assert limit.take("a") == 0.0
        assert limit.take("a") == 10.0

    run(story())


def test_whoever_is_refused_loses_nothing_by_asking() -> None:
    async def story() -> None:
        limit = RateLimit(1, 10.0)
        limit.take("a")
        await _pass(4.0)
        assert [limit.take("a"), limit.take("a")] == [6.0, 6.0]

    run(story())


def test_a_long_rest_gives_no_more_than_the_burst() -> None:
    async def story() -> None:
        limit = RateLimit(2, 1.0)
        limit.take("a")
        await _pass(1000.0)
        assert [limit.take("a") > 0 for _ in range(3)] == [False, False, True]

    run(story())


def test_keys_have_nothing_to_do_with_each_other_and_are_bounded() -> None:
    async def story() -> None:
        limit = RateLimit(1, 10.0, keys=2)
        assert [limit.take(key) for key in "abc"] == [0.0, 0.0, 0.0]
        assert limit.take("c") == 10.0
        assert limit.take("a") == 0.0  # forgotten for c
        await asyncio.sleep(0)

    run(story())
