"""What falls due is told once, at its moment, whatever happens to the clock and to the box."""

import asyncio
from datetime import datetime, timedelta

import pytest

from appliance.core import clock
from appliance.core.errors import ApplianceError
from appliance.tools.agenda import MOST, Agenda, Due, FullError, Kind, Plan
from appliance.tools.moments import next_time
from appliance.tools.shelf import MemoryShelf, Thing
from tests.tools.home import BERLIN, SUNDAY, Home, Wall
from tests.virtual_time import run


async def first(agenda: Agenda, count: int = 1) -> list[Due]:
    """The next so many, each settled."""
    told: list[Due] = []
    async for due in agenda.due():
        if len(told) == count:
            break
        told.append(due)
        if len(told) == count:
            await agenda._settle(due.plan)
            break
    return told


def timer(seconds: int, wall: Wall, words: str = "") -> Plan:
    return Plan(Kind.TIMER, wall().timestamp() + seconds, words, seconds)


def test_timers_are_told_in_order_at_their_moments() -> None:
    async def main() -> None:
        home = Home()
        began = clock.now()
        for seconds in (600, 60, 3600):
            await home.agenda.add(timer(seconds, home.wall))
        moments = []
        async for due in home.agenda.due():
            moments.append(round(clock.now() - began))
            assert not due.missed
            if len(moments) == 3:
                break
        assert moments == [60, 600, 3600]

    run(main(), limit_s=1e5)


def test_a_timer_that_is_set_while_it_waits_is_not_overlooked() -> None:
    async def main() -> None:
        home = Home()
        await home.agenda.add(timer(3600, home.wall))
        waiting = asyncio.create_task(first(home.agenda))
        await asyncio.sleep(1)
        await home.agenda.add(timer(5, home.wall, "tea"))
        (due,) = await waiting
        assert due.plan.words == "tea"

    run(main(), limit_s=1e5)


def test_setting_the_clock_moves_alarms_and_not_timers() -> None:
    async def main() -> None:
        home = Home()
        began = clock.now()
        await home.agenda.add(timer(600, home.wall))
        alarm = next_time(datetime(2026, 1, 1, 18).time(), home.wall())
        await home.agenda.add(Plan(Kind.ALARM, alarm.timestamp(), clock="18:00"))
        waiting = asyncio.create_task(first(home.agenda, 2))
        await asyncio.sleep(100)
        home.wall.set(timedelta(hours=2, minutes=29))
        told = await waiting
        assert [due.plan.kind for due in told] == [Kind.ALARM, Kind.TIMER]
        assert round(clock.now() - began) == 600

    run(main(), limit_s=1e5)


def test_what_fell_due_while_the_box_was_off_is_told_once() -> None:
    shelf = MemoryShelf()

    async def before() -> None:
        home = Home(shelf=shelf)
        await home.agenda.add(timer(600, home.wall, "tea"))

    async def after() -> None:
        home = Home(SUNDAY + timedelta(hours=1), shelf)
        await home.agenda.open()
        (due,) = await first(home.agenda)
        assert due.missed
        assert round(due.late_s) == 3000
        assert not await shelf.all("plan")

    run(before())
    run(after())


def test_a_timer_goes_on_after_a_restart() -> None:
    shelf = MemoryShelf()

    async def before() -> None:
        home = Home(shelf=shelf)
        await home.agenda.add(timer(600, home.wall, "tea"))

    async def after() -> None:
        home = Home(SUNDAY + timedelta(minutes=4), shelf)
        await home.agenda.open()
        began = clock.now()
        (due,) = await first(home.agenda)
        assert not due.missed
        assert round(clock.now() - began) == 360

    run(before())
    run(after())


def test_an_alarm_returns_on_its_days_in_summer_and_in_winter() -> None:
    async def main() -> None:
        home = Home(datetime(2026, 10, 23, 12, tzinfo=BERLIN))
        due = next_time(datetime(2026, 1, 1, 7).time(), home.wall())
        await home.agenda.add(Plan(Kind.ALARM, due.timestamp(), clock="07:00", days=tuple(range(7))))
        shown = []
        async for _ in home.agenda.due():
            shown.append(f"{home.wall():%a %H:%M}")
            if len(shown) == 4:
                break
        assert shown == ["Sat 07:00", "Sun 07:00", "Mon 07:00", "Tue 07:00"]

    run(main(), limit_s=1e6)


def test_what_is_cancelled_while_it_rings_does_not_return() -> None:
    async def main() -> None:
        home = Home()
        await home.agenda.add(Plan(Kind.ALARM, home.wall().timestamp() + 60, clock="07:00", days=(0,)))
        async for due in home.agenda.due():
            await home.agenda.cancel([due.plan])
            break
        assert not home.agenda.plans(Kind.ALARM)
        assert not await home.shelf.all("plan")

    run(main())


def test_what_rings_is_silenced_and_not_asked_about() -> None:
    async def main() -> None:
        home = Home()
        for said in (
            "set a timer for one minute",
            "set a timer for one hour",
            "set an alarm for four every day",
        ):
            await home.hear(said)
        async for due in home.agenda.due():
            said = "stop the timer" if due.plan.kind is Kind.TIMER else "stop the alarm"
            assert await home.hear(said) == ""
            if due.plan.kind is Kind.ALARM:
                break
        assert home.box.done == ["quiet"] * 3
        assert [plan.clock for plan in home.agenda.plans(Kind.ALARM)] == ["04:00"]

    run(main(), limit_s=1e5)


def test_there_is_an_end_to_plans() -> None:
    async def main() -> None:
        home = Home()
        for _ in range(MOST):
            await home.agenda.add(timer(600, home.wall))
        with pytest.raises(FullError):
            await home.agenda.add(timer(600, home.wall))

    run(main())


@pytest.mark.parametrize(
    "thing",
    [
        {},
        {"kind": "moon", "due": 1},
        {"kind": "alarm", "due": "x"},
        {"kind": "alarm", "due": 1, "days": [1], "clock": "no"},
    ],
)
def test_a_plan_that_cannot_be_read_is_left_out(thing: Thing) -> None:
    async def main() -> None:
        home = Home()
        await home.shelf.put("plan", "1", thing)
        await home.agenda.open()
        assert not [plan for kind in Kind for plan in home.agenda.plans(kind)]
        assert not await home.shelf.all("plan")

    run(main())


class FullShelf(MemoryShelf):
    async def put(self, kind: str, key: str, thing: Thing) -> None:
        raise ApplianceError("the disk is full")


def test_a_full_disk_loses_no_timer() -> None:
    async def main() -> None:
        home = Home(shelf=FullShelf())
        assert await home.hear("set a timer for ten minutes") == "Done: a timer for ten minutes."
        (due,) = await first(home.agenda)
        assert due.plan.seconds == 600
        assert "can't write that down" in await home.hear("add milk to the shopping list")

    run(main())
