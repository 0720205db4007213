import asyncio
from collections import Counter
from pathlib import Path

import pytest

from appliance.core import clock
from appliance.core.errors import ApplianceError
from appliance.web.devices import Devices
from appliance.web.pairing import Pairing, TooManyDevices, TooManyTries, WrongPin
from appliance.web.pin import Pin
from tests.virtual_time import run


def _pairing(folder: Path, limit: int = 9) -> Pairing:
    return Pairing(Pin(600, 5), Devices(folder / "devices.json", limit))


def _wrong(pairing: Pairing) -> str:
    return f"{(int(pairing.pin.digits) + 1) % 1_000_000:06}"


async def _outcome(pairing: Pairing, address: str) -> str:
    try:
        await pairing.pair(_wrong(pairing), "thief", address, None)
    except ApplianceError as error:
        return type(error).__name__
    return "paired"


def test_the_right_digits_admit(tmp_path: Path) -> None:
    async def story() -> None:
        pairing = _pairing(tmp_path)
        device, token = await pairing.pair(pairing.pin.digits, "  Anna's\n\x00 phone ", "10.0.0.5", None)
        assert device.name == "Anna's phone"
        assert device.owner
        assert token

    run(story())


def test_a_hundred_wrong_tries_get_nowhere(tmp_path: Path) -> None:
    async def story() -> None:
        pairing = _pairing(tmp_path)
        outcomes = Counter([await _outcome(pairing, "10.0.0.66") for _ in range(100)])
        assert outcomes == {"WrongPin": 5, "TooManyTries": 95}
        assert pairing.refused == 100
        with pytest.raises(TooManyTries):
            await pairing.pair(pairing.pin.digits, "thief", "10.0.0.66", None)  # right, and too late
        device, _ = await pairing.pair(pairing.pin.digits, "Anna", "10.0.0.5", None)
        assert device.owner

    run(story())


def test_many_addresses_do_not_help_either(tmp_path: Path) -> None:
    async def story() -> None:
        pairing = _pairing(tmp_path)
        outcomes = Counter([await _outcome(pairing, f"10.0.{n // 250}.{n % 250}") for n in range(2000)])
        assert outcomes == {"WrongPin": 20, "TooManyTries": 1980}
        day: Counter[str] = Counter()
        for n in range(24 * 60 * 2):
            await clock.sleep_until(clock.now() + 30)
            day[await _outcome(pairing, f"10.1.{n // 250}.{n % 250}")] += 1
        assert day["WrongPin"] <= 24 * 60 * 2, "0.3 % of a million in a day"

    run(story(), limit_s=100_000)


def test_patience_comes_back(tmp_path: Path) -> None:
    async def story() -> None:
        pairing = _pairing(tmp_path)
        for _ in range(5):
            await _outcome(pairing, "10.0.0.5")
        with pytest.raises(TooManyTries) as refused:
            await pairing.pair("000000", "x", "10.0.0.5", None)
        await clock.sleep_until(clock.now() + refused.value.wait_s)
        await pairing.pair(pairing.pin.digits, "x", "10.0.0.5", None)

    run(story())


def test_tries_left_are_told(tmp_path: Path) -> None:
    async def story() -> None:
        pairing = _pairing(tmp_path)
        with pytest.raises(WrongPin) as refused:
            await pairing.pair(_wrong(pairing), "x", "10.0.0.5", None)
        assert refused.value.tries_left == 4

    run(story())


def test_a_full_box_admits_only_whom_it_knows(tmp_path: Path) -> None:
    async def story() -> None:
        pairing = _pairing(tmp_path, limit=1)
        device, _ = await pairing.pair(pairing.pin.digits, "x", "10.0.0.5", None)
        digits = pairing.pin.digits
        with pytest.raises(TooManyDevices):
            await pairing.pair(digits, "y", "10.0.0.6", None)
        again, _ = await pairing.pair(digits, "x", "10.0.0.5", device)
        assert again.id == device.id

    run(story())


def test_the_same_digits_admit_one_of_two_who_hurry(tmp_path: Path) -> None:
    async def story() -> None:
        pairing = _pairing(tmp_path)
        digits = pairing.pin.digits
        both = await asyncio.gather(
            *(pairing.pair(digits, "x", address, None) for address in ("10.0.0.5", "10.0.0.6")),
            return_exceptions=True,
        )
        assert sum(isinstance(one, WrongPin) for one in both) == 1

    run(story())
