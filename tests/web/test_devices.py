import asyncio
import datetime
import json
import logging
from pathlib import Path

import pytest

from appliance.core.errors import ApplianceError
from appliance.web.devices import Devices

DAY = datetime.datetime(2026, 12, 24, 18, 0, tzinfo=datetime.UTC)


class Wall:
    """A calendar that one turns."""

    def __init__(self) -> None:
        self.now = DAY

    def __call__(self) -> datetime.datetime:
        return self.now


def test_the_first_is_the_owner_and_all_survive_a_restart(tmp_path: Path) -> None:
    async def story() -> None:
        devices = Devices(tmp_path / "devices.json", 9)
        anna, token = await devices.pair("Anna's phone")
        ben, _ = await devices.pair("Ben's laptop")
        assert (anna.owner, ben.owner) == (True, False)
        again = Devices(tmp_path / "devices.json", 9)
        assert again.identify(token) == anna
        assert again.all() == (anna, ben)

    asyncio.run(story())


def test_tokens_are_long_and_only_their_hashes_are_kept(tmp_path: Path) -> None:
    async def story() -> None:
        file = tmp_path / "devices.json"
        _, token = await Devices(file, 9).pair("x")
        assert len(token) == 43  # 256 bits in base 64
        assert token not in file.read_text()
        assert file.stat().st_mode & 0o777 == 0o600

    asyncio.run(story())
    assert [path.name for path in tmp_path.iterdir()] == ["devices.json"]


@pytest.mark.parametrize("token", ["", "x", "é\ud800", "a" * 100_000])
def test_nobody_else_is_known(tmp_path: Path, token: str) -> None:
    async def story() -> None:
        devices = Devices(tmp_path / "devices.json", 9)
        await devices.pair("x")
        assert devices.identify(token) is None

    asyncio.run(story())


def test_a_device_that_is_revoked_is_nobody(tmp_path: Path) -> None:
    async def story() -> None:
        devices = Devices(tmp_path / "devices.json", 9)
        device, token = await devices.pair("x")
        assert await devices.revoke(device.id)
        assert not await devices.revoke(device.id)
        assert devices.identify(token) is None
        assert Devices(tmp_path / "devices.json", 9).all() == ()
        heir, _ = await devices.pair("y")
        assert heir.owner, "a box without an owner would be nobody's for ever"

    asyncio.run(story())


def test_pairing_again_replaces_the_token_and_nothing_else(tmp_path: Path) -> None:
    async def story() -> None:
        devices = Devices(tmp_path / "devices.json", 9)
        device, old = await devices.pair("x")
        again, new = await devices.pair("y", known=device)
        assert (again.id, again.owner, again.name) == (device.id, True, "y")
        assert devices.identify(old) is None
        assert devices.identify(new) == again

    asyncio.run(story())


def test_when_it_was_seen_is_known_to_the_hour(tmp_path: Path) -> None:
    async def story() -> None:
        wall = Wall()
        devices = Devices(tmp_path / "devices.json", 9, wall)
        _, token = await devices.pair("x")
        wall.now += datetime.timedelta(minutes=59)
        seen = devices.identify(token)
        assert seen
        assert seen.seen == DAY
        wall.now += datetime.timedelta(minutes=1)
        seen = devices.identify(token)
        assert seen
        assert seen.seen == wall.now
        await devices.save()
        assert Devices(tmp_path / "devices.json", 9).all()[0].seen == wall.now

    asyncio.run(story())


@pytest.mark.parametrize("broken", ["", "{", "[1]", '[{"id": "x"}]', "\x00" * 100])
def test_a_broken_file_is_set_aside_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, broken: str
) -> None:
    file = tmp_path / "devices.json"
    file.write_text(broken)
    with caplog.at_level(logging.WARNING):
        assert Devices(file, 9).all() == ()
    assert "nobody is paired any more" in caplog.text
    assert (tmp_path / "devices.json.broken").read_text() == broken


def test_the_file_is_for_people_too(tmp_path: Path) -> None:
    async def story() -> None:
        await Devices(tmp_path / "devices.json", 9).pair("Anna's phone")
        assert json.loads((tmp_path / "devices.json").read_text())[0]["name"] == "Anna's phone"

    asyncio.run(story())


def test_whoever_cannot_be_written_down_is_not_admitted(tmp_path: Path) -> None:
    async def story() -> None:
        devices = Devices(tmp_path / "devices.json", 9)
        with pytest.raises(ApplianceError, match="cannot be written") as refused:
            await devices.pair("x")
        assert "Free some space" in refused.value.remedy
        assert devices.all() == ()

    (tmp_path / "devices.json").mkdir()  # in the way
    (tmp_path / "devices.json" / "x").touch()
    asyncio.run(story())


def test_many_at_once_leave_a_whole_file(tmp_path: Path) -> None:
    async def story() -> None:
        devices = Devices(tmp_path / "devices.json", 99)
        await asyncio.gather(*(devices.pair(str(number)) for number in range(20)))
        assert Devices(tmp_path / "devices.json", 99).all() == devices.all()

    asyncio.run(story())
