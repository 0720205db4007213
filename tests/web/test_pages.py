import asyncio
import datetime
from pathlib import Path

import pytest

from appliance.web.pages import STATIC, TYPES
from tests.web.box import Browser, open_box
from tests.web.test_own_certificate import write


def test_pages_know_the_box(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            front = await browser.get("/?kiosk")
            assert front.text == "<title>voicebox</title>"
            assert front.headers["Content-Type"] == "text/html; charset=utf-8"
            assert (await browser.get("/owner")).text == "owner"
            help_page = (await browser.get("/help")).text
            assert help_page == f"help {box.server.address} {box.server.invitation().fingerprint}"
            async with Browser(box.server, secure=False) as plain:
                assert (await plain.get("/")).text == help_page
            async with Browser(box.server, "localhost", secure=False) as screen:
                assert (await screen.get("/")).text == front.text

    asyncio.run(story())


def test_files_are_fetched_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            first = await browser.get("/static/talk.js")
            assert first.headers["Content-Type"] == "text/javascript; charset=utf-8"
            assert first.headers["Cache-Control"] == "no-cache"
            again = await browser.get("/static/talk.js", {"If-None-Match": first.headers["ETag"]})
            assert (again.status, again.text) == (304, "")

    asyncio.run(story())


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static",
        "/static/nothing.js",
        "/static/secret.pem",
        "/static/../state/devices.json",
        "/static/..%2fstate%2fdevices.json",
        "/static/%2e%2e/state/tls/box.pem",
        "/static//etc/passwd",
        "/favicon.ico",
        "/.git/config",
    ],
)
def test_nothing_else_is_there(tmp_path: Path, path: str) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            answer = await browser.get(path)
            assert (answer.status, answer.body["error"]) == (404, "not_found")

    asyncio.run(story())


def test_the_root_is_handed_out_without_its_key(tmp_path: Path) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server, secure=False) as browser:
            answer = await browser.get("/ca.crt")
            assert answer.headers["Content-Type"] == "application/x-x509-ca-cert"
            assert answer.headers["Content-Disposition"] == 'attachment; filename="voicebox-ca.crt"'
            assert answer.body == box.server.authority
            assert b"PRIVATE" not in answer.body

    asyncio.run(story())


def test_a_box_with_a_certificate_of_its_owner_has_no_root(tmp_path: Path) -> None:
    certificate, key = write(tmp_path, issued=datetime.datetime.now(datetime.UTC))

    async def story() -> None:
        async with (
            open_box(tmp_path, certificate=certificate, key=key) as box,
            Browser(box.server, secure=False) as browser,
        ):
            assert (await browser.get("/ca.crt")).status == 404
            front = await browser.get("/")
            assert (front.status, front.headers["Location"]) == (302, box.server.address)

    asyncio.run(story())


def test_every_file_of_the_real_pages_can_be_served() -> None:
    for file in STATIC.rglob("*"):
        assert file.is_dir() or file.suffix in TYPES, file
        assert file.is_dir() or file.stat().st_size < 500_000, file
