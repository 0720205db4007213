import asyncio
from pathlib import Path

from tests.web.box import Browser, open_box


def test_digits_can_be_read_at_the_box_and_renewed_by_the_owner(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            open_box(tmp_path) as box,
            Browser(box.server) as owner,
            Browser(box.server, "localhost", secure=False) as screen,
        ):
            await owner.pair(box.server)
            digits = (await screen.get("/api/pin")).body
            assert (digits["pin"], digits["tries_left"]) == (box.server.invitation().pin, 5)
            assert 500 < digits["expires_s"] <= 600
            assert (await screen.post("/api/pin", {})).status == 401
            renewed = (await owner.post("/api/pin", {})).body
            assert renewed["pin"] == box.server.invitation().pin

    asyncio.run(story())


def test_an_invitation_is_everything_and_a_picture(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server, "localhost", secure=False) as screen:
            invitation = (await screen.get("/api/invitation")).body
            assert invitation["address"] == box.server.address
            assert invitation["pin"] == box.server.invitation().pin
            assert invitation["help_address"].startswith("http://")
            assert invitation["svg"].startswith("<svg")
            assert invitation["owned"] is False
            assert invitation["setup"] == {"state": "none"}
            async with Browser(box.server) as owner:
                await owner.pair(box.server)
            assert (await screen.get("/api/invitation")).body["owned"] is True

    asyncio.run(story())
