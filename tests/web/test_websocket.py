"""A conversation through a WebSocket: sound both ways, and every way in which a connection can fail."""

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
import pytest
from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp.test_utils import TestClient, TestServer

from appliance.core import clock
from appliance.web.outbox import MOST_SOUNDS, TOO_SLOW
from appliance.web.visitor import Visitor
from appliance.web.websocket import GONE, SILENT, TOO_MUCH, UP_BYTES, Connection, from_pcm, to_pcm
from tests.fakes import LETTER_S, Script
from tests.virtual_time import run
from tests.web.fake_sessions import FRAME_S, House, wait
from tests.web.fake_socket import Arrived, FakeSocket

LONG = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen."
VOICE = to_pcm(np.full(UP_BYTES // 2, 0.3, np.float32))


class Browser:
    """A page that talks through a WebSocket."""

    def __init__(self, visitor: Visitor, send_s: float = 0.0) -> None:
        self.visitor = visitor
        self.socket = FakeSocket(send_s=send_s)
        self.carried = asyncio.create_task(Connection(self.socket, visitor).run())
        self.microphone = asyncio.create_task(self._flow())
        self.speaking_s = 0.0

    async def say(self, seconds: float) -> None:
        self.speaking_s = seconds
        await wait(seconds)

    def heard(self) -> list[int]:
        """Hundredths of full scale, per frame that came down."""
        return [round(float(np.median(from_pcm(sound))) * 100) for sound in self.socket.sounds]

    async def _flow(self) -> None:
        while not self.carried.done():
            self.socket.page_sounds(VOICE if self.speaking_s > 0 else bytes(UP_BYTES))
            self.speaking_s -= FRAME_S
            await wait(FRAME_S)


def tell(
    story: Callable[[Browser], Awaitable[None]], script: Script | None = None, send_s: float = 0.0
) -> None:
    async def main() -> None:
        async with House(script=script).open() as visitors:
            browser = Browser(visitors.enter("phone", None), send_s)
            await story(browser)
            browser.socket.page_leaves()
            await browser.carried
            assert not browser.visitor.connected
            await browser.microphone

    run(main())


def test_a_question_is_answered_through_a_websocket() -> None:
    async def story(browser: Browser) -> None:
        await wait(0.5)
        await browser.say(1.0)
        await wait(5.0)
        assert browser.socket.log[0] == "hello"
        (turn,) = browser.socket.told("turn")
        assert turn["heard"] == "Yes. I think so."
        assert set(browser.heard()) == {0, 1}
        # One frame per 20 ms, whatever happens.
        assert abs(len(browser.socket.sounds) - 6.5 / FRAME_S) <= 1

    tell(story)


def test_an_interruption_flushes_what_the_page_has_buffered() -> None:
    async def story(browser: Browser) -> None:
        await browser.say(1.0)
        await wait(3.0)
        await browser.say(1.5)
        await wait(1.0)
        log = browser.socket.log
        assert log.count("flush") == 1
        assert log.index("flush") < log.index("turn")

    tell(story, Script(replies=[LONG]))


def test_what_the_page_says_is_done() -> None:
    async def story(browser: Browser) -> None:
        await wait(0.1)
        browser.socket.page_says(type="ping", t=7)
        browser.socket.page_says(type="text", text="what time is it")
        await wait(5.0)
        assert browser.socket.told("pong") == [{"type": "pong", "t": 7.0}]
        assert browser.socket.told("turn")[0]["you"] == "what time is it"

    tell(story)


def test_a_connection_without_sound_is_dead_within_a_second() -> None:
    async def story(browser: Browser) -> None:
        await wait(3.0)
        browser.microphone.cancel()
        gone = clock.now()
        browser.socket.page_says(type="ping", t=0)  # words prove nothing
        assert await browser.carried == SILENT
        assert 0.9 <= clock.now() - gone <= 1.0
        assert browser.socket.closed == [SILENT]

    run_without_microphone(story)


def run_without_microphone(story: Callable[[Browser], Awaitable[None]]) -> None:
    async def main() -> None:
        async with House().open() as visitors:
            browser = Browser(visitors.enter("phone", None))
            await story(browser)
            browser.microphone.cancel()
            await asyncio.wait({browser.microphone})

    run(main())


def test_a_page_has_a_moment_to_start_its_microphone() -> None:
    async def story(browser: Browser) -> None:
        browser.microphone.cancel()
        begun = clock.now()
        assert await browser.carried == SILENT
        assert 4.99 < clock.now() - begun < 5.01

    run_without_microphone(story)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (Arrived(WSMsgType.CLOSE), GONE),
        (Arrived(WSMsgType.CLOSED), GONE),
        (Arrived(WSMsgType.ERROR, ValueError("message too big")), GONE),
    ],
)
def test_a_connection_that_ends_is_noticed(message: Arrived, reason: str) -> None:
    async def story(browser: Browser) -> None:
        await wait(1.0)
        browser.socket.arrive(message)
        assert await browser.carried == reason

    tell(story)


