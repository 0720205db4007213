"""A conversation in the page: what is shown, what the buttons do, and how it survives the network."""

import re

import pytest

from tests.web.page.chromium import Browser, Page, expect
from tests.web.page.fake_box import FakeBox

LONDON = {"turn": 1, "you": "Where is Big Ben?", "heard": "In London.", "outcome": "answered"}
TIMING = {"endpoint_ms": 212.4, "first_audio_ms": 640.0}


def begin(page: Page, box: FakeBox) -> None:
    page.goto(box.address)
    page.get_by_role("button", name="Talk").click()
    expect(page.locator("#state")).to_have_text("Listening")


def test_words_appear_while_they_are_said(page: Page, box: FakeBox) -> None:
    begin(page, box)
    box.tell("state", state="hearing")
    expect(page.locator("#state")).to_have_text("You are speaking")
    box.tell("partial", text="Where is big bang", stable=8)
    expect(page.locator("#caption span").first).to_have_text("Where is")
    expect(page.locator("#caption .faint")).to_have_text("big bang")
    box.tell("understood", turn=1, text="Where is Big Ben?")
    box.tell("state", state="thinking")
    expect(page.locator("#log .you .words")).to_have_text(["Where is Big Ben?"])
    box.tell("state", state="speaking")
    box.tell("saying", turn=1, text="In Lon")
    expect(page.locator("#caption")).to_have_text("In Lon")
    box.tell("turn", said="In London.", timing=TIMING, **LONDON)
    expect(page.locator("#log .box .words")).to_have_text(["In London."])
    expect(page.locator("#caption")).to_be_empty()


def test_an_interrupted_reply_shows_what_was_heard(page: Page, box: FakeBox) -> None:
    begin(page, box)
    box.tell("turn", turn=1, you="Tell me a story.", said="Once upon a time", heard="Once", outcome="interrupted",
             timing=TIMING)  # fmt: skip
    expect(page.locator("#log .box .words")).to_have_text("Once")
    expect(page.locator("#log .mark")).to_have_text("interrupted")


def test_the_voice_is_heard_and_moves_the_circle(page: Page, box: FakeBox) -> None:
    begin(page, box)
    box.script.loud = True
    box.tell("state", state="speaking")
    page.wait_for_function("() => document.getElementById('voice').currentTime > 0")
    before = page.evaluate("document.getElementById('orb').toDataURL()")
    page.wait_for_function("(before) => document.getElementById('orb').toDataURL() !== before", arg=before)


def test_how_fast_the_last_turn_was_is_told_on_demand(page: Page, box: FakeBox) -> None:
    begin(page, box)
    box.tell("turn", said="In London.", timing=TIMING, cause={"why": "long_pause", "ms": 900}, **LONDON)
    page.get_by_text("How fast was that?").click()
    expect(page.locator("#timing")).to_contain_text("212 ms")
    expect(page.locator("#timing")).to_contain_text("it sounded as if you would go on")
    expect(page.locator("#timing")).to_contain_text("WebRTC")


def test_nothing_leaves_a_muted_page(page: Page, box: FakeBox) -> None:
    begin(page, box)
    box.wait_for(box.hears)
    page.get_by_role("button", name="Mute").click()
    box.wait_for(box.hears_silence)
    assert box.messages("mute") == [{"type": "mute", "on": True}]
    page.reload()
    expect(page.get_by_role("button", name="Unmute")).to_be_visible()
    expect(page.locator("#state")).to_contain_text("Muted")
    box.wait_for(lambda: len(box.messages("mute")) == 2)  # told again, as the box did not know
    page.get_by_role("button", name="Unmute").click()
    box.wait_for(box.hears)


def test_stop_and_text(page: Page, box: FakeBox) -> None:
    begin(page, box)
    page.get_by_role("button", name="Stop").click()
    box.wait_for(lambda: box.messages("stop"))
    page.get_by_label("Write instead of speaking").fill("  hello  ")
    page.get_by_role("button", name="Send").click()
    box.wait_for(lambda: box.messages("text"))
    assert box.messages("text") == [{"type": "text", "text": "hello"}]
    expect(page.get_by_label("Write instead of speaking")).to_have_value("")


def test_a_reload_goes_on_with_the_conversation(page: Page, box: FakeBox) -> None:
    begin(page, box)
    box.tell("turn", said="In London.", timing=TIMING, **LONDON)
    expect(page.locator("#log li")).to_have_count(1)
    box.conversation = [LONDON]
    page.reload()
    wake_if_asked(page)
    expect(page.locator("#state")).to_have_text("Listening")
    expect(page.locator("#log li")).to_have_count(1)
    assert box.offers() == [None, "s1"]


def wake_if_asked(page: Page) -> None:
    """After a reload a browser may want a tap before it lets anything be heard."""
    expect(page.locator("#wake:visible, #bar:visible").first).to_be_visible()
    if page.locator("#wake").is_visible():
        page.locator("#wake").click()


def test_a_broken_line_is_mended_without_repeating_anything(page: Page, box: FakeBox) -> None:
    begin(page, box)
    box.tell("turn", said="In London.", timing=TIMING, **LONDON)
    box.conversation = [LONDON]
    box.script.awake = False
    box.hang_up()
    expect(page.locator("#state")).to_have_text("Reconnecting …")
    box.script.awake = True
    expect(page.locator("#state")).to_have_text("Listening")
    expect(page.locator("#log li")).to_have_count(1)
    assert box.offers()[-1] == "s1"


