import asyncio
from pathlib import Path

from tests.web.box import Browser, open_box


def test_strangers_and_devices_learn_who_they_are(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            stranger = (await browser.get("/api/me")).body
            assert stranger == {
                "paired": False,
                "owner": False,
                "kiosk": False,
                "device": None,
                "box": "voicebox",
                "address": box.server.address,
                "language": "de",
                "screen_off_s": 600,
            }
            device = await browser.pair(box.server)
            assert (await browser.get("/api/me")).body == stranger | {
                "paired": True,
                "owner": True,
                "device": device,
            }

    asyncio.run(story())


def test_the_screen_knows_that_it_is_one(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box:
            for secure in (True, False):
                async with Browser(box.server, "localhost", secure=secure) as screen:
                    me = (await screen.get("/api/me")).body
                    assert (me["kiosk"], me["paired"], me["owner"]) == (True, False, False)

    asyncio.run(story())


def test_the_token_comes_as_a_cookie_that_pages_cannot_read(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            pin = box.server.invitation().pin
            answer = await browser.post("/api/pair", {"pin": pin, "name": "Anna's phone"})
            attributes = set(answer.headers["Set-Cookie"].split("; ")[1:])
            assert attributes == {"HttpOnly", "Secure", "SameSite=Strict", "Path=/", "Max-Age=31536000"}
            assert browser.token not in answer.text

    asyncio.run(story())


def test_the_first_device_is_the_owner_and_the_second_is_not(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as anna, Browser(box.server) as ben:
            await anna.pair(box.server)
            await ben.pair(box.server)
            assert (await anna.get("/api/me")).body["owner"]
            assert not (await ben.get("/api/me")).body["owner"]

    asyncio.run(story())


def test_who_pairs_again_stays_one_device(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            assert await browser.pair(box.server) == await browser.pair(box.server)
            assert len((await browser.get("/api/devices")).body) == 1

    asyncio.run(story())


def test_wrong_digits_a_hundred_times(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as thief, Browser(box.server) as screen:
            answers = []
            for _ in range(100):
                wrong = f"{(int(box.server.invitation().pin) + 1) % 1_000_000:06}"
                answers.append(await thief.post("/api/pair", {"pin": wrong, "name": "thief"}))
            assert [answer.status for answer in answers] == [401] * 5 + [429] * 95
            assert [answer.body["tries_left"] for answer in answers[:5]] == [4, 3, 2, 1, 5]
            assert int(answers[5].headers["Retry-After"]) > 1
            assert (await screen.get("/healthz")).status == 200
            assert not (await thief.get("/api/me")).body["paired"]

    asyncio.run(story())


def test_whoever_is_revoked_is_a_stranger_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as anna, Browser(box.server) as ben:
            await anna.pair(box.server)
            device = await ben.pair(box.server)
            assert (await anna.delete(f"/api/devices/{device}")).status == 200
            assert box.visitors.asked == [("revoke", device)]
            assert not (await ben.get("/api/me")).body["paired"]
            assert (await ben.post("/api/offer", {"sdp": "x", "type": "offer"})).status == 401

    asyncio.run(story())


def test_devices_are_known_after_a_restart(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            device = await browser.pair(box.server)
            token = browser.token
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            me = await browser.get("/api/me", {"Cookie": f"appliance_device={token}"})
            assert me.body["device"] == device

    asyncio.run(story())
