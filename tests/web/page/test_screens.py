"""The box's own screen, and the owner's page."""

import pytest

from appliance.web.settings import WebSettings
from appliance.web.starting import Starting, Step
from tests.web.page.chromium import Page, expect
from tests.web.page.fake_box import FakeBox
from tests.web.page.fake_owner import INVITATION
from tests.web.test_starting import free_port


def test_the_kiosk_invites_while_nobody_speaks(page: Page, box: FakeBox) -> None:
    box.me["kiosk"] = True
    page.goto(f"{box.address}/?kiosk")
    expect(page.locator("#invitation")).to_be_visible()  # and so it is connected
    expect(page.locator("#invitation-pin")).to_have_text("123 456")
    expect(page.locator("#address")).to_have_text("https://aurora.local:8443")
    page.wait_for_function("() => document.getElementById('qr').naturalWidth > 0")
    box.tell("state", state="hearing")
    expect(page.locator("#invitation")).to_be_hidden()
    box.tell("partial", text="What is the time", stable=7)
    expect(page.locator("#caption")).to_have_text("What is the time")
    box.tell("levels", you=0.2, box=0.0)
    box.tell("state", state="listening")
    expect(page.locator("#invitation")).to_be_visible()
    assert box.offers() == []


def test_a_new_box_says_that_it_has_no_owner_and_what_became_of_the_stick(
    page: Page, box: FakeBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.me |= {"kiosk": True, "language": "de"}
    monkeypatch.setitem(INVITATION, "owned", False)
    refused = {"state": "refused", "told": [], "problems": ["nmae: there is no such key", "<img src=x>"]}
    monkeypatch.setitem(INVITATION, "setup", refused)
    page.goto(f"{box.address}/?kiosk")
    expect(page.locator("#first")).to_have_text(
        "Noch gehört dieses Gerät niemandem. Wer als Erstes koppelt, dem gehört es."
    )
    expect(page.locator("#setup li")).to_have_text(["nmae: there is no such key", "<img src=x>"])
    expect(page.locator("#setup")).to_contain_text("nichts davon wurde übernommen")


def test_a_box_with_an_owner_says_nothing_of_that(
    page: Page, box: FakeBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.me["kiosk"] = True
    monkeypatch.setitem(INVITATION, "owned", True)
    monkeypatch.setitem(INVITATION, "setup", {"state": "applied", "told": ["name: aurora"], "problems": []})
    page.goto(f"{box.address}/?kiosk")
    expect(page.locator("#invitation")).to_be_visible()
    expect(page.locator("#first")).to_be_hidden()
    expect(page.locator("#setup")).to_be_hidden()


def test_the_kiosk_has_the_rooms_buttons(page: Page, box: FakeBox) -> None:
    box.me["kiosk"] = True
    page.goto(f"{box.address}/?kiosk")
    expect(page.locator("#state")).to_have_text("Listening")
    page.keyboard.press("m")
    box.wait_for(lambda: box.messages("mute"))
    box.tell("muted", on=True)
    box.tell("state", state="muted")
    expect(page.locator("#state")).to_contain_text("Muted")
    page.keyboard.press("m")
    box.wait_for(lambda: len(box.messages("mute")) == 2)
    assert [told["on"] for told in box.messages("mute")] == [True, False]
    page.keyboard.press("Escape")
    box.wait_for(lambda: box.messages("stop"))


def test_the_kiosk_comes_back_after_a_restart(page: Page, box: FakeBox) -> None:
    box.me["kiosk"] = True
    page.goto(f"{box.address}/?kiosk")
    expect(page.locator("#state")).to_have_text("Listening")
    box.hang_up()
    expect(page.locator("#state")).to_have_text("Reconnecting …")
    expect(page.locator("#state")).to_have_text("Listening")


def test_the_screen_goes_dark_when_nobody_speaks_and_wakes_when_somebody_does(
    page: Page, box: FakeBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.me["kiosk"] = True
    monkeypatch.setitem(INVITATION, "owned", True)
    page.clock.install()
    page.goto(f"{box.address}/?kiosk")
    expect(page.locator("#state")).to_have_text("Listening")
    page.clock.fast_forward(500_000)
    box.tell("failed", turn=1, stage="llm", problem="It broke.", remedy="Wait.", failure="engine")
    expect(page.locator("#notice")).to_be_visible()
    page.clock.fast_forward(500_000)  # from the news on
    expect(page).not_to_have_title("asleep")
    page.clock.fast_forward(101_000)
    expect(page).to_have_title("asleep")
    expect(page.locator("main")).to_be_hidden()
    box.tell("state", state="hearing")
    expect(page).not_to_have_title("asleep")
    expect(page.locator("main")).to_be_visible()
    page.clock.fast_forward(3_600_000)  # somebody tells a long story
    expect(page).not_to_have_title("asleep")
    box.tell("state", state="listening")
    expect(page.locator("#state")).to_have_text("Listening")
    page.clock.fast_forward(601_000)
    expect(page).to_have_title("asleep")
    page.keyboard.press("m")
    expect(page).not_to_have_title("asleep")


def test_what_a_new_box_shows_stays(page: Page, box: FakeBox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes to pair it must find its digits."""
    box.me["kiosk"] = True
    monkeypatch.setitem(INVITATION, "owned", False)
    page.clock.install()
    page.goto(f"{box.address}/?kiosk")
    expect(page.locator("#first")).to_be_visible()
    page.clock.fast_forward(3_600_000)
    expect(page.locator("#state")).to_have_text("Listening")
    expect(page).not_to_have_title("asleep")


def test_zero_is_never(page: Page, box: FakeBox, monkeypatch: pytest.MonkeyPatch) -> None:
    box.me |= {"kiosk": True, "screen_off_s": 0}
    monkeypatch.setitem(INVITATION, "owned", True)
    page.clock.install()
    page.goto(f"{box.address}/?kiosk")
    expect(page.locator("#invitation")).to_be_visible()
    page.clock.fast_forward(86_400_000)
    expect(page.locator("#state")).to_have_text("Listening")
    expect(page).not_to_have_title("asleep")


def test_the_screen_shows_how_far_the_start_is_and_then_the_page(page: Page) -> None:
    """What answers before the server leaves its port to it; the screen follows by itself, and back at a restart."""
    port = free_port()
    starting = Starting(WebSettings(help_port=port, language="de"))
    starting.open()
    starting.begin(Step.MODELS)
    page.goto(f"http://127.0.0.1:{port}/?kiosk")
    expect(page.locator("li")).to_have_text(["Modelle"])
    starting.done(Step.MODELS)
    starting.begin(Step.ANSWERS)
    starting.to_come(Step.TRIAL)
    expect(page.locator("li[data-state=done]")).to_have_text(["Modelle"])
    expect(page.locator("li[data-state=now]")).to_have_text(["Antworten"])
    expect(page.locator("li[data-state='to come']")).to_have_text(["Eine Frage an sich selbst, unhörbar"])
    starting.close()
    server = FakeBox(port)
    server.me["kiosk"] = True
    server.start()
    expect(page.locator("#invitation")).to_be_visible()
    server.close()
    starting.open()
    expect(page.locator("#what")).to_have_text("Es startet")
    starting.close()


def test_the_kiosk_is_not_for_everybody(page: Page, box: FakeBox) -> None:
    box.me["owner"] = False
    page.goto(f"{box.address}/?kiosk")
    expect(page.get_by_role("heading", name="This view is for the box’s own screen.")).to_be_visible()


def test_the_owner_sees_and_cares(page: Page, box: FakeBox) -> None:
    page.goto(f"{box.address}/owner")
    expect(page.locator("#status")).to_contain_text("26 hours")
    expect(page.locator("#models")).to_contain_text("qwen3 4B")
    expect(page.locator("#sound")).to_contain_text("Jabra Speak 510")
    expect(page.locator("#sessions")).to_contain_text("Anna’s phone")
    expect(page.locator("#devices")).to_contain_text("this device")
    phone = page.get_by_role("table", name="Anna’s phone · 3 answers")
    expect(phone.get_by_role("row", name="In all 500 498 475 1,478")).to_be_visible()
    expect(page.locator("#latency")).to_contain_text("there and back 8 ms")
    expect(page.locator("#latency")).to_contain_text("sound lost 0.12%")
    page.get_by_text("The last answer, drawn").last.click()
    drawn = page.get_by_role("img", name="The last answer, drawn").last
    expect(drawn).to_have_js_property("naturalWidth", 960)
    page.locator("#conversations summary").click()
    expect(page.locator("#conversations")).to_contain_text("It is a quarter past nine.")
    expect(page.get_by_role("link", name="Download a diagnosis")).to_have_attribute("href", "/api/diagnosis")
    page.get_by_role("button", name="Show the digits").click()
    expect(page.locator("#digits")).to_have_text("123 456")
    page.get_by_label("Let the box say").fill("Dinner is ready")
    page.get_by_role("button", name="Say it").click()
    box.wait_for(lambda: ("POST", ("/api/say", {"text": "Dinner is ready"})) in box.happened)


def test_the_owner_chooses_settings(page: Page, box: FakeBox) -> None:
    page.goto(f"{box.address}/owner")
    page.get_by_label("Setting", exact=True).select_option("sessions.idle_s")
    expect(page.get_by_label("Value")).to_have_value("900")
    page.get_by_label("Value").fill("600")
    page.get_by_role("button", name="Save").click()
    box.wait_for(lambda: ("PUT", ("/api/settings/sessions/idle_s", {"value": 600})) in box.happened)
    expect(page.locator("#done")).to_contain_text("next start")
    page.get_by_role("button", name="As it was").click()
    box.wait_for(lambda: ("PUT", ("/api/settings/sessions/idle_s", {"value": None})) in box.happened)


def test_what_cannot_be_undone_asks_back(page: Page, box: FakeBox) -> None:
    page.goto(f"{box.address}/owner")
    tablet = page.get_by_role("listitem").filter(has_text="Tablet in the kitchen")
    tablet.get_by_role("button", name="Remove").click()
    tablet.get_by_role("button", name="Really?").click()
    box.wait_for(lambda: ("DELETE", ("/api/devices/d2", {})) in box.happened)
    page.get_by_role("button", name="Forget everything").click()
    page.get_by_role("button", name="Really?").click()
    box.wait_for(lambda: ("DELETE", ("/api/conversations", {})) in box.happened)
    page.get_by_role("button", name="Measure the room’s echo").click()
    page.get_by_role("button", name="Really?").click()
    box.wait_for(lambda: ("POST", ("/api/echo", {})) in box.happened)
    page.get_by_role("button", name="Restart").click()
    page.get_by_role("button", name="Really?").click()
    box.wait_for(lambda: ("POST", ("/api/restart", {})) in box.happened)


def test_the_owner_updates_the_box_and_makes_it_as_new(page: Page, box: FakeBox) -> None:
    page.goto(f"{box.address}/owner")
    updates = page.get_by_role("region", name="Updates")
    expect(updates).to_contain_text("Version 1.2.202601010000 runs.")
    expect(updates).to_contain_text("taken back – version 1.3 did not become ready – tell whoever made it")
    install = updates.get_by_role("button", name="Install")
    expect(install).to_be_disabled()
    bundle = updates.get_by_label("Update bundle")
    bundle.set_input_files({"name": "x.raucb", "mimeType": "", "buffer": b"hsqs" * 100})
    install.click()
    box.wait_for(lambda: ("POST", ("/api/update", "application/octet-stream", 400)) in box.happened)
    bundle.set_input_files({"name": "large.raucb", "mimeType": "", "buffer": bytes(1_000_001)})
    install.click()
    expect(page.get_by_text("There is no room for this file")).to_be_visible()
    updates.get_by_role("button", name="Factory reset").click()
    updates.get_by_role("button", name="Really?").click()
    box.wait_for(lambda: ("POST", ("/api/reset", {"confirm": "reset"})) in box.happened)


def test_the_owners_page_is_the_owners(page: Page, box: FakeBox) -> None:
    box.me["owner"] = False
    page.goto(f"{box.address}/owner")
    expect(page.get_by_role("alert")).to_contain_text("This page is the owner’s.")
    expect(page.locator("main")).to_be_hidden()
