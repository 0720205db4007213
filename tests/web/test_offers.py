import asyncio
from pathlib import Path

import aiohttp
import pytest

from appliance.web.offers import BURST, MAX_MESSAGE
from tests.web.box import Browser, open_box


def test_offers_are_passed_on_with_who_makes_them(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            device = await browser.pair(box.server)
            first = await browser.post("/api/offer", {"sdp": "v=0", "type": "offer", "session": None})
            assert first.body == {"sdp": "answer to v=0", "type": "answer", "session": "new"}
            again = await browser.post("/api/offer", {"sdp": "v=0", "type": "offer", "session": "abc_-9"})
            assert again.body["session"] == "abc_-9"
            assert box.visitors.asked == [("offer", device, "", "v=0"), ("offer", device, "abc_-9", "v=0")]

    asyncio.run(story())


def test_a_full_box_says_so_and_gives_a_place(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            await browser.pair(box.server)
            answer = await browser.post("/api/offer", {"sdp": "full", "type": "offer"})
            assert answer.status == 503
            assert answer.body == {
                "error": "busy",
                "problem": "Two people talk already.",
                "remedy": "Wait a moment.",
                "place": 2,
            }

    asyncio.run(story())


@pytest.mark.parametrize(
    "offer",
    [
        {},
        {"sdp": "nonsense", "type": "offer"},
        {"sdp": "v=0", "type": "answer"},
        {"sdp": "", "type": "offer"},
        {"sdp": 7, "type": "offer"},
        {"sdp": "v=0", "type": "offer", "session": "../../etc"},
        {"sdp": "v=0", "type": "offer", "session": "x" * 65},
        {"sdp": "v=0", "type": "offer", "session": "x\n"},
        {"sdp": "x" * 60_001, "type": "offer"},
    ],
)
def test_nonsense_is_refused(tmp_path: Path, offer: object) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            await browser.pair(box.server)
            answer = await browser.post("/api/offer", offer)
            assert (answer.status, answer.body["error"]) == (400, "malformed")

    asyncio.run(story())


def test_a_thousand_offers_cost_little(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            await browser.pair(box.server)
            offer = {"sdp": "v=0", "type": "offer"}
            statuses = [(await browser.post("/api/offer", offer)).status for _ in range(BURST * 3)]
            assert statuses[:BURST] == [200] * BURST
            assert statuses.count(429) >= BURST
            assert len(box.visitors.asked) < BURST * 2

    asyncio.run(story())


def test_websockets_are_handed_over_open(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            device = await browser.pair(box.server)
            async with browser.websocket("/api/ws?session=abc") as socket:
                await socket.send_str("hello")
                assert await socket.receive_str() == f"{device} hello"
            assert box.visitors.asked == [("websocket", device, "abc")]

    asyncio.run(story())


def test_long_messages_end_a_websocket(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            await browser.pair(box.server)
            async with browser.websocket("/api/ws") as socket:
                await socket.send_str("x" * (MAX_MESSAGE + 1))
                ended = await socket.receive()
                assert ended.type is aiohttp.WSMsgType.CLOSE
                assert ended.data == aiohttp.WSCloseCode.MESSAGE_TOO_BIG

    asyncio.run(story())


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_a_page_of_somebody_else_gets_no_websocket(tmp_path: Path, origin: str) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            await browser.pair(box.server)
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with browser.websocket("/api/ws", {"Origin": origin}):
                    pass
            assert refused.value.status == 403

    asyncio.run(story())


def test_the_screen_follows_and_does_not_talk(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server, "localhost", secure=False) as screen:
            async with screen.websocket("/api/kiosk") as socket:
                assert await socket.receive_json() == {"type": "hello"}
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with screen.websocket("/api/ws"):
                    pass
            assert refused.value.status == 401

    asyncio.run(story())


def test_whoever_is_revoked_sees_no_more(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            device = await browser.pair(box.server)
            async with browser.websocket("/api/kiosk") as socket:
                assert await socket.receive_json() == {"type": "hello"}
                revoked, ended = await asyncio.gather(
                    browser.delete(f"/api/devices/{device}"), socket.receive()
                )
                assert revoked.status == 200
                assert ended.data == aiohttp.WSCloseCode.POLICY_VIOLATION

    asyncio.run(story())


def test_what_is_no_websocket_is_told_so(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            await browser.pair(box.server)
            answer = await browser.get("/api/ws")
            assert (answer.status, answer.body["error"]) == (426, "not_a_websocket")
            assert (await browser.get("/api/ws?session=a%20b")).status == 400

    asyncio.run(story())


def test_closing_the_box_closes_its_websockets(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            await browser.pair(box.server)
            async with browser.websocket("/api/ws") as socket:
                await asyncio.gather(box.server.close(), _ended(socket))

    asyncio.run(story())


async def _ended(socket: "aiohttp.ClientWebSocketResponse[bool]") -> None:
    assert (await socket.receive()).data == aiohttp.WSCloseCode.GOING_AWAY
