"""A laptop with Chromium whose microphone plays a recording, and whose loudspeaker is listened to in the page."""

import base64
import io
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

VOICE = """
navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext(), lips = context.createMediaStreamDestination();
    const buffer = context.createBuffer(1, 2 * context.sampleRate, context.sampleRate);
    const silence = buffer.getChannelData(0);
    for (let at = 0; at < silence.length; at++) silence[at] = 1e-3 * (Math.random() - 0.5);
    const room = new AudioBufferSourceNode(context, { buffer, loop: true });
    room.connect(lips);
    room.start();
    window.say = async (wav) => {
        const bytes = Uint8Array.from(atob(wav), (letter) => letter.charCodeAt(0));
        const said = new AudioBufferSourceNode(context, { buffer: await context.decodeAudioData(bytes.buffer) });
        said.connect(lips);
        said.start();
    };
    return lips.stream;
};
"""
"""A microphone in a quiet room, at which somebody says what `say` gives them, when it does: see `with_voice`."""

LOUD = 0.01
"""RMS of a voice; packets that are concealed and comfort noise stay far below."""


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * CAPTURE_RATE), np.float32)


ROOM = 5e-4
"""RMS of a quiet room, -66 dBFS: noise suppression that hears perfect silence first takes the voice for noise."""


def microphone(folder: Path, *sounds: Samples) -> Path:
    """A file for Chromium's microphone: these sounds once, then silence."""
    path = folder / f"microphone{len(list(folder.iterdir()))}.wav"
    sound = np.concatenate([*sounds, silence(120.0)])
    sound += np.random.default_rng(0).normal(0, ROOM, len(sound)).astype(np.float32)
    path.write_bytes(wav(sound))
    return path


def wav(sound: Samples) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(CAPTURE_RATE)
        writer.writeframes((np.clip(sound, -1, 1) * 32767).astype(np.int16).tobytes())
    return file.getvalue()


def with_voice(page: Page) -> Page:
    """The page, with a microphone at which one can `say` something at any time."""
    page.add_init_script(VOICE)
    return page


def say(page: Page, sound: Samples) -> None:
    """Say it now; the page must have asked for its microphone."""
    page.evaluate("wav => window.say(wav)", base64.b64encode(wav(sound)).decode())


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
