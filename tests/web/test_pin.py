from appliance.core import clock
from appliance.web.pin import Pin
from tests.virtual_time import run


def _other(digits: str) -> str:
    return f"{(int(digits) + 1) % 1_000_000:06}"


def test_it_is_six_digits_and_lives_for_a_while() -> None:
    async def story() -> None:
        pin = Pin(600, 5)
        first = pin.digits
        assert len(first) == 6
        assert first.isdigit()
        await clock.sleep_until(clock.now() + 599)
        assert pin.digits == first
        assert pin.expires_s == 1.0
        await clock.sleep_until(clock.now() + 1)
        assert pin.expires_s == 600.0
        assert not pin.redeem(first) or pin.digits == first  # one in a million draws the same again

    run(story())


def test_it_admits_once() -> None:
    async def story() -> None:
        pin = Pin(600, 5)
        first = pin.digits
        assert pin.redeem(first)
        assert pin.digits != first or pin.tries_left == 5

    run(story())


def test_wrong_tries_make_new_digits() -> None:
    async def story() -> None:
        pin = Pin(600, 3)
        first = pin.digits
        lefts = []
        for _ in range(3):
            assert not pin.redeem(_other(pin.digits))
            lefts.append(pin.tries_left)
        assert lefts == [2, 1, 3]
        assert pin.digits != first

    run(story())


def test_a_hundred_numbers_are_hardly_ever_the_same() -> None:
    async def story() -> None:
        pin = Pin(600, 5)
        seen = set()
        for _ in range(100):
            seen.add(pin.digits)
            pin.renew()
        assert len(seen) > 95

    run(story())
