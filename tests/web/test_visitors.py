"""Whole conversations from browsers, on virtual time: talk, interrupt, leave, come back, be replaced, be refused."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from appliance.sessions.recovery import MOST
from appliance.web.contracts import Busy
from appliance.web.visitor_settings import VisitorSettings
from appliance.web.visitors import Visitors
from tests.fakes import Script
from tests.long import often
from tests.virtual_time import run
from tests.web.fake_sessions import WORDS, House, Mimic, Page, level_of, wait

LONG = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen."

Story = Callable[[Visitors], Awaitable[None]]


def tell(story: Story, house: House | None = None) -> House:
    """Tell a story in a house; nothing may be left over of it."""
    house = house or House()

    async def main() -> None:
        async with house.open() as visitors:
            await story(visitors)

    run(main(), limit_s=100_000)
    return house


def test_a_question_from_a_browser_is_answered_there() -> None:
    async def story(visitors: Visitors) -> None:
        page = Page(visitors.enter("phone", None)).connect()
        await wait(0.5)
        await page.say(1.0)
        turn = await page.until("turn")
        assert (turn["turn"], turn["you"], turn["heard"]) == (1, "what time is it", "It's noon.")
        assert turn["outcome"] == "answered"
        assert page.sound() == [10]
        kinds = list(dict.fromkeys(message["type"] for message in page.messages))
        assert kinds[0] == "hello"
        assert kinds.index("understood") < kinds.index("turn")

    tell(story, House(script=Script(transcripts=["what time is it"], replies=["It's noon."])))


def test_somebody_interrupts_from_a_browser() -> None:
    async def story(visitors: Visitors) -> None:
        page = Page(visitors.enter("phone", None)).connect()
        await page.say(1.0)
        await page.state("speaking")
        await wait(1.0)
        await page.say(1.0)
        first = await page.until("turn")
        assert first["outcome"] == "interrupted"
        assert LONG.startswith(first["heard"])
        assert len(first["heard"]) < len(LONG)

    tell(story, House(script=Script(replies=[LONG])))


def test_whoever_comes_back_is_told_all_that_has_happened() -> None:
    async def story(visitors: Visitors) -> None:
        visitor = visitors.enter("phone", None)
        before = Page(visitor).connect()
        await before.say(1.0)
        await before.until("turn")
        await before.say(1.0)
        await before.until("understood", 2)
        before.vanish()
        await wait(100.0)
        assert visitors.enter("phone", visitor.name) is visitor
        after = Page(visitor).connect()
        hello = after.messages[0]
        assert hello["session"] == visitor.name
        assert [line["turn"] for line in hello["conversation"]] == [1]
        assert after.messages[1] == {"type": "understood", "turn": 2, "text": "hello there"}
        turn = await after.until("turn")
        assert (turn["turn"], turn["outcome"]) == (2, "answered")

    tell(story)


def test_a_reply_goes_on_after_half_a_minute_with_nothing_lost_or_said_twice() -> None:
    async def story(visitors: Visitors) -> None:
        visitor = visitors.enter("phone", None)
        before = Page(visitor).connect()
        await before.say(1.0)
        await before.state("speaking")
        await wait(1.0)
        before.vanish()
        await wait(110.0)
        after = Page(visitor).connect()
        turn = await after.until("turn")
        assert (turn["heard"], turn["outcome"]) == (LONG, "answered")

    tell(story, House(script=Script(replies=[LONG])))


def test_another_window_takes_the_conversation_and_the_first_learns_why() -> None:
    async def story(visitors: Visitors) -> None:
        visitor = visitors.enter("phone", None)
        first, second = Page(visitor).connect(), Page(visitor)
        await wait(1.0)
        second.connect()
        assert first.told("bye")[0]["reason"] == "replaced"
        assert first.closed == ["replaced"]
        first.request(type="stop")  # whoever was replaced has no say any more
        first.vanish()
        assert visitor.connected
        await second.say(1.0)
        await second.until("turn")
        assert not first.told("turn")

    tell(story)


def test_a_second_window_goes_on_with_the_conversation_of_the_first() -> None:
    async def story(visitors: Visitors) -> None:
        page = Page(visitors.enter("phone", None)).connect()
        assert visitors.enter("phone", None) is page.visitor

    tell(story, House(limit=1))


def test_whoever_hangs_up_and_comes_back_begins_anew_in_their_old_place() -> None:
    async def story(visitors: Visitors) -> None:
        old = Page(visitors.enter("phone", None)).connect()
        old.vanish()
        assert visitors.enter("phone", None) is not old.visitor
        assert len(visitors) == 1

    tell(story, House(limit=1))


def test_offers_that_lead_to_nothing_take_one_place_however_many_there_are() -> None:
    async def story(visitors: Visitors) -> None:
        assert len({visitors.enter("phone", None).name for _ in range(1000)}) == 1
        await wait(VisitorSettings().arrive_s + 2)
        assert len(visitors) == 0

    house = tell(story)
    assert len(house.rooms) == 1


def test_a_session_belongs_to_its_device() -> None:
    async def story(visitors: Visitors) -> None:
        theirs = visitors.enter("phone", None)
        mine = visitors.enter("laptop", theirs.name)
        assert mine is not theirs
        assert mine.name != theirs.name

    tell(story)


def test_whoever_is_refused_is_told_at_once_and_gets_in_when_it_is_their_turn() -> None:
    async def story(visitors: Visitors) -> None:
        page = Page(visitors.enter("a", None)).connect()
        places = {}
        for device in ("b", "c"):
            with pytest.raises(Busy) as busy:
                visitors.enter(device, None)
            places[device] = busy.value.place
        assert places == {"b": 1, "c": 2}
        assert visitors.end(page.visitor.name)
        assert page.closed == ["ended"]
        with pytest.raises(Busy) as busy:
            visitors.enter("c", None)  # the place is kept for whoever was there first
        assert busy.value.place == 1
        assert visitors.enter("b", None).device == "b"

    tell(story, House(limit=1))


def test_a_full_queue_says_so() -> None:
    async def story(visitors: Visitors) -> None:
        visitors.enter("a", None)
        for device in ("b", "c"):
            with pytest.raises(Busy) as busy:
                visitors.enter(device, None)
        assert busy.value.place == 0

    tell(story, House(limit=1, settings=VisitorSettings(waiting=1)))


def test_who_does_not_come_back_is_forgotten() -> None:
    async def story(visitors: Visitors) -> None:
        visitor = visitors.enter("phone", None)
        Page(visitor).connect().vanish()
        await wait(119.0)
        assert len(visitors) == 1
        await wait(3.0)
        assert len(visitors) == 0
        assert visitors.enter("phone", visitor.name) is not visitor

    tell(story)


def test_whoever_is_away_for_long_makes_room_for_whoever_is_here() -> None:
    async def story(visitors: Visitors) -> None:
        visitor = visitors.enter("phone", None)
        Page(visitor).connect().vanish()
        await wait(30.0)
        with pytest.raises(Busy):
            visitors.enter("laptop", None)
        await wait(16.0)
        assert visitors.enter("laptop", None).device == "laptop"

    tell(story, House(limit=1))


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (VisitorSettings(idle_s=60), "idle"),
        (VisitorSettings(duration_s=60), "duration"),
        (VisitorSettings(turns=2), "duration"),
    ],
)
def test_nothing_lasts_for_ever(settings: VisitorSettings, reason: str) -> None:
    async def story(visitors: Visitors) -> None:
        page = Page(visitors.enter("phone", None)).connect()
        for _ in range(2):
            await page.say(1.0)
            await page.until("turn")
        bye = await page.until("bye", patience_s=200)
        assert bye["reason"] == reason
        assert bye["problem"]
        assert page.closed == [reason]
        assert len(visitors) == 0

    tell(story, House(settings=settings))


def test_a_revoked_device_is_shown_the_door() -> None:
    async def story(visitors: Visitors) -> None:
        page, other = (Page(visitors.enter(device, None)).connect() for device in ("phone", "laptop"))
        visitors.revoke("phone")
        assert page.told("bye")[0]["reason"] == "revoked"
        assert other.closed == []

    tell(story)


def test_a_conversation_that_breaks_again_and_again_ends_alone(caplog: pytest.LogCaptureFixture) -> None:
    async def story(visitors: Visitors) -> None:
        broken, whole = (Page(visitors.enter(device, None)).connect() for device in ("phone", "laptop"))

        def fail(turn: object, stamps: object) -> None:
            raise ZeroDivisionError

        broken.visitor.narrator.turn = fail  # type: ignore[method-assign] # a bug, wherever it may be
        await asyncio.gather(broken.say(1.0), whole.say(1.0))
        for _ in range(MOST):  # so many are forgiven
            await asyncio.sleep(6.0)
            await broken.say(1.0)
        bye = await broken.until("bye")
        assert bye["reason"] == "ended"
        assert (await whole.until("turn"))["outcome"] == "answered"
        assert [visitor.device for visitor in visitors] == ["laptop"]

    with caplog.at_level(logging.ERROR):
        tell(story)
    assert "ZeroDivisionError" in caplog.text


def test_when_the_box_stops_everybody_is_told() -> None:
    pages: list[Page] = []

    async def story(visitors: Visitors) -> None:
        pages.extend(Page(visitors.enter(device, None)).connect() for device in "abc")
        await pages[0].say(0.5)

    tell(story)
    assert [page.closed for page in pages] == [["restart"]] * 3


@pytest.mark.long  # six crowds every day, sixty at length
@pytest.mark.parametrize("seed", range(often(6, 60)))
def test_nothing_crosses_between_people_who_come_and_go_as_they_like(seed: int) -> None:
    """Each speaks and is answered at a level of their own, over engines that they share (see `Mimic`)."""

    async def live(visitors: Visitors, number: int, luck: random.Random, pages: list[Page]) -> None:
        name: str | None = None
        for _ in range(6):
            await wait(luck.random() * 3)
            try:
                visitor = visitors.enter(f"device {number}", name)
            except Busy:
                await wait(luck.random() * 9)
                continue
            name = visitor.name
            page = Page(visitor, level_of(number)).connect()
            pages.append(page)
            for _ in range(luck.randint(1, 3)):
                await page.say(0.5 + luck.random())
                await wait(luck.random() * 4)
            match luck.randrange(4):
                case 0:
                    visitors.end(visitor.name)
                case 1 | 2:
                    page.vanish()

    async def story(visitors: Visitors) -> None:
        crowd: dict[int, list[Page]] = {number: [] for number in range(1, 6)}
        lives = [
            live(visitors, number, random.Random(10 * seed + number), pages)
            for number, pages in crowd.items()
        ]
        await asyncio.gather(*lives)
        assert any(page.told("turn") for pages in crowd.values() for page in pages)
        for number, pages in crowd.items():
            words = {
                word.strip(".")
                for page in pages
                for message in page.messages
                for word in spoken(message).lower().split()
            }
            assert words <= {WORDS[number], "number"}
            own = {round(level_of(number) * loud) for loud in (1000, 100)}  # speaking and ducked
            phrase = {500, 50}
            assert {level for page in pages for level in page.sound()} <= own | phrase
            assert all(line["you"] for page in pages for line in page.messages[0]["conversation"])

    tell(story, House(limit=4, inference=Mimic(seed)))


def spoken(message: dict[str, Any]) -> str:
    """All words of a message."""
    lines = [message, *message.get("conversation", ())]
    return " ".join(str(line.get(key, "")) for line in lines for key in ("text", "you", "said", "heard"))
