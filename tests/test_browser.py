"""A person talks to the box from a laptop on the same cable, and nothing else is reachable.

All of it is real: `appliance run` with its engines in one network namespace, Chromium in the other with a recording
as its microphone, pairing, WebRTC between them, and what is heard is taken from the page's own loudspeaker.
"""

import json
import re
import shutil
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from appliance.app import PHRASES
from appliance.converse import read_recording
from appliance.core.audio import CAPTURE_RATE, Samples
from tests.lan import BOX, Lan, lan, needs_lan
from tests.models import SILERO, SMOLLM2, needs_model
from tests.program import BUNDLED, Program, running
from tests.shared import clip, needs_shared

pytest.importorskip("playwright.sync_api", reason="no playwright")
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
PATIENCE_MS = 60_000
"""ms to wait for something to appear: a bound for a machine that is busy with other tests, not a measurement."""

pytestmark = [
    pytest.mark.engines,
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(300),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium"),
    needs_lan,
    needs_model(SILERO),
    needs_model(SMOLLM2),
]

LISTEN = """() => {
    const context = new AudioContext(), analyser = context.createAnalyser(), window_ = new Float32Array(2048);
    context.createMediaStreamSource(document.getElementById("voice").srcObject).connect(analyser);
    window.heard = [];
    setInterval(() => {
        analyser.getFloatTimeDomainData(window_);
        window.heard.push(Math.sqrt(window_.reduce((sum, x) => sum + x * x, 0) / window_.length));
    }, 40);
}"""
"""Write down how loud the page's loudspeaker is, every 40 ms."""

LOUD = 0.01
"""RMS of a voice; packets that are concealed and comfort noise stay far below."""


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * CAPTURE_RATE), np.float32)


def microphone(folder: Path, *sounds: Samples) -> Path:
    """A file for Chromium's microphone: these sounds once, then silence."""
    path = folder / f"microphone{len(list(folder.iterdir()))}.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(CAPTURE_RATE)
        sound = np.concatenate([*sounds, silence(120.0)])
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype(np.int16).tobytes())
    return path


@pytest.fixture(scope="module")
def cable() -> Iterator[Lan]:
    with lan() as cable:
        yield cable


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def box(cable: Lan, state: Path) -> Iterator[Program]:
    environment = BUNDLED | {
        "APPLIANCE_HTTP__NAME": "voicebox",
        "APPLIANCE_AUDIO__FOLDER": str(state),
        "APPLIANCE_SESSIONS__MOST": "4",  # whoever has left keeps a place for a while
    }
    with running(environment, cable.at_box()) as program:
        program.line("Talk to it from a browser:")
        yield program


@pytest.fixture
def pin(cable: Lan, box: Program) -> str:
    """What the box's own screen shows. Each device needs new digits."""
    read = (
        "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8080/api/invitation').read().decode())"
    )
    ask = [sys.executable, "-c", read]
    answer = subprocess.run([*cable.at_box(), *ask], check=True, capture_output=True, text=True)
    digits: str = json.loads(answer.stdout)["pin"]
    return digits


def laptop(cable: Lan, folder: Path, sound: Path) -> Iterator[Browser]:
    """Chromium on the laptop, with this sound at its microphone."""
    program = folder / "chromium"
    program.write_text(f'#!/bin/sh\nexec {" ".join(cable.at_laptop())} {CHROMIUM} "$@"\n')
    program.chmod(0o755)
    arguments = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--autoplay-policy=no-user-gesture-required",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={sound}%noloop",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


def open_page(browser: Browser) -> Page:
    context = browser.new_context(ignore_https_errors=True, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


def enter(page: Page, pin: str) -> None:
    """Pair, and begin to talk."""
    page.goto(f"https://{BOX}:8443/#pin={pin}")
    pair = page.locator("#pair-button")
    talk = page.locator("#talk")
    expect(pair.or_(talk).first).to_be_visible(timeout=PATIENCE_MS)
    if pair.is_visible():
        pair.click()
    expect(talk).to_be_visible(timeout=PATIENCE_MS)
    talk.click()
    expect(page.locator("#bar")).to_be_visible(timeout=PATIENCE_MS)


def loud_s(page: Page) -> float:
    """Seconds for which the page's loudspeaker was heard."""
    heard: list[float] = page.evaluate("window.heard")
    return 0.04 * sum(level > LOUD for level in heard)


def test_a_question_is_asked_and_answered_reloaded_and_asked_again(
    cable: Lan, pin: str, tmp_path: Path
) -> None:
    question = read_recording(PHRASES / "warm-question.wav")
    for browser in laptop(cable, tmp_path, microphone(tmp_path, silence(2.0), question)):
        page = open_page(browser)
        enter(page, pin)
        page.evaluate(LISTEN)
        # Browsers suppress noise, and some of the voice: the bundled recogniser does not get every word.
        expect(page.locator("#log .you .words")).to_have_text(
            [re.compile("many|days|week")], timeout=PATIENCE_MS
        )
        expect(page.locator("#log .box .words")).not_to_be_empty(timeout=PATIENCE_MS)
        assert loud_s(page) > 0.5
        words = page.locator("#log .words").all_inner_texts()

        page.reload()
        expect(page.locator("#bar")).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator("#log .box .words")).to_have_count(
            2, timeout=PATIENCE_MS
        )  # asked by itself again
        assert page.locator("#log .words").all_inner_texts()[: len(words)] == words


@needs_shared
def test_a_long_answer_is_interrupted(cable: Lan, pin: str, tmp_path: Path) -> None:
    sounds = (
        silence(2.0),
        clip("spoken/tell_me_a_story-rms.flac"),
        silence(4.5),
        clip("spoken/stop-rms.flac"),
    )
    for browser in laptop(cable, tmp_path, microphone(tmp_path, *sounds)):
        page = open_page(browser)
        enter(page, pin)
        page.evaluate(LISTEN)
        expect(page.locator("#log .mark")).to_have_text(["interrupted"], timeout=PATIENCE_MS)
        assert loud_s(page) > 0.5


def test_the_line_is_cut_and_the_conversation_goes_on(cable: Lan, pin: str, tmp_path: Path) -> None:
    for browser in laptop(cable, tmp_path, microphone(tmp_path, silence(1.0))):
        page = open_page(browser)
        enter(page, pin)
        page.get_by_label("Write instead of speaking").fill("how many days are in a week")
        page.keyboard.press("Enter")
        expect(page.locator("#log .box .words")).to_have_count(1, timeout=PATIENCE_MS)
        words = page.locator("#log .words").all_inner_texts()
        cable.pull()
        expect(page.locator("#state")).to_have_text("Reconnecting …", timeout=PATIENCE_MS)
        cable.plug()
        expect(page.locator("#state")).to_have_text("Listening", timeout=PATIENCE_MS)
        assert page.locator("#log .words").all_inner_texts() == words
