"""A browser with a microphone that plays a file, a fake box, and a page that shows it."""

import shutil
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright")
pytest.importorskip("aiortc", reason="no aiortc")

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright  # noqa: E402

from tests.web.page.fake_box import PATIENCE_S, FakeBox  # noqa: E402

expect.set_options(timeout=1000 * PATIENCE_S)
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
INSECURE_HOST = "box.test"
"""A name that leads here and is not this machine's own, so that browsers do not trust it without https."""


@pytest.fixture(scope="session")
def murmur(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds that noise suppression takes for speech: syllables of many harmonics. It plays again and again."""
    at = np.arange(6 * 48_000) / 48_000
    pitch = 2 * np.pi * np.cumsum(140 + 30 * np.sin(2 * np.pi * 0.7 * at)) / 48_000
    buzz = sum(np.sin(harmonic * pitch) / harmonic for harmonic in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * 3.1 * at), 0, 1) * np.clip(
        np.sin(2 * np.pi * 0.4 * at) + 0.8, 0, 1
    )
    path = tmp_path_factory.mktemp("microphone") / "murmur.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes((9000 * buzz * syllables).astype(np.int16).tobytes())
    return path


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


@pytest.fixture(scope="session")
def browser(murmur: Path) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments(murmur))
        yield browser
        browser.close()


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeBox]:
    # A machine without a network has no other address than this one, and aioice never offers it.
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda **_: ["127.0.0.1"])
    box = FakeBox()
    box.start()
    yield box
    box.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that was never here and lends its microphone."""
    with browser.new_context(locale="en-GB", permissions=["microphone"]) as context:
        context.set_default_timeout(1000 * PATIENCE_S)
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that may not complain: no error of a script, nothing that the content policy forbids."""
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    # That the box refuses something is in the console too, and is what several tests are about.
    assert [
        text for text in complaints if not text.startswith(("Failed to load", "WebSocket connection"))
    ] == []
