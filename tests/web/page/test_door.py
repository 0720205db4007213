"""From the first look at the page to the first word: what stands in the way is named, with its remedy."""

import re

import pytest

from tests.web.page.chromium import INSECURE_HOST, Browser, BrowserContext, Page, expect
from tests.web.page.fake_box import FakeBox


def test_one_tap_and_one_talks(page: Page, box: FakeBox) -> None:
    page.goto(box.address)
    page.get_by_role("button", name="Talk").click()
    expect(page.locator("#state")).to_have_text("Listening")
    box.wait_for(box.hears)
    assert box.offers() == [None]
    box.wait_for(lambda: box.messages("played"))
    assert 0 < box.messages("played")[-1]["delay_ms"] < 2000


def test_a_new_device_is_paired_by_six_digits(page: Page, box: FakeBox) -> None:
    box.me["paired"] = False
    page.goto(box.address)
    expect(page.get_by_label("Name of this device")).to_have_value("Computer")
    page.get_by_label("Six digits").fill("123456")  # the last digit sends it
    expect(page.get_by_role("button", name="Talk")).to_be_focused()
    assert ("pair", {"pin": "123456", "name": "Computer"}) in box.happened
    expect(page.locator("#notice")).to_contain_text("This box is yours")


def test_the_digits_of_the_qr_code_need_not_be_typed(page: Page, box: FakeBox) -> None:
    box.me["paired"] = False
    page.goto(f"{box.address}/#pin=123456")
    expect(page.get_by_role("button", name="Talk")).to_be_visible()
    assert "pin" not in page.url


def test_wrong_digits_are_counted(page: Page, box: FakeBox) -> None:
    box.me["paired"] = False
    page.goto(box.address)
    page.get_by_label("Six digits").fill("000000")
    expect(page.get_by_role("alert")).to_contain_text("4 tries left")
    expect(page.get_by_label("Six digits")).to_be_focused()
    box.script.tries_left = 2
    page.get_by_label("Six digits").fill("000001")
    expect(page.get_by_role("alert")).to_contain_text("One try left")


def test_too_many_tries_have_to_wait(page: Page, box: FakeBox) -> None:
    box.me["paired"], box.script.pair_wait_s = False, 2
    page.goto(box.address)
    page.get_by_label("Six digits").fill("000000")
    expect(page.locator("#pair-wait")).to_contain_text("Next try in")
    expect(page.get_by_label("Six digits")).to_be_disabled()
    expect(page.get_by_label("Six digits")).to_be_enabled()


def test_a_refused_microphone_is_explained_and_writing_goes_on(
    page: Page, context: BrowserContext, box: FakeBox
) -> None:
    context.clear_permissions()
    context.grant_permissions([])
    page.goto(box.address)
    page.get_by_role("button", name="Talk").click()
    expect(page.get_by_role("heading", name="The browser keeps the microphone to itself.")).to_be_visible()
    expect(page.locator("#steps li")).to_have_count(3)
    page.get_by_role("button", name="Go on in writing").click()
    expect(page.locator("#state")).to_have_text("Listening")
    box.wait_for(box.hears_silence)  # which proves that the link lives


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        ("NotFoundError", "There is no microphone."),
        ("NotReadableError", "Another program is using the microphone."),
    ],
)
def test_other_troubles_with_the_microphone(page: Page, box: FakeBox, error: str, problem: str) -> None:
    page.add_init_script(
        f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{error}') }}"
    )
    page.goto(box.address)
    page.get_by_role("button", name="Talk").click()
    expect(page.get_by_role("heading", name=problem)).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_an_insecure_address_names_the_secure_one(page: Page, box: FakeBox) -> None:
    page.goto(box.address.replace("127.0.0.1", INSECURE_HOST))
    expect(page.get_by_role("heading", name="This address cannot use the microphone.")).to_be_visible()
    expect(page.get_by_role("link", name="https://aurora.local:8443/")).to_be_visible()


