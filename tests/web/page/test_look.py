"""What everybody must be able to see: contrast, narrow phones, and stillness for whoever asks for it."""

import re
from itertools import product

import pytest

from tests.web.page.chromium import Browser, Page, expect
from tests.web.page.fake_box import STATIC, FakeBox

TEXT = ("ink", "quiet", "you", "box", "wrong")
BEHIND = ("paper", "raised")
AA = 4.5
"""Least contrast of text (WCAG 2.2, 1.4.3)."""


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, as WCAG defines it."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_colours_of_text_have_enough_contrast(scheme: str) -> None:
    blocks = re.findall(r":root \{(.*?)\}", (STATIC / "base.css").read_text(), re.DOTALL)
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", blocks[scheme == "dark"]))
    pairs = {
        (text, behind): contrast(colours[text], colours[behind]) for text, behind in product(TEXT, BEHIND)
    }
    assert {pair: ratio for pair, ratio in pairs.items() if ratio < AA} == {}


@pytest.mark.parametrize("language", ["en", "de"])
def test_nothing_is_wider_than_the_narrowest_phone(browser: Browser, box: FakeBox, language: str) -> None:
    with browser.new_context(
        locale=language, viewport={"width": 320, "height": 568}, permissions=["microphone"]
    ) as context:
        page = context.new_page()
        for path in ("/help", "/owner", "/"):
            page.goto(box.address + path)
            expect(page.locator("main")).to_be_visible()
            assert fits(page), path
        page.locator("#talk").click()
        expect(page.locator("#bar")).to_be_visible()
        assert fits(page)
        page.locator("#open-settings").click()
        assert fits(page)
        box.me["paired"] = False
        page.evaluate("sessionStorage.clear()")
        page.reload()
        expect(page.locator("#pin")).to_be_visible()
        assert fits(page)


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_whoever_wants_less_motion_gets_it(browser: Browser, box: FakeBox) -> None:
    with browser.new_context(locale="en", reduced_motion="reduce", permissions=["microphone"]) as context:
        page = context.new_page()
        page.goto(box.address)
        page.get_by_role("button", name="Talk").click()
        expect(page.locator("#state")).to_have_text("Listening")
        box.tell("state", state="thinking")
        expect(page.locator("#state")).to_have_text("Thinking")
        pictures = page.evaluate(
            """async () => {
                const picture = () => document.getElementById("orb").toDataURL();
                const moment = () => new Promise((done) => setTimeout(done, 400));
                await moment();
                const before = picture();
                await moment();
                return [before, picture()];
            }"""
        )
        assert pictures[0] == pictures[1]
