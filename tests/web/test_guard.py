import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from appliance.web.guard import BURST, HEADERS, MAX_BODY
from tests.web.box import Box, Browser, open_box


def test_the_box_answers_to_its_own_names_only(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            for host in (
                "voicebox.local",
                "VOICEBOX.local:8443",
                "voicebox",
                "127.0.0.1",
                "localhost",
                "[::1]:1",
            ):
                answer = await browser.get("/api/me", {"Host": host, "Origin": f"https://{host}"})
                assert answer.status == 200, host
            for host in ("evil.example", "voicebox.local.evil.example", "8.8.8.8", "", "[", "local"):
                answer = await browser.get("/api/me", {"Host": host, "Origin": f"https://{host}"})
                assert (answer.status, answer.body["error"]) == (421, "wrong_host"), host

    asyncio.run(story())


def test_a_page_of_somebody_else_gets_nothing(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            await browser.pair(box.server)
            for origin in (
                "https://evil.example",
                "null",
                "http://voicebox.local",
                "https://voicebox.local",
                "",
            ):
                answer = await browser.post("/api/say", {"text": "hello"}, {"Origin": origin})
                assert (answer.status, answer.body["error"]) == (403, "foreign_origin"), origin
            answer = await browser.get("/api/me", {"Sec-Fetch-Site": "cross-site"})
            assert answer.status == 403
            assert box.deeds.said == []

    asyncio.run(story())


def test_a_program_has_no_page_and_may_ask(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser, Browser(box.server) as program:
            await browser.pair(box.server)
            del program._headers["Origin"]
            answer = await program.post(
                "/api/say", {"text": "hello"}, {"Authorization": f"Bearer {browser.token}"}
            )
            assert answer.status == 200
            assert box.deeds.said == ["hello"]

    asyncio.run(story())


async def _refused(browser: Browser) -> list[tuple[int, str]]:
    sent = (
        (json.dumps({"pin": "123456"}), "text/plain"),
        ("pin=123456", "application/x-www-form-urlencoded"),
        ("x" * (MAX_BODY + 1), "application/json"),
        ("{", "application/json"),
        ("[" * 60_000, "application/json"),
        ("\x00" * 100, "application/json"),
        ("", "application/json"),
    )
    answers = [
        await browser.ask("POST", "/api/pair", data=data, headers={"Content-Type": kind})
        for data, kind in sent
    ]
    return [(answer.status, answer.body["error"]) for answer in answers]


def test_bodies_are_small_and_json(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            malformed = (400, "malformed")
            assert await _refused(browser) == [
                (415, "not_json"),
                (415, "not_json"),
                (413, "too_large"),
                *[malformed] * 4,
            ]

    asyncio.run(story())


def test_ten_megabytes_are_refused_before_they_are_read(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            answer = await browser.ask(
                "POST",
                "/api/pair",
                data=io.BytesIO(b"x" * 10_000_000),
                headers={"Content-Type": "application/json"},
            )
            assert answer.status == 413

    asyncio.run(story())


async def _without_end() -> AsyncIterator[bytes]:
    for _ in range(100):
        yield b"x" * 10_000


def test_a_body_of_unknown_length_is_read_no_further_than_the_limit(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            answer = await browser.ask(
                "POST", "/api/pair", data=_without_end(), headers={"Content-Type": "application/json"}
            )
            assert (answer.status, answer.body["error"]) == (413, "too_large")

    asyncio.run(story())


@pytest.mark.parametrize("method", ["PROPFIND", "PATCH", "OPTIONS", "TRACE"])
def test_strange_methods_are_refused(tmp_path: Path, method: str) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            assert (await browser.ask(method, "/api/me")).status == 405

    asyncio.run(story())


def test_what_is_no_http_is_refused_without_a_fuss(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            assert (await browser.ask("BREW", "/api/me")).status == 400
            assert (await browser.get("/api/me", {"X": "x" * 20_000})).status == 400

    asyncio.run(story())
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_every_answer_is_protected(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            for path in ("/", "/api/me", "/nothing", "/ca.crt", "/api/status"):
                answer = await browser.get(path)
                assert {name: answer.headers[name] for name in HEADERS} == HEADERS, path
                assert answer.headers["Server"] == "appliance"
                assert "Access-Control-Allow-Origin" not in answer.headers

    asyncio.run(story())


def test_the_screen_that_waits_learns_that_somebody_answers_and_nothing_else(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box:
            for host, allowed in (("127.0.0.1", "cross-origin"), ("voicebox.local", "same-origin")):
                async with Browser(box.server, host, secure=False) as browser:
                    answers = [await browser.get(path) for path in ("/healthz", "/", "/readyz")]
                found = [answer.headers["Cross-Origin-Resource-Policy"] for answer in answers]
                assert found == [allowed, "same-origin", "same-origin"], host

    asyncio.run(story())


async def _without_tls(box: Box, host: str) -> dict[str, int]:
    paths = (
        "/",
        "/help",
        "/static/talk.js",
        "/ca.crt",
        "/healthz",
        "/api/me",
        "/owner",
        "/api/pin",
        "/metrics",
    )
    async with Browser(box.server, host, secure=False) as browser:
        return {path: (await browser.get(path)).status for path in paths}


def test_without_tls_the_network_sees_only_the_help(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box:
            lan = await _without_tls(box, "voicebox.local")
            assert {path for path, status in lan.items() if status == 200} == {
                "/",
                "/help",
                "/static/talk.js",
                "/ca.crt",
                "/healthz",
            }
            assert {status for status in lan.values() if status != 200} == {403}
            screen = await _without_tls(box, "localhost")
            assert set(screen.values()) == {200}

    asyncio.run(story())


def test_whoever_asks_without_end_is_made_to_wait(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box:
            reader, writer = await asyncio.open_connection("127.0.0.1", box.server.ports[1])
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * BURST * 5)
            answers = b""
            while b"HTTP/1.1 429" not in answers:
                answers += await reader.read(100_000)
            with contextlib.suppress(ConnectionError):  # what it did not read makes the box hang up rudely
                answers += await reader.read(-1)
            assert answers.count(b"HTTP/1.1 200") >= BURST
            assert answers.count(b"HTTP/1.1 429") == 1, "the connection is closed behind it"
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    asyncio.run(story())