def test_whoever_waits_sees_their_number_and_comes_in(page: Page, box: FakeBox) -> None:
    box.script.queue_place = 2
    page.goto(box.address)
    page.get_by_role("button", name="Talk").click()
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("You are number 2 in line.")
    box.script.queue_place = 0
    expect(page.locator("#state")).to_have_text("Listening")


def test_a_box_that_is_away_is_waited_for(page: Page, box: FakeBox) -> None:
    page.route("**/api/me", lambda route: route.abort())
    page.goto(box.address)
    expect(page.locator("#problem")).to_contain_text("cannot be reached")
    page.unroute("**/api/me")
    expect(page.get_by_role("button", name="Talk")).to_be_visible()


def test_german(browser: Browser, box: FakeBox) -> None:
    with browser.new_context(locale="de-DE", permissions=["microphone"]) as context:
        page = context.new_page()
        page.goto(box.address)
        expect(page.get_by_role("button", name="Sprechen", exact=True)).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", "de")
        page.get_by_role("button", name="Einstellungen").click()
        page.get_by_label("Sprache").select_option("en")
        page.get_by_role("button", name="Close").click()
        expect(page.get_by_role("button", name="Talk")).to_be_visible()
        page.reload()
        expect(page.get_by_role("button", name="Talk")).to_be_visible()


def test_both_languages_have_the_same_sentences(page: Page, box: FakeBox) -> None:
    page.goto(box.address)
    missing = page.evaluate(
        """async () => {
            const [en, de] = (await Promise.all(["en", "de"].map((code) => import(`/static/strings.${code}.js`))))
                .map((module) => module.default);
            const blanks = (text) => (text.match(/\\{\\w+\\}/g) ?? []).sort().join();
            const steps = (text) => text.split("|").length;
            const all = new Set([...Object.keys(en), ...Object.keys(de)]);
            return [...all].filter((key) => !(key in en && key in de) || blanks(en[key]) !== blanks(de[key])
                || steps(en[key]) !== steps(de[key]));
        }"""
    )
    assert missing == []


def test_every_marked_text_has_a_sentence(page: Page, box: FakeBox) -> None:
    for path in ("/", "/owner", "/help"):
        page.goto(box.address + path)
        expect(page.locator("[data-t]").first).not_to_be_empty()
        shown = page.locator("[data-t], [data-label]").all()
        keys = [element.get_attribute("data-t") or element.get_attribute("data-label") for element in shown]
        texts = [element.text_content() or element.get_attribute("aria-label") for element in shown]
        assert [key for key, text in zip(keys, texts, strict=True) if not text or text == key] == []


def test_the_certificate_is_explained_before_pairing(page: Page, box: FakeBox) -> None:
    box.me["paired"] = False
    page.goto(box.address)
    page.get_by_role("button", name="The browser warns about the certificate").click()
    expect(page.get_by_role("dialog", name="Help")).to_be_visible()
    expect(page.locator("#systems details")).to_have_count(6)
    expect(page.locator("#systems details[open]")).to_have_count(1)
    expect(page.get_by_role("link", name="Download")).to_have_attribute("href", "/ca.crt")


def test_the_help_page_compares_fingerprints(page: Page, box: FakeBox) -> None:
    page.goto(f"{box.address}/help")
    expect(page.locator("code")).to_have_text(re.compile("^3F:A9:"))
    expect(page.get_by_role("link", name="https://aurora.local:8443/")).to_be_visible()


def test_the_keyboard_suffices(page: Page, box: FakeBox) -> None:
    page.goto(box.address)
    expect(page.get_by_role("button", name="Talk")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_have_text("Listening")
    expect(page.get_by_role("button", name="Mute")).to_be_focused()
    page.keyboard.press("m")
    box.wait_for(lambda: box.messages("mute"))
    page.keyboard.press("t")
    page.keyboard.type("good morning")
    page.keyboard.press("Enter")
    box.wait_for(lambda: box.messages("text"))
    page.keyboard.press("Escape")
    box.wait_for(lambda: box.messages("stop"))
    assert box.messages("text") == [{"type": "text", "text": "good morning"}]
    assert len(box.messages("mute")) == 1  # the m of morning is a letter
