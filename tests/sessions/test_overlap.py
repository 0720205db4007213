"""When a reply gives way, and to what: the stamps of interruptions and buttons."""

import asyncio
from collections.abc import Callable

import pytest

from appliance.converse import Say, converse
from appliance.core import clock
from appliance.sessions.timeline import Timeline
from appliance.turns.events import StopPressed, TextTyped
from tests.fakes import Script, voice
from tests.room import Room
from tests.virtual_time import run

LONG = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen."


def pressed(at: float, press: Callable[[Room], None], prefill_s: float = 0.0) -> Timeline:
    """The first turn, when something is pressed at a second."""
    room = Room(Script(replies=[LONG], prefill_s=prefill_s))

    async def main() -> None:
        says = [Say(voice(1.0), at=0.5)]
        talking = asyncio.create_task(converse(room.open, says, room.report))
        await asyncio.sleep(0)
        await clock.sleep_until(clock.now() + at)
        press(room)
        await talking

    run(main())
    return room.report.timelines[0]


def test_a_stop_is_no_voice_over_the_reply() -> None:
    stamps = pressed(3.0, lambda room: room.session.post(StopPressed())).stamps
    assert (stamps.barge_in, stamps.ducked) == (None, None)
    assert stamps.hushed == pytest.approx(3000, abs=10)
    assert stamps.silent == pytest.approx(3000, abs=30)
    assert stamps.reply_ended == stamps.silent


def test_what_is_typed_is_none_either() -> None:
    stamps = pressed(3.0, lambda room: room.session.post(TextTyped("and now?"))).stamps
    assert stamps.barge_in is None
    assert stamps.silent == pytest.approx(3000, abs=30)


def test_a_stop_while_nothing_is_heard_silences_nothing() -> None:
    stamps = pressed(2.2, lambda room: room.session.post(StopPressed()), prefill_s=3.0).stamps
    assert stamps.hushed is not None
    assert stamps.silent is None


def test_a_voice_over_the_reply_is_stamped_where_it_began() -> None:
    room = Room(Script(replies=[LONG]))
    room.hold(Say(voice(1.0), at=0.5), Say(voice(1.5), at=3.0))
    stamps = room.report.timelines[0].stamps
    assert stamps.barge_in == pytest.approx(3000, abs=32)
    moments = [stamps.barge_in, stamps.ducked, stamps.hushed]
    assert moments == sorted(moment or 0.0 for moment in moments)
    assert stamps.silent is not None
