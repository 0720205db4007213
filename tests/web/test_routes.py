import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from tests.web.box import Browser, open_box

FILE = "/api/update"
"""Takes no JSON."""
EVERYBODY = {("GET", "/api/me"), ("POST", "/api/pair"), ("GET", "/healthz"), ("GET", "/readyz")}
PAIRED = {("POST", "/api/offer"), ("GET", "/api/ws")}
NEAR = {("GET", "/metrics"), ("GET", "/api/openapi.json")}
SCREEN = {("GET", "/api/kiosk"), ("GET", "/api/pin"), ("GET", "/api/invitation")}
OWNER = {
    ("GET", "/api/status"),
    ("GET", "/api/sessions"),
    ("DELETE", "/api/sessions/x"),
    ("GET", "/api/sessions/x/timeline"),
    ("GET", "/api/devices"),
    ("DELETE", "/api/devices/x"),
    ("GET", "/api/settings"),
    ("GET", "/api/choices"),
    ("GET", "/api/conversations"),
    ("DELETE", "/api/conversations"),
    ("PUT", "/api/settings/x/x"),
    ("GET", "/api/diagnosis"),
    ("POST", "/api/say"),
    ("POST", "/api/restart"),
    ("POST", "/api/echo"),
    ("POST", "/api/pin"),
    ("GET", "/api/update"),
    ("POST", FILE),
    ("POST", "/api/reset"),
}
ALL = EVERYBODY | PAIRED | NEAR | SCREEN | OWNER


def _sent(method: str, path: str) -> dict[str, Any]:
    """Something of the kind that is to be sent."""
    if (method, path) == ("POST", FILE):
        return {"data": b"x", "headers": {"Content-Type": "application/octet-stream"}}
    return {"json": {}} if method in {"POST", "PUT"} else {}


async def _admitted(browser: Browser) -> set[tuple[str, str]]:
    """What this one may ask, whatever comes of it."""
    answers = {
        (method, path): await browser.ask(method, path, **_sent(method, path)) for method, path in sorted(ALL)
    }
    refused = {"not_paired", "not_allowed"}
    return {
        row
        for row, answer in answers.items()
        if not isinstance(answer.body, dict) or answer.body.get("error") not in refused
    }


@pytest.mark.parametrize(
    ("who", "admitted"),
    [
        ("stranger", EVERYBODY),
        ("screen", EVERYBODY | NEAR | SCREEN),
        ("guest", EVERYBODY | PAIRED | NEAR),
        ("owner", ALL),
    ],
)
def test_everybody_may_ask_exactly_what_is_theirs(
    tmp_path: Path, who: str, admitted: set[tuple[str, str]]
) -> None:
    async def story() -> None:
        host = "localhost" if who == "screen" else "voicebox.local"
        async with (
            open_box(tmp_path) as box,
            Browser(box.server) as first,
            Browser(box.server, host) as visitor,
        ):
            if who == "guest":
                await first.pair(box.server)
            if who in {"guest", "owner"}:
                await visitor.pair(box.server)
            assert await _admitted(visitor) == admitted

    asyncio.run(story())


def test_the_table_above_is_the_whole_interface(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server, "localhost") as screen:
            paths = (await screen.get("/api/openapi.json")).body["paths"]
            rows = {(method.upper(), re.sub(r"{\w+}", "x", path)) for path in paths for method in paths[path]}
            assert rows == ALL

    asyncio.run(story())


def test_refusals_tell_what_to_do(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            open_box(tmp_path) as box,
            Browser(box.server) as first,
            Browser(box.server) as guest,
            Browser(box.server) as stranger,
        ):
            await first.pair(box.server)
            await guest.pair(box.server)
            for browser, expected in ((stranger, (401, "not_paired")), (guest, (403, "not_allowed"))):
                answer = await browser.get("/api/status")
                assert (answer.status, answer.body["error"]) == expected
                assert answer.body["remedy"]

    asyncio.run(story())


def test_a_body_is_told_what_is_wrong_with_it(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            await browser.pair(box.server)
            bodies: list[object] = [{}, {"text": 5}, {"text": ""}, {"text": "x" * 1001}, []]
            for body in bodies:
                answer = await browser.post("/api/say", body)
                assert (answer.status, answer.body["error"]) == (400, "malformed"), body
            assert "text" in (await browser.post("/api/say", {})).body["problem"]

    asyncio.run(story())
