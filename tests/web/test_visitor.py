"""One visitor: buttons, the keyboard, and what happens to whoever is not connected."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from appliance.core.speech import Outcome, Turn
from appliance.sessions.trace import Stamps
from appliance.web.farewells import IDLE, LEFT, TURNS, WORDS
from appliance.web.messages import Bye
from appliance.web.requests import BadMessage
from appliance.web.visitor_settings import VisitorSettings
from tests.fakes import Script
from tests.virtual_time import run
from tests.web.fake_sessions import House, Page, wait

LONG = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen."


def tell(
    story: Callable[[Page], Awaitable[None]],
    script: Script | None = None,
    settings: VisitorSettings | None = None,
) -> None:
    async def main() -> None:
        async with House(script=script, settings=settings).open() as visitors:
            await story(Page(visitors.enter("phone", None)).connect())

    run(main())


def test_a_typed_turn_is_answered_aloud() -> None:
    async def story(page: Page) -> None:
        await wait(0.5)
        page.request(type="text", text="what time is it")
        turn = await page.until("turn")
        assert (turn["you"], turn["heard"]) == ("what time is it", "It's noon.")
        assert page.sound() == [10]

    tell(story, Script(replies=["It's noon."]))


def test_while_muted_nothing_passes_and_the_page_knows() -> None:
    async def story(page: Page) -> None:
        await wait(0.5)
        page.request(type="mute", on=True)
        assert page.visitor.port.muted
        await page.say(2.0)
        await wait(3.0)
        assert not page.told("turn")
        page.request(type="mute", on=False)
        await page.say(1.0)
        await page.until("turn")
        assert [muted["on"] for muted in page.told("muted")] == [True, False]

    tell(story)


def test_the_stop_button_silences_the_reply() -> None:
    async def story(page: Page) -> None:
        await page.say(1.0)
        await page.state("speaking")
        await wait(1.0)
        page.request(type="stop")
        turn = await page.until("turn")
        assert turn["outcome"] == "interrupted"
        assert len(turn["heard"]) < len(LONG)

    tell(story, Script(replies=[LONG]))


def test_the_owner_sees_where_the_wait_goes() -> None:
    async def story(page: Page) -> None:
        page.request(type="played", delay_ms=100, rtt_ms=8.4)
        await page.say(1.0)
        await page.until("turn")
        latency = page.visitor.status()["latency"]
        assert (latency["turns"], latency["rtt_ms"], latency["drop_rate"]) == (1, 8.4, 0)
        parts = [row["last"] for name, row in latency["rows"].items() if name != "all"]
        assert sum(parts) == pytest.approx(latency["rows"]["all"]["last"], abs=0.5)
        assert latency["rows"]["transport"]["last"] >= 100

    tell(story)


def test_a_ping_is_answered_and_the_delay_is_believed() -> None:
    async def story(page: Page) -> None:
        await wait(0.1)
        page.request(type="ping", t=42)
        page.request(type="played", delay_ms=200)
        assert page.told("pong") == [{"type": "pong", "t": 42.0}]

    tell(story)


def test_what_cannot_be_read_is_told_once_to_whoever_is_connected() -> None:
    async def story(page: Page) -> None:
        await wait(0.1)
        stranger = Page(page.visitor)
        for carrier in (page, page, stranger):
            page.visitor.complain(carrier, BadMessage("That is no sound."))
        assert len(page.told("failed")) == 1
        assert not stranger.messages

    tell(story)


def test_while_nobody_is_connected_nothing_is_sent_and_nothing_breaks() -> None:
    async def story(page: Page) -> None:
        visitor = page.visitor
        await page.say(1.0)
        page.vanish()
        sent = len(page.messages)
        await wait(60.0)
        assert len(page.messages) == sent
        assert not visitor.connected
        assert not visitor.expected
        assert visitor.absent_s == pytest.approx(60.0)
        status = visitor.status()
        assert (status["device"], status["connected"]) == ("phone", False)

    tell(story)


@pytest.mark.parametrize(
    ("settings", "turns", "away_s", "bye"),
    [
        (VisitorSettings(), 5, 0.0, None),
        (VisitorSettings(), 0, 121.0, LEFT),
        (VisitorSettings(absent_s=5000), 0, 901.0, IDLE),
        (VisitorSettings(turns=5), 5, 0.0, TURNS),
        (VisitorSettings(characters=1000), 5, 0.0, WORDS),
    ],
)
def test_it_is_known_when_somebody_has_to_go(
    settings: VisitorSettings, turns: int, away_s: float, bye: Bye | None
) -> None:
    async def main() -> None:
        house = House(settings=settings)
        visitor = house.visitors.enter("phone", None)
        page = Page(visitor).connect()
        for number in range(turns):
            visitor.narrator.turn(Turn(number, "hi", "a" * 250, "a" * 250, Outcome.ANSWERED), Stamps())
        page.vanish()
        await wait(away_s)
        assert visitor.due() == bye
        await house.visitors.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())
