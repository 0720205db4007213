"""The browser of these tests. Who imports this is skipped where playwright is absent."""

import shutil
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="no playwright")

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.web.page.fake_box import PATIENCE_S

__all__ = [
    "CHROMIUM",
    "INSECURE_HOST",
    "Browser",
    "BrowserContext",
    "Page",
    "arguments",
    "expect",
    "sync_playwright",
]

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
INSECURE_HOST = "box.test"
"""A name that leads here and is not this machine's own, so that browsers do not trust it without https."""

expect.set_options(timeout=1000 * PATIENCE_S)


def arguments(sound: Path | None) -> list[str]:
    """What Chromium is started with; without a file its microphone beeps once a second."""
    quiet = [
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
    ]
    return [
        *quiet,
        "--no-sandbox",
        "--no-first-run",
        "--allow-loopback-in-peer-connection",
        "--use-fake-device-for-media-stream",
        *([f"--use-file-for-fake-audio-capture={sound}"] if sound else []),
        f"--host-resolver-rules=MAP {INSECURE_HOST} 127.0.0.1",
    ]
