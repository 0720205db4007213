"""The box's own screens: they show the local conversation, have its buttons, and never hold it up."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from appliance.converse import Say, converse
from appliance.core import clock
from appliance.core.speech import Outcome, Turn
from appliance.inference.job import LOCAL
from appliance.sessions.observer import Observer
from appliance.sessions.session import Session
from appliance.sessions.trace import Stamps
from appliance.transports.wavfile import WavPort
from appliance.turns.events import Event, MutePressed, StopPressed, UnmutePressed
from appliance.turns.machine import State
from appliance.web.audience import Audience
from appliance.web.kiosk import MOST_SCREENS, Kiosk
from appliance.web.visitor_settings import VisitorSettings
from tests.fakes import voice
from tests.room import Room
from tests.virtual_time import run
from tests.web.fake_sessions import wait
from tests.web.fake_socket import FakeSocket


class Buttons:
    """A `Talk` that remembers which buttons were pressed."""

    turn = 3

    def __init__(self) -> None:
        self.pressed: list[Event | str] = []

    async def run(self) -> None: ...

    def post(self, event: Event) -> None:
        self.pressed.append(event)

    def type(self, text: str) -> None:
        self.pressed.append(text)

    def forget(self) -> None: ...


def tell(story: Callable[[Kiosk], Awaitable[None]]) -> None:
    async def main() -> None:
        kiosk = Kiosk(VisitorSettings(), "box", lambda: (0.25, 0.125))
        running = asyncio.create_task(kiosk.run())
        await story(kiosk)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    run(main())


def test_all_screens_show_the_conversation_at_the_box() -> None:
    async def story(kiosk: Kiosk) -> None:
        sockets = [FakeSocket() for _ in range(3)]
        watching = [asyncio.create_task(kiosk.watch(socket)) for socket in sockets]
        room = Room()

        def open_session(port: WavPort, observer: Observer) -> Session:
            return room.open(port, Audience(observer, kiosk.narrator))

        await converse(open_session, [Say(voice(1.0), 0.5)], room.report)
        await wait(0.1)
        for socket in sockets:
            assert socket.texts[0]["session"] == LOCAL
            assert socket.told("turn")[0]["heard"] == "Yes. I think so."
            assert {"hearing", "thinking", "speaking"} <= {text["state"] for text in socket.told("state")}
            socket.page_leaves()
        await asyncio.gather(*watching)
        assert all(socket.closed for socket in sockets)

    tell(story)


def test_it_is_shown_how_loud_it_is_ten_times_a_second() -> None:
    async def story(kiosk: Kiosk) -> None:
        socket = FakeSocket()
        watching = asyncio.create_task(kiosk.watch(socket))
        await wait(2.05)
        levels = socket.told("levels")
        assert len(levels) == 20
        assert kiosk.screens == 1
        assert levels[0] == {"type": "levels", "you": 0.25, "box": 0.125}
        socket.page_leaves()
        await watching
        assert kiosk.screens == 0

    tell(story)


def test_a_screen_that_comes_late_is_told_everything() -> None:
    async def story(kiosk: Kiosk) -> None:
        kiosk.narrator.turn(Turn(1, "hi", "hello", "hello", Outcome.ANSWERED), Stamps())
        kiosk.narrator.state(State.MUTED)
        socket = FakeSocket()
        watching = asyncio.create_task(kiosk.watch(socket))
        await wait(0.01)
        (hello,) = socket.texts
        assert (hello["muted"], len(hello["conversation"])) == (True, 1)
        socket.page_leaves()
        await watching

    tell(story)


def test_its_buttons_are_those_of_the_box() -> None:
    async def story(kiosk: Kiosk) -> None:
        socket, buttons = FakeSocket(), Buttons()
        watching = asyncio.create_task(kiosk.watch(socket))
        socket.page_says(type="stop")  # nobody is there yet whom one could stop
        await wait(0.01)
        kiosk.show(buttons)
        socket.page_says(type="mute", on=True)
        socket.page_says(type="mute", on=False)
        socket.page_says(type="stop")
        socket.page_says(type="text", text="hi")
        socket.page_says(type="played", delay_ms=1)
        socket.page_says(type="ping", t=5)
        socket.page_says(type="rubbish")
        await wait(0.01)
        assert buttons.pressed == [MutePressed(), UnmutePressed(), StopPressed(), "hi"]
        assert socket.told("pong") == [{"type": "pong", "t": 5.0}]
        assert socket.told("failed")[0]["turn"] == 3
        socket.page_leaves()
        await watching

    tell(story)


def test_a_screen_that_does_not_read_is_given_up_and_the_others_go_on() -> None:
    async def story(kiosk: Kiosk) -> None:
        slow, quick = FakeSocket(send_s=100.0), FakeSocket()
        slow_one = asyncio.create_task(kiosk.watch(slow))
        quick_one = asyncio.create_task(kiosk.watch(quick))
        begun = clock.now()
        assert await slow_one == "too slow"
        assert clock.now() - begun <= 5.0
        assert len(quick.told("levels")) >= 19
        quick.page_leaves()
        await quick_one

    tell(story)


def test_there_are_so_many_screens_and_no_more() -> None:
    async def story(kiosk: Kiosk) -> None:
        sockets = [FakeSocket() for _ in range(MOST_SCREENS + 1)]
        watching = [asyncio.create_task(kiosk.watch(socket)) for socket in sockets]
        await wait(1.0)
        assert [socket.log[0] for socket in sockets] == ["hello"] * MOST_SCREENS + ["bye"]
        assert await watching[-1] == "ended"
        for socket in sockets:
            socket.page_leaves()
        await asyncio.gather(*watching)

    tell(story)
