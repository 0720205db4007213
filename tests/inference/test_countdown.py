import asyncio

from appliance.core import clock
from appliance.inference.countdown import Countdown
from tests.virtual_time import run


def test_it_begins_held() -> None:
    async def main() -> list[float]:
        fired = list[float]()
        Countdown(1, lambda: fired.append(clock.now()))
        await asyncio.sleep(10)
        return fired

    assert run(main()) == []


def test_time_held_does_not_count() -> None:
    async def main() -> list[float]:
        start, fired = clock.now(), list[float]()
        countdown = Countdown(1, lambda: fired.append(round(clock.now() - start, 6)))
        countdown.run()
        await asyncio.sleep(0.4)
        countdown.hold()
        countdown.hold()
        await asyncio.sleep(5)
        countdown.run()
        countdown.run()
        await asyncio.sleep(5)
        return fired

    assert run(main()) == [6.0]
