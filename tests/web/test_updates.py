"""The owner updates the box from the page, and nobody else does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from appliance.device.reset import ASKED
from appliance.device.update.inbox import UPLOAD
from appliance.device.update.status import UpdateStatus, write_update
from appliance.device.update.upload import Uploads
from tests.device.update.flashed import VERSION, flashed
from tests.web.box import Box, Browser, open_box

Story = Callable[[Browser, Browser, Path], Awaitable[None]]
BUNDLE = b"hsqs" + bytes(300 << 10)
FILE = {"Content-Type": "application/octet-stream"}


def on_a_flashed_box(folder: Path, story: Story) -> None:
    """Let the owner, and a second device that is paired, do something."""
    root = flashed(folder / "root")

    async def run() -> None:
        async with (
            open_box(folder, lambda hooks: replace(hooks, updates=Uploads(root))) as box,
            Browser(box.server) as owner,
            Browser(box.server) as guest,
        ):
            await owner.pair(box.server)
            await guest.pair(box.server)
            await story(owner, guest, root)

    asyncio.run(run())


def test_the_owner_sees_what_runs_and_how_the_last_update_stands(tmp_path: Path) -> None:
    async def story(owner: Browser, guest: Browser, root: Path) -> None:
        told = (await owner.get("/api/update")).body
        assert (told["runs"], told["state"], told["receiving"]) == (VERSION, "none", False)
        write_update(UpdateStatus("refused", problem="it is older", boot="first-start"), root)
        assert (await owner.get("/api/update")).body["problem"] == "it is older"

    on_a_flashed_box(tmp_path, story)


def test_a_bundle_is_handed_over_whole(tmp_path: Path) -> None:
    async def story(owner: Browser, guest: Browser, root: Path) -> None:
        assert (await owner.ask("POST", "/api/update", data=BUNDLE, headers=FILE)).status == 200
        assert (root / UPLOAD).read_bytes() == BUNDLE
        again = await owner.ask("POST", "/api/update", data=BUNDLE, headers=FILE)
        assert (again.status, again.body["problem"]) == (400, "another bundle is being dealt with")

    on_a_flashed_box(tmp_path, story)


def test_only_the_owner_may(tmp_path: Path) -> None:
    async def story(owner: Browser, guest: Browser, root: Path) -> None:
        assert (await guest.ask("POST", "/api/update", data=BUNDLE, headers=FILE)).status == 403
        assert (await guest.get("/api/update")).status == 403
        assert (await guest.post("/api/reset", {"confirm": "reset"})).status == 403
        assert not (root / UPLOAD).exists()

    on_a_flashed_box(tmp_path, story)


def test_what_is_no_file_or_has_no_length_is_refused(tmp_path: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield BUNDLE

    async def story(owner: Browser, guest: Browser, root: Path) -> None:
        form = {"Content-Type": "multipart/form-data; boundary=x"}
        assert (await owner.ask("POST", "/api/update", data=BUNDLE, headers=form)).status == 415
        assert (await owner.ask("POST", "/api/update", data=endless(), headers=FILE)).status == 411
        short = await owner.ask("POST", "/api/update", data=b"x", headers=FILE)
        assert (short.status, "GB at most" in short.body["problem"]) == (400, True)

    on_a_flashed_box(tmp_path, story)


def test_a_reset_must_be_meant(tmp_path: Path) -> None:
    async def story(owner: Browser, guest: Browser, root: Path) -> None:
        assert (await owner.post("/api/reset", {"confirm": "yes"})).status == 400
        assert not (root / ASKED).exists()
        assert (await owner.post("/api/reset", {"confirm": "reset"})).body == {"done": True}
        assert (root / ASKED).exists()

    on_a_flashed_box(tmp_path, story)


def test_a_machine_that_was_not_flashed_says_so(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as owner:
            await _not_flashed(box, owner)

    async def _not_flashed(box: Box, owner: Browser) -> None:
        await owner.pair(box.server)
        for answer in (
            await owner.get("/api/update"),
            await owner.ask("POST", "/api/update", data=BUNDLE, headers=FILE),
            await owner.post("/api/reset", {"confirm": "reset"}),
        ):
            assert (answer.status, answer.body["error"]) == (404, "not_flashed")

    asyncio.run(run())
