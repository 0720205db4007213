import asyncio
import io
import json
import zipfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.web.box import Box, Browser, open_box

Story = Callable[[Box, Browser], Awaitable[None]]


def as_owner(folder: Path, story: Story, **changes: Any) -> None:
    """Let the owner do something."""

    async def run() -> None:
        async with open_box(folder, **changes) as box, Browser(box.server) as owner:
            await owner.pair(box.server, "Anna's phone")
            await story(box, owner)

    asyncio.run(run())


def test_the_owner_sees_how_the_box_is(tmp_path: Path) -> None:
    async def story(box: Box, owner: Browser) -> None:
        status = (await owner.get("/api/status")).body
        assert status["state"] == "listening"
        assert status["box"] == "voicebox"
        assert status["visitors"] == {"talking": 1}
        assert (await owner.get("/api/sessions")).body == box.visitors.known
        (device,) = (await owner.get("/api/devices")).body
        assert (device["name"], device["owner"]) == ("Anna's phone", True)
        assert set(device) == {"id", "name", "owner", "paired", "seen"}

    as_owner(tmp_path, story)


def test_sessions_and_devices_can_be_ended(tmp_path: Path) -> None:
    async def story(box: Box, owner: Browser) -> None:
        assert (await owner.delete("/api/sessions/s1")).body == {"done": True}
        assert (await owner.delete("/api/sessions/s2")).status == 404
        assert (await owner.delete("/api/devices/nobody")).status == 404
        assert box.visitors.asked == [("end", "s1"), ("end", "s2")]

    as_owner(tmp_path, story)


def test_secrets_are_masked(tmp_path: Path) -> None:
    async def story(_: Box, owner: Browser) -> None:
        answer = await owner.get("/api/settings")
        assert answer.body["models"] == {"token": "•••", "source": "https://•••@mirror.example/"}
        assert "hunter2" not in answer.text

    as_owner(tmp_path, story)


def test_the_box_says_and_restarts(tmp_path: Path) -> None:
    async def story(box: Box, owner: Browser) -> None:
        assert (await owner.post("/api/say", {"text": "Dinner is ready."})).status == 200
        assert (await owner.post("/api/restart", {})).status == 200
        assert (box.deeds.said, box.deeds.restarts) == (["Dinner is ready."], 1)

    as_owner(tmp_path, story)


def test_conversations_are_shown_only_where_they_are_kept(tmp_path: Path) -> None:
    async def without(_: Box, owner: Browser) -> None:
        assert (await owner.get("/api/conversations")).status == 404

    async def kept(_: Box, owner: Browser) -> None:
        assert (await owner.get("/api/conversations")).body == [{"you": "hello"}]

    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    as_owner(tmp_path / "a", without)
    as_owner(
        tmp_path / "b",
        kept,
        hooks=lambda hooks: replace(hooks, conversations=lambda: [{"you": "hello"}]),
    )


def test_a_diagnosis_tells_much_and_nothing_that_was_said(tmp_path: Path) -> None:
    async def story(_: Box, owner: Browser) -> None:
        answer = await owner.get("/api/diagnosis")
        assert answer.headers["Content-Type"] == "application/zip"
        with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
            files = {name: archive.read(name).decode() for name in archive.namelist()}
        assert set(files) == {
            "status.json",
            "sessions.json",
            "settings.json",
            "devices.json",
            "metrics.txt",
            "machine.json",
            "notes_.._engines.txt",
        }
        everything = "".join(files.values())
        for secret in ("hunter2", "you: hello", "Anna", owner.token):
            assert secret not in everything
        assert json.loads(files["machine.json"])["packages"]["aiohttp"]
        assert "appliance_paired_devices 1" in files["metrics.txt"]

    as_owner(
        tmp_path, story, hooks=lambda hooks: replace(hooks, conversations=lambda: [{"you": "you: hello"}])
    )
