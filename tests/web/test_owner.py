import asyncio
import io
import json
import zipfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from appliance.core.errors import DeviceError, InputError
from tests.web.box import Box, Browser, open_box

Story = Callable[[Box, Browser], Awaitable[None]]


def as_owner(folder: Path, story: Story, **changes: Any) -> None:
    """Let the owner do something."""

    async def run() -> None:
        async with open_box(folder, **changes) as box, Browser(box.server) as owner:
            await owner.pair(box.server, "Anna's phone")
            await story(box, owner)

    asyncio.run(run())


def heard(text: str) -> Callable[[], Awaitable[list[dict[str, str]]]]:
    """What was said, as the appliance tells it."""

    async def conversations() -> list[dict[str, str]]:
        return [{"you": text}]

    return conversations


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


def test_the_owner_sees_where_the_time_of_the_last_answer_went(tmp_path: Path) -> None:
    async def story(box: Box, owner: Browser) -> None:
        assert (await owner.get("/api/sessions/s1/timeline")).text == "<svg/>"
        assert (await owner.get("/api/sessions/s2/timeline")).status == 404
        async with Browser(box.server) as guest:
            await guest.pair(box.server)
            assert (await guest.get("/api/sessions/s1/timeline")).status == 403

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
        assert (await owner.post("/api/echo", {})).status == 200
        assert (box.deeds.said, box.deeds.restarts, box.deeds.measured) == (["Dinner is ready."], 1, 1)

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
        hooks=lambda hooks: replace(hooks, conversations=heard("hello")),
    )


def test_all_that_was_said_can_be_forgotten_where_it_is_kept(tmp_path: Path) -> None:
    forgotten: list[bool] = []

    async def forget() -> None:
        if forgotten:
            raise DeviceError("the disk is full", "delete something")
        forgotten.append(True)

    async def without(_: Box, owner: Browser) -> None:
        assert (await owner.delete("/api/conversations")).status == 404

    async def kept(_: Box, owner: Browser) -> None:
        assert (await owner.delete("/api/conversations")).body == {"done": True}
        refused = await owner.delete("/api/conversations")
        assert (refused.status, refused.body["remedy"]) == (503, "delete something")

    for name in "ab":
        (tmp_path / name).mkdir()
    as_owner(tmp_path / "a", without)
    as_owner(tmp_path / "b", kept, hooks=lambda hooks: replace(hooks, forget=forget))
    assert forgotten == [True]


def test_settings_are_changed_only_as_the_appliance_allows(tmp_path: Path) -> None:
    changed: list[tuple[str, str, Any]] = []

    async def change(section: str, key: str, value: Any) -> None:
        if section == "llm":
            raise InputError("llm is not yours")
        changed.append((section, key, value))

    async def without(_: Box, owner: Browser) -> None:
        assert (await owner.ask("PUT", "/api/settings/http/name", {"value": "x"})).status == 404

    async def kept(box: Box, owner: Browser) -> None:
        for value in ("kitchen", 2, 1.5, True, None):
            assert (await owner.ask("PUT", "/api/settings/http/name", {"value": value})).status == 200
        wrong: list[Any] = [{}, {"value": []}, {"value": "x" * 4001}, None]
        for body in wrong:
            assert (await owner.ask("PUT", "/api/settings/http/name", body)).status in {400, 415}, body
        refused = await owner.ask("PUT", "/api/settings/llm/seed", {"value": 1})
        assert (refused.status, refused.body["problem"]) == (400, "llm is not yours")
        async with Browser(box.server) as guest:
            await guest.pair(box.server)
            assert (await guest.ask("PUT", "/api/settings/http/name", {"value": "x"})).status == 403
            assert (await guest.delete("/api/conversations")).status == 403

    for name in "ab":
        (tmp_path / name).mkdir()
    as_owner(tmp_path / "a", without)
    as_owner(tmp_path / "b", kept, hooks=lambda hooks: replace(hooks, change=change))
    assert changed == [("http", "name", value) for value in ("kitchen", 2, 1.5, True, None)]


def test_what_may_be_changed_is_shown_as_it_is(tmp_path: Path) -> None:
    async def story(box: Box, owner: Browser) -> None:
        assert (await owner.get("/api/choices")).body == {"models": {"source": "https://•••@mirror.example/"}}

    as_owner(tmp_path, story, hooks=lambda hooks: replace(hooks, changeable={"models": ("source",)}))


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

    as_owner(tmp_path, story, hooks=lambda hooks: replace(hooks, conversations=heard("you: hello")))
