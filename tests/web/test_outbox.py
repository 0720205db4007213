"""What waits to be sent: words before sound, never much of either, and nobody is waited for who does not read."""

import asyncio
from collections.abc import Awaitable, Callable

from appliance.core import clock
from appliance.web.outbox import MOST_SOUNDS, MOST_TEXTS, TOO_SLOW, Outbox, close
from tests.virtual_time import run
from tests.web.fake_socket import FakeSocket

STATE = '{"type":"state"}'
Story = Callable[[Outbox, FakeSocket, "asyncio.Task[str]"], Awaitable[None]]


def tell(story: Story, send_s: float = 0.0) -> None:
    async def main() -> None:
        socket = FakeSocket(send_s=send_s)
        outbox = Outbox(socket)
        sending = asyncio.create_task(outbox.run())
        await story(outbox, socket, sending)
        outbox.close("over")
        await sending

    run(main())


async def wait(seconds: float) -> None:
    await clock.sleep_until(clock.now() + seconds)


def test_words_go_before_sound_and_everything_goes_in_order() -> None:
    async def story(outbox: Outbox, socket: FakeSocket, sending: object) -> None:
        outbox.play(b"1")
        outbox.send('{"type":"a"}')
        outbox.send('{"type":"b"}')
        outbox.play(b"2")
        await wait(1)
        assert socket.log == ["a", "b", "sound", "sound"]
        assert socket.sounds == [b"1", b"2"]

    tell(story)


def test_sound_waits_where_it_comes_from_while_the_network_is_busy() -> None:
    async def story(outbox: Outbox, socket: FakeSocket, sending: object) -> None:
        played = 0
        while outbox.roomy:
            outbox.play(b"1")
            played += 1
        assert played == MOST_SOUNDS
        await wait(1.1)
        assert outbox.roomy

    tell(story, send_s=1.0)


def test_a_flush_drops_the_sound_that_waits_and_goes_first() -> None:
    async def story(outbox: Outbox, socket: FakeSocket, sending: object) -> None:
        outbox.send(STATE)
        outbox.play(b"1")
        outbox.flush()
        await wait(1)
        assert socket.log == ["flush", "state"]

    tell(story)


def test_what_was_sent_before_the_end_still_goes_out_and_nothing_after_it() -> None:
    async def story(outbox: Outbox, socket: FakeSocket, sending: "asyncio.Task[str]") -> None:
        outbox.send(STATE)
        outbox.play(b"1")
        outbox.close("replaced")
        outbox.send(STATE)
        outbox.flush()
        assert not outbox.roomy
        assert await sending == "replaced"
        assert socket.log == ["state"]

    tell(story)


def test_a_page_that_does_not_read_is_given_up() -> None:
    async def story(outbox: Outbox, socket: FakeSocket, sending: "asyncio.Task[str]") -> None:
        begun = clock.now()
        outbox.send(STATE)
        assert await sending == TOO_SLOW
        assert clock.now() - begun == 2.0

    tell(story, send_s=100.0)


def test_a_page_that_reads_too_slowly_is_given_up() -> None:
    async def story(outbox: Outbox, socket: FakeSocket, sending: "asyncio.Task[str]") -> None:
        for _ in range(MOST_TEXTS + 1):
            outbox.send(STATE)
        assert await sending == TOO_SLOW
        assert len(socket.log) <= 1

    tell(story, send_s=1.0)


def test_a_broken_network_is_the_end() -> None:
    async def story(outbox: Outbox, socket: FakeSocket, sending: "asyncio.Task[str]") -> None:
        await socket.close()
        outbox.send(STATE)
        assert await sending == TOO_SLOW

    tell(story)


def test_who_does_not_answer_a_good_bye_is_not_waited_for() -> None:
    async def main() -> None:
        begun = clock.now()
        socket = FakeSocket(send_s=100.0)
        await close(socket, "idle")
        assert socket.closed == ["idle"]
        assert clock.now() - begun == 2.0

    run(main())
