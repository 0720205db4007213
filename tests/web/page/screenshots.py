"""Takes the pictures of docs/screenshots, by `python -m tests.web.page.screenshots`."""

import sys
from collections.abc import Callable
from pathlib import Path

import aioice

from tests.web.page.chromium import CHROMIUM, INSECURE_HOST, Browser, Page, arguments, expect, sync_playwright
from tests.web.page.fake_box import FakeBox

FOLDER = Path(__file__).parents[3] / "docs" / "screenshots"
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 320, "height": 568}
SCREEN = {"width": 1280, "height": 720}

TURNS = [
    {
        "turn": 1,
        "you": "Good morning. What is on today?",
        "heard": "Good morning! You have the dentist at ten, and dinner with Ruth at seven.",
        "outcome": "answered",
    },
    {
        "turn": 2,
        "you": "How long do I need to the dentist?",
        "heard": "By tram it takes about twenty minutes. You could",
        "outcome": "interrupted",
    },
    {
        "turn": 3,
        "you": "And by bicycle?",
        "heard": "A quarter of an hour, mostly along the river.",
        "outcome": "answered",
    },
]


def talking(page: Page, box: FakeBox) -> None:
    box.conversation = TURNS
    page.goto(box.address)
    page.get_by_role("button", name="Talk").or_(
        page.get_by_role("button", name="Sprechen", exact=True)
    ).click()
    expect(page.locator("#log li")).to_have_count(3)


def hearing(page: Page, box: FakeBox) -> None:
    talking(page, box)
    box.tell("state", state="hearing")
    box.tell("partial", text="Will it rain this after", stable=12)
    page.wait_for_timeout(1500)


def speaking(page: Page, box: FakeBox) -> None:
    talking(page, box)
    box.script.loud = True
    box.tell("understood", turn=4, text="Will it rain this afternoon?")
    box.tell("state", state="speaking")
    box.tell("saying", turn=4, text="The sky stays dry until the evening, so you can")
    page.wait_for_timeout(1500)


def muted(page: Page, box: FakeBox) -> None:
    talking(page, box)
    page.locator("#mute").click()
    box.tell("turn", said="", timing={"endpoint_ms": 231, "first_audio_ms": 688}, **TURNS[2])
    page.locator("summary").filter(visible=True).first.click()
    page.wait_for_timeout(1200)


def reconnecting(page: Page, box: FakeBox) -> None:
    talking(page, box)
    box.script.awake = False
    box.hang_up()
    expect(page.locator("#notice")).to_be_visible(timeout=15_000)


def door(page: Page, box: FakeBox) -> None:
    page.goto(box.address)
    expect(page.locator("#talk")).to_be_visible()


def pairing(page: Page, box: FakeBox) -> None:
    box.me["paired"] = False
    page.goto(box.address)
    page.locator("#pin").fill("000000")
    expect(page.locator("#pair-problem")).not_to_be_empty()
    page.locator("#pin").type("12")


def refused(page: Page, box: FakeBox) -> None:
    page.context.clear_permissions()
    page.context.grant_permissions([])
    page.goto(box.address)
    page.locator("#talk").click()
    expect(page.locator("#problem")).to_be_visible()


def insecure(page: Page, box: FakeBox) -> None:
    page.goto(box.address.replace("127.0.0.1", INSECURE_HOST))
    expect(page.locator("#problem")).to_be_visible()


def settings(page: Page, box: FakeBox) -> None:
    talking(page, box)
    page.locator("#open-settings").click()


def certificate(page: Page, box: FakeBox) -> None:
    page.goto(f"{box.address}/help")
    expect(page.locator("#systems details")).to_have_count(6)


def invitation(page: Page, box: FakeBox) -> None:
    box.me["kiosk"] = True
    page.goto(f"{box.address}/?kiosk")
    expect(page.locator("#qr")).to_be_visible()
    page.wait_for_function("() => document.getElementById('qr').naturalWidth > 0")


def kiosk(page: Page, box: FakeBox) -> None:
    invitation(page, box)
    box.tell("state", state="speaking")
    box.tell("saying", turn=1, text="The sky stays dry until the evening, so you can")
    for _ in range(12):
        box.tell("levels", you=0.001, box=0.12)
        page.wait_for_timeout(50)


def owner(page: Page, box: FakeBox) -> None:
    page.goto(f"{box.address}/owner")
    expect(page.locator("#devices li")).to_have_count(2)
    page.locator("#conversations summary").click()


PICTURES: list[tuple[str, Callable[[Page, FakeBox], None], dict[str, int], str, str]] = [
    ("hearing-desktop-light", hearing, DESKTOP, "light", "en"),
    ("speaking-desktop-dark", speaking, DESKTOP, "dark", "en"),
    ("speaking-phone-light", speaking, PHONE, "light", "en"),
    ("hearing-phone-dark", hearing, PHONE, "dark", "en"),
    ("muted-phone-dark", muted, PHONE, "dark", "de"),
    ("muted-desktop-light", muted, DESKTOP, "light", "en"),
    ("reconnecting-phone-light", reconnecting, PHONE, "light", "en"),
    ("door-desktop-light", door, DESKTOP, "light", "en"),
    ("door-phone-dark", door, PHONE, "dark", "de"),
    ("pairing-phone-light", pairing, PHONE, "light", "en"),
    ("pairing-desktop-dark", pairing, DESKTOP, "dark", "de"),
    ("refused-phone-dark", refused, PHONE, "dark", "en"),
    ("insecure-desktop-light", insecure, DESKTOP, "light", "en"),
    ("settings-phone-dark", settings, PHONE, "dark", "en"),
    ("certificate-phone-light", certificate, PHONE, "light", "en"),
    ("speaking-narrow-light", speaking, NARROW, "light", "de"),
    ("kiosk-invitation-dark", invitation, SCREEN, "dark", "en"),
    ("kiosk-speaking-dark", kiosk, SCREEN, "dark", "en"),
    ("owner-desktop-light", owner, DESKTOP, "light", "en"),
    ("owner-phone-dark", owner, PHONE, "dark", "de"),
]
"""Name, what is to be seen, size, colour scheme, language."""

KEPT = (
    "hearing-desktop-light",
    "speaking-desktop-dark",
    "speaking-phone-light",
    "door-phone-dark",
    "muted-phone-dark",
    "pairing-phone-light",
    "refused-phone-dark",
    "kiosk-invitation-dark",
    "kiosk-speaking-dark",
    "owner-desktop-light",
)
"""Those that the documentation shows; the others are for whoever changes the page."""


def shoot(browser: Browser, folder: Path, wanted: tuple[str, ...]) -> None:
    for name, scene, size, scheme, language in PICTURES:
        if wanted and name not in wanted:
            continue
        box = FakeBox()
        box.start()
        with browser.new_context(
            viewport={"width": size["width"], "height": size["height"]},
            color_scheme="dark" if scheme == "dark" else "light",
            locale=language,
            permissions=["microphone"],
        ) as context:
            page = context.new_page()
            scene(page, box)
            page.screenshot(path=folder / f"{name}.png")
        box.close()


def main() -> None:
    """Take those that are kept; with a folder as argument all of them, or those that are named behind it."""
    folder, wanted = (Path(sys.argv[1]), tuple(sys.argv[2:])) if len(sys.argv) > 1 else (FOLDER, KEPT)
    aioice.ice.get_host_addresses = lambda **_: ["127.0.0.1"]  # as in conftest.py
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments(None))
        shoot(browser, folder, wanted)
        browser.close()


if __name__ == "__main__":
    main()
