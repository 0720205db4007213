"""What the owner sees, has forgotten, and changes: of conversations that go on, and of those that were written down."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import cast

import pytest

from appliance.archive import Archive
from appliance.converse import Report
from appliance.core import clock
from appliance.core.errors import InputError
from appliance.core.speech import Outcome, Turn
from appliance.hands import Hands
from appliance.inference.job import LOCAL
from appliance.records.conversation import Conversation
from appliance.records.keeper import open_keeper
from appliance.records.opening import read_changes
from appliance.records.settings import RecordSettings
from appliance.sessions.recorder import Recorder
from appliance.sessions.trace import Stamps
from appliance.transports.wavfile import WavPort
from appliance.web.audience import Audience
from appliance.web.kiosk import Kiosk
from appliance.web.reception import OpenPeer, Reception
from tests.room import Room
from tests.virtual_time import run
from tests.web.fake_sessions import House, Page, wait


def turn(number: int, you: str) -> Turn:
    return Turn(number, you, "yes", "yes", Outcome.ANSWERED)


def tell(folder: Path, story: Callable[[Archive], Awaitable[None]]) -> None:
    """A box at which somebody has just said "here", and was told of before."""

    async def main() -> None:
        async with open_keeper(folder, RecordSettings()) as keeper:
            keeper.add(Conversation.new("gone", "phone", clock.wall().timestamp()), turn(1, "before"))
            house, room = House(keep=keeper), Room()
            kiosk = Kiosk(house.settings, "box", lambda: (0.0, 0.0))
            recorder = Recorder(keeper, LOCAL, None, None)
            session = room.open(WavPort(), Audience(Report(), kiosk.narrator, recorder))
            reception = Reception(house.visitors, kiosk, cast(OpenPeer, None))
            running = asyncio.create_task(session.run())
            await wait(0.1)
            for observer in (kiosk.narrator, recorder):
                observer.turn(turn(1, "here"), Stamps())
            async with house.open():
                await story(Archive(keeper, reception, house.visitors, session, recorder, Hands()))
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    run(main())


async def said(archive: Archive) -> list[list[str]]:
    await wait(1.0)
    return [[line["you"] for line in talk["turns"]] for talk in await archive.conversations()]


def test_what_goes_on_comes_first_and_once(tmp_path: Path) -> None:
    async def story(archive: Archive) -> None:
        page = Page(archive.visitors.enter("tablet", None)).connect()
        await page.say(1.0)
        await page.until("turn")
        assert await said(archive) == [["here"], ["hello there"], ["before"]]
        told = (await archive.conversations())[-1]
        assert (told["where"], told["device"]) == ("browser", "phone")
        assert told["began"][:4] == told["last"][:4] >= "2024"

    tell(tmp_path, story)


def test_everything_can_be_forgotten_and_people_go_on(tmp_path: Path) -> None:
    async def story(archive: Archive) -> None:
        page = Page(archive.visitors.enter("tablet", None)).connect()
        await page.say(1.0)
        await page.until("turn")
        await archive.forget()
        assert await said(archive) == [[], []]
        await page.say(1.0)
        await page.until("turn", 2)
        assert await said(archive) == [[], ["hello there"]]

    tell(tmp_path, story)


def test_settings_are_changed_within_their_ranges(tmp_path: Path) -> None:
    async def story(archive: Archive) -> None:
        await archive.change("piper", "speed", 1.5)
        assert read_changes(tmp_path) == {"piper": {"speed": "1.5"}}
        for section, key, value in (("piper", "speed", 99), ("models", "source", "http://evil.example")):
            with pytest.raises(InputError):
                await archive.change(section, key, value)
        await archive.change("piper", "speed", None)
        assert read_changes(tmp_path) == {}

    tell(tmp_path, story)
