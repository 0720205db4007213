import asyncio
import logging
from pathlib import Path

import pytest
from aiohttp.http_exceptions import BadStatusLine

from appliance.web.access_log import expected
from tests.web.box import Browser, open_box


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
        async with open_box(tmp_path) as box, Browser(box.server) as browser:
            for _ in range(150):
                await browser.get("/nothing")

    with caplog.at_level(logging.INFO):
        asyncio.run(story())
    assert len([record for record in caplog.records if "elsewhere" in record.getMessage()]) < 100


def test_only_what_is_no_http_is_expected() -> None:
    def record(error: Exception | None) -> logging.LogRecord:
        info = (type(error), error, None) if error else None
        return logging.LogRecord("x", logging.ERROR, "", 0, "", (), info)

    assert not expected(record(BadStatusLine("x")))
    assert expected(record(KeyError("x")))
    assert expected(record(None))