def test_without_udp_sound_goes_through_a_websocket(page: Page, box: FakeBox) -> None:
    box.script.udp = False
    begin(page, box)
    assert (box.offers(), box.sockets()) == ([None], ["s1"])
    box.wait_for(box.hears)
    box.script.loud = True
    page.get_by_text("How fast was that?").click()
    expect(page.locator("#timing")).to_contain_text("WebSocket")
    box.wait_for(lambda: any(20 < told["delay_ms"] < 1000 for told in box.messages("played")))
    box.tell("flush")
    box.hang_up()
    box.wait_for(lambda: box.sockets() == ["s1", "s1"])  # what does not work is not tried again at once
    expect(page.locator("#state")).to_have_text("Listening")


BLIND = """() => {
    const real = Object.getOwnPropertyDescriptor(RTCPeerConnection.prototype, "localDescription").get;
    window.blind = true;
    Object.defineProperty(RTCPeerConnection.prototype, "localDescription", { get() {
        const { sdp, type } = real.call(this);
        return { type, sdp: window.blind ? sdp.replaceAll(/a=candidate:.*\\r\\n/g, "") : sdp };
    } });
    const wait = window.setTimeout;
    window.looks = 0;
    window.setTimeout = (act, ms) => {
        window.looks += ms === 400;
        return wait(act, ms);
    };
}"""
"""A browser that does not know yet that the network is back; counts how often it looks whether anybody speaks."""


def test_a_websocket_bridges_the_time_until_webrtc_works(page: Page, box: FakeBox) -> None:
    page.add_init_script(f"({BLIND})()")
    begin(page, box)
    assert (box.offers(), box.sockets()) == ([], [None])
    box.tell("turn", said="In London.", timing=TIMING, **LONDON)
    box.conversation = [LONDON]
    box.tell("state", state="speaking")
    page.wait_for_function("() => window.looks >= 3")
    page.evaluate("window.blind = false")
    page.wait_for_function("() => window.looks >= 6")
    assert box.offers() == []  # not while somebody speaks
    box.tell("state", state="listening")
    box.wait_for(lambda: box.offers() == ["s1"])
    page.get_by_text("How fast was that?").click()
    expect(page.locator("#timing")).to_contain_text("WebRTC")
    expect(page.locator("#notice")).to_be_hidden()
    expect(page.locator("#state")).to_have_text("Listening")
    expect(page.locator("#log li")).to_have_count(1)
    assert box.sockets() == [None]


def test_who_waits_for_a_place_over_a_websocket_waits_in_the_queue(page: Page, box: FakeBox) -> None:
    page.add_init_script("delete window.RTCPeerConnection")
    box.script.queue_place = 2
    page.goto(box.address)
    page.get_by_role("button", name="Talk").click()
    expect(page.locator("#obstacle")).to_contain_text("number 2")
    box.script.queue_place = 0
    expect(page.locator("#state")).to_have_text("Listening")


def test_webrtc_that_dies_twice_gives_way_to_the_websocket(page: Page, box: FakeBox) -> None:
    begin(page, box)
    box.hang_up()
    box.wait_for(lambda: len(box.offers()) == 2)
    box.wait_for(lambda: len([what for what, _ in box.happened if what == "open"]) == 2)
    expect(page.locator("#state")).to_have_text("Listening")
    box.hang_up()
    box.wait_for(lambda: box.sockets() == ["s1"])


@pytest.mark.parametrize(
    ("reason", "advice", "session"),
    [("idle", "Press “Talk” for a new one.", None), ("replaced", "Press “Talk” to continue it here.", "s1")],
)
def test_a_goodbye_says_why_and_what_next(
    page: Page, box: FakeBox, reason: str, advice: str, session: str | None
) -> None:
    begin(page, box)
    box.tell("bye", reason=reason, problem="It is over.", remedy="")
    expect(page.locator("#notice")).to_contain_text("It is over.")
    expect(page.locator("#notice")).to_contain_text(advice)
    page.get_by_role("button", name="Talk").click()
    expect(page.locator("#state")).to_have_text("Listening")
    assert box.offers()[-1] == session


def test_what_broke_is_said_in_the_language_of_the_page(browser: Browser, box: FakeBox) -> None:
    failed = {"turn": 1, "stage": "stt", "failure": "died", "problem": "sphinx was killed.", "remedy": "wait"}
    told = (
        ("en", "Listening", "sphinx was killed"),
        ("de", "Ich höre zu", "Die Spracherkennung ist abgestürzt"),
    )
    for locale, listening, words in told:
        with browser.new_context(locale=locale, permissions=["microphone"]) as context:
            page = context.new_page()
            page.goto(box.address)
            page.locator("#talk").click()
            expect(page.locator("#state")).to_have_text(listening)
            box.tell("failed", **failed)
            expect(page.locator("#notice")).to_have_text(re.compile(words))


def test_what_is_wrong_with_the_sound_is_told_until_it_is_right(page: Page, box: FakeBox) -> None:
    begin(page, box)
    box.tell("sound", faults=[{"fault": "faint", "problem": "Turn it up.", "remedy": "appliance devices"}])
    expect(page.locator("#notice")).to_contain_text("Your voice arrives much too quietly.")
    expect(page.locator("#notice")).not_to_contain_text("appliance devices")  # of no use in a browser
    box.tell("sound", faults=[])
    expect(page.locator("#notice")).to_be_hidden()


def test_the_microphone_and_the_volume_can_be_chosen(page: Page, box: FakeBox) -> None:
    begin(page, box)
    page.get_by_role("button", name="Settings").click()
    expect(page.get_by_label("Microphone")).not_to_have_value("")
    page.get_by_label("Volume").fill("0.5")
    assert page.evaluate("document.getElementById('voice').volume") == 0.5
    page.get_by_label("Microphone").select_option(label="No microphone (text only)")
    box.wait_for(box.hears_silence)
