"""A browser with a microphone that plays a file, a fake box, and a page that shows it."""

import wave
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.web.page.fake_box import PATIENCE_S, FakeBox

if TYPE_CHECKING:  # where it is absent, tests are skipped by name rather than broken by this file
    from tests.web.page.chromium import Browser, BrowserContext, Page


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


@pytest.fixture(scope="module")  # Playwright runs an event loop meanwhile, and other tests need their own
def browser(murmur: Path) -> "Iterator[Browser]":
    from tests.web.page.chromium import CHROMIUM, arguments, sync_playwright

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
def context(browser: "Browser") -> "Iterator[BrowserContext]":
    """A browser that was never here and lends its microphone."""
    with browser.new_context(locale="en-GB", permissions=["microphone"]) as context:
        context.set_default_timeout(1000 * PATIENCE_S)
        yield context


@pytest.fixture
def page(context: "BrowserContext") -> "Iterator[Page]":
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
