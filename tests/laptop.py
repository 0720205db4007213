"""A laptop with Chromium whose microphone plays a recording, and whose loudspeaker is listened to in the page."""

import json
import shutil
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, expect, sync_playwright

from appliance.core.audio import CAPTURE_RATE, Samples
from tests.lan import BOX, Lan

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
PATIENCE_MS = 60_000
"""ms to wait for something to appear: a bound for a machine that is busy with other tests, not a measurement."""

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


ROOM = 5e-4
"""RMS of a quiet room, -66 dBFS: noise suppression that hears perfect silence first takes the voice for noise."""


def microphone(folder: Path, *sounds: Samples) -> Path:
    """A file for Chromium's microphone: these sounds once, then silence."""
    path = folder / f"microphone{len(list(folder.iterdir()))}.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(CAPTURE_RATE)
        sound = np.concatenate([*sounds, silence(120.0)])
        sound += np.random.default_rng(0).normal(0, ROOM, len(sound)).astype(np.float32)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype(np.int16).tobytes())
    return path


def pin_of(cable: Lan) -> str:
    """What the box's own screen shows. Each device needs new digits."""
    read = (
        "import urllib.request as r; print(r.urlopen('http://127.0.0.1:8080/api/invitation').read().decode())"
    )
    ask = [*cable.at_box(), sys.executable, "-c", read]
    digits: str = json.loads(subprocess.run(ask, check=True, capture_output=True, text=True).stdout)["pin"]
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
