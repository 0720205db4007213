import asyncio
import logging
from pathlib import Path

import pytest
from aiohttp.http_exceptions import BadStatusLine

from appliance.web.access_log import BURST, AccessLog
from tests.virtual_time import run
from tests.web.box import Browser, open_box

NAMES = {"appliance.web.access", "appliance.web.protocol"}


def test_it_tells_rows_and_never_what_was_sent(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            pin = box.server.invitation().pin
            await browser.pair(box.server, "Anna's phone")
            await browser.delete("/api/sessions/very-secret-id")
            await browser.get("/api/ws?session=abcdef")
            await browser.get("/a%0Afake%20line?x=1")
            secrets = [pin, browser.token, "Anna", "very-secret-id", "abcdef", "fake line"]
            lines = [r.getMessage() for r in caplog.records if r.name.startswith("appliance.")]
            text = "\n".join(lines)
            assert not [secret for secret in secrets if secret in text]
            assert "127.0.0.1 DELETE /api/sessions/{id} 404" in text
            assert "127.0.0.1 GET elsewhere 404" in text

    with caplog.at_level(logging.DEBUG):
        asyncio.run(story())


def test_whoever_attacks_fills_no_disk(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        async with open_box(tmp_path) as box:
            for _ in range(3):  # on connections of their own
                async with Browser(box.server) as browser:
                    for _ in range(30):
                        await browser.get("/nothing")
                    await browser.ask("BREW", "/")

    with caplog.at_level(logging.INFO):
        asyncio.run(story())
    assert BURST <= len([record for record in caplog.records if record.name in NAMES]) < BURST * 1.5


def test_requests_that_are_none_are_one_line_each() -> None:
    async def story() -> None:
        access = AccessLog()
        odd, serious = (_record(error) for error in (BadStatusLine("x"), KeyError("x")))
        assert access.shorten(odd)
        assert (odd.exc_info, odd.levelname) == (None, "WARNING")
        assert access.shorten(serious)
        assert serious.exc_info

    run(story())


def _record(error: Exception) -> logging.LogRecord:
    return logging.LogRecord("x", logging.ERROR, "", 0, "", (), (type(error), error, None))
