"""The box is killed while people talk from browsers, and starts again: who comes back finds their conversation."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from appliance.records.keeper import Keeper, open_keeper
from appliance.records.settings import RecordSettings
from appliance.web.farewells import ENDED
from appliance.web.visitor_settings import VisitorSettings
from appliance.web.visitors import Visitors
from tests.fakes import Script
from tests.virtual_time import run
from tests.web.fake_sessions import House, Page, wait

Life = Callable[[Visitors, Keeper], Awaitable[None]]

ASKED = Script(transcripts=["who was Bach"], replies=["A composer."])


def live(
    folder: Path, life: Life, script: Script | None = None, settings: VisitorSettings | None = None
) -> House:
    """One life of the box, from its start to its end."""
    houses: list[House] = []

    async def main() -> None:
        async with open_keeper(folder, RecordSettings()) as keeper:
            house = House(script=script, settings=settings, keep=keeper)
            houses.append(house)
            async with house.open() as visitors:
                await life(visitors, keeper)

    run(main(), limit_s=100_000)
    return houses[0]


class Phone:
    """Talks once, and remembers its session."""

    def __init__(self) -> None:
        self.name = ""

    async def talk(self, visitors: Visitors, _: Keeper) -> None:
        visitor = visitors.enter("phone", None)
        self.name = visitor.name
        page = Page(visitor).connect()
        await page.say(1.0)
        await page.until("turn")
        await wait(1.0)


def test_whoever_comes_back_finds_the_conversation_on_the_page_and_in_the_model(tmp_path: Path) -> None:
    phone = Phone()

    async def after(visitors: Visitors, _: Keeper) -> None:
        await wait(60.0)
        page = Page(visitors.enter("phone", phone.name)).connect()
        assert page.visitor.name == phone.name
        assert page.visitor.narrator.turns == 1
        assert [line["you"] for line in page.messages[0]["conversation"]] == ["who was Bach"]
        await page.say(1.0)
        turn = await page.until("turn")
        assert turn["turn"] == 2
        assert [line.turn for line in page.visitor.narrator.lines] == [1, 2]

    live(tmp_path, phone.talk, ASKED)
    house = live(tmp_path, after, Script(transcripts=["and his wife"]))
    prompt = house.rooms[0].inference.prompts[0]
    assert [message.text for message in prompt[1:]] == ["who was Bach", "A composer.", "and his wife"]


def test_lives_follow_each_other(tmp_path: Path) -> None:
    phone = Phone()

    async def again(visitors: Visitors, keeper: Keeper) -> None:
        page = Page(visitors.enter("phone", phone.name)).connect()
        await page.say(1.0)
        await page.until("turn")
        await wait(1.0)
        (past,) = await keeper.conversations()
        numbers.append([turn.number for turn in past.turns])

    numbers: list[list[int]] = []
    live(tmp_path, phone.talk)
    for _ in range(3):
        live(tmp_path, again)
    assert numbers == [[1, 2], [1, 2, 3], [1, 2, 3, 4]]


def test_another_device_finds_nothing(tmp_path: Path) -> None:
    phone = Phone()

    async def after(visitors: Visitors, _: Keeper) -> None:
        thief = visitors.enter("laptop", phone.name)
        assert thief.name != phone.name
        assert not thief.narrator.lines
        assert visitors.enter("phone", phone.name).narrator.lines

    live(tmp_path, phone.talk)
    live(tmp_path, after)


def test_whoever_comes_back_too_late_begins_anew(tmp_path: Path) -> None:
    phone = Phone()

    async def after(visitors: Visitors, _: Keeper) -> None:
        await wait(VisitorSettings().absent_s + 5)
        visitor = visitors.enter("phone", phone.name)
        assert visitor.name != phone.name
        assert not visitor.narrator.lines

    live(tmp_path, phone.talk)
    live(tmp_path, after)


def test_what_was_ended_does_not_come_back(tmp_path: Path) -> None:
    phone = Phone()

    async def ended(visitors: Visitors, keeper: Keeper) -> None:
        await phone.talk(visitors, keeper)
        (visitor,) = visitors
        assert visitors.end(visitor.name)

    async def after(visitors: Visitors, _: Keeper) -> None:
        assert not visitors.enter("phone", phone.name).narrator.lines

    live(tmp_path, ended)
    live(tmp_path, after)
    live(tmp_path, after)


def test_who_is_sent_away_does_not_find_it_again(tmp_path: Path) -> None:
    """Their session came back with them, and was then ended for good."""
    phone = Phone()

    async def after(visitors: Visitors, _: Keeper) -> None:
        page = Page(visitors.enter("phone", phone.name)).connect()
        visitors.end(phone.name)
        assert page.told("bye")[0]["problem"] == ENDED.problem
        assert not visitors.enter("phone", phone.name).narrator.lines

    live(tmp_path, phone.talk)
    live(tmp_path, after)


def test_all_that_was_said_can_be_forgotten_while_people_talk(tmp_path: Path) -> None:
    phone = Phone()

    async def forgotten(visitors: Visitors, keeper: Keeper) -> None:
        await phone.talk(visitors, keeper)
        (visitor,) = visitors
        page = Page(visitor).connect()
        visitors.forget()
        await keeper.forget_all()
        assert page.told("hello")[-1]["conversation"] == []
        await page.say(1.0)
        await page.until("turn")
        await wait(1.0)
        (past,) = await keeper.conversations()
        assert [turn.transcript for turn in past.turns] == ["and his wife"]
        assert visitors.recorded == {past.conversation.key}

    script = Script(transcripts=["who was Bach", "and his wife"])
    house = live(tmp_path, forgotten, script)
    assert [message.text for message in house.rooms[0].inference.prompts[-1][1:]] == ["and his wife"]