def test_sound_of_the_wrong_size_is_told_once_and_never_heard() -> None:
    async def story(browser: Browser) -> None:
        await wait(1.0)
        for data in (b"", b"1", bytes(1920)):
            browser.socket.page_sounds(data)
        await wait(0.5)
        (failed,) = browser.socket.told("failed")
        assert failed["problem"] == "Sound comes in 640 bytes, not 0."
        assert browser.visitor.connected

    tell(story)


def test_a_flood_of_sound_ends_the_connection() -> None:
    async def story(browser: Browser) -> None:
        for _ in range(200):
            browser.socket.page_sounds()
        assert await browser.carried == TOO_MUCH

    tell(story)


def test_a_slow_network_loses_nothing_and_a_dead_one_is_given_up() -> None:
    async def slow(browser: Browser) -> None:
        browser.socket.send_s = 0.03  # per frame of 20 ms
        await browser.say(1.0)
        await wait(20.0)
        assert browser.socket.told("turn")[0]["heard"] == LONG
        sound_s = browser.heard().count(1) * FRAME_S
        assert len(LONG) * LETTER_S - 0.1 <= sound_s <= len(LONG) * LETTER_S

    async def dead(browser: Browser) -> None:
        await wait(1.0)
        browser.socket.send_s = 1000.0
        begun = clock.now()
        assert await browser.carried == TOO_SLOW
        assert clock.now() - begun < 5.0
        assert len(browser.socket.sounds) <= 1.0 / FRAME_S + MOST_SOUNDS

    tell(slow, Script(replies=[LONG]))
    tell(dead)


def test_another_connection_takes_over_and_the_first_says_good_bye() -> None:
    async def story(browser: Browser) -> None:
        await wait(1.0)
        other = Browser(browser.visitor)
        await wait(0.1)
        assert browser.socket.told("bye")[0]["reason"] == "replaced"
        assert await browser.carried == "replaced"
        assert other.socket.log[0] == "hello"
        assert browser.visitor.connected
        other.socket.page_leaves()
        await other.carried
        await other.microphone

    tell(story)


def test_samples_survive_the_way_as_integers() -> None:
    samples = np.array([0.0, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0], np.float32)
    np.testing.assert_allclose(from_pcm(to_pcm(samples)), np.clip(samples, -1, 1), atol=1e-4)
    assert from_pcm(bytes(UP_BYTES)).dtype == np.float32


def test_it_speaks_through_a_real_websocket() -> None:
    """All else here is told with a fake; this one shows that aiohttp's has what is used of it."""

    async def main() -> None:
        ended = asyncio.Event()
        async with House().open() as visitors:
            visitor = visitors.enter("phone", None)

            async def carry(request: web.Request) -> web.WebSocketResponse:
                socket = web.WebSocketResponse(max_msg_size=4096, timeout=1.0)
                await socket.prepare(request)
                try:
                    await Connection(socket, visitor).run()
                finally:  # aiohttp cancels whoever serves a page that is gone
                    ended.set()
                return socket

            app = web.Application()
            app.router.add_get("/", carry)
            async with TestClient(TestServer(app)) as client:
                page = await client.ws_connect("/")
                assert (await page.receive_json())["type"] == "hello"
                for _ in range(3):
                    await page.send_bytes(bytes(UP_BYTES))
                assert len(await page.receive_bytes()) == 1920
                await page.send_json({"type": "ping", "t": 1})
                while (message := await page.receive()).type is not WSMsgType.TEXT:
                    pass
                assert message.json() == {"type": "pong", "t": 1.0}
                await page.send_str("x" * 5000)
                while not page.closed:
                    await page.receive()
                assert page.close_code == WSCloseCode.MESSAGE_TOO_BIG
                await asyncio.wait_for(ended.wait(), 10)
                assert not visitor.connected

    asyncio.run(main())
