"""A person talks to the box from a laptop on the same cable, and nothing else is reachable.

All of it is real: `appliance run` with its engines in one network namespace, Chromium in the other with a recording
as its microphone, pairing, WebRTC between them, and what is heard is taken from the page's own loudspeaker.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.app import PHRASES
from appliance.converse import read_recording
from tests.lan import Lan, lan, needs_bad_cable, needs_lan
from tests.models import SILERO, SMOLLM2, needs_model
from tests.program import BUNDLED, Program, running
from tests.shared import clip, needs_shared

pytest.importorskip("playwright.sync_api", reason="no playwright")
from playwright.sync_api import expect

from tests.laptop import (
    CHROMIUM,
    LISTEN,
    LOUD,
    PATIENCE_MS,
    enter,
    laptop,
    loud_s,
    microphone,
    open_page,
    pin_of,
    say,
    silence,
    with_voice,
)

pytestmark = [
    pytest.mark.engines,
    pytest.mark.timeout(300),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium"),
    needs_lan,
    needs_model(SILERO),
    needs_model(SMOLLM2),
]


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
    return pin_of(cable)


def test_a_question_is_asked_and_answered_reloaded_and_asked_again(
    cable: Lan, pin: str, tmp_path: Path
) -> None:
    question = read_recording(PHRASES / "warm-question.wav")
    for browser in laptop(cable, tmp_path, microphone(tmp_path, silence(2.0), question)):
        page = open_page(browser)
        enter(page, pin)
        page.evaluate(LISTEN)
        # Browsers suppress noise, and some of the voice: the bundled recogniser gets few words of it right, and a
        # browser that waits for a core may tear it apart.
        said, replies = page.locator("#log .you .words"), page.locator("#log .box .words")
        expect(said.last).to_have_text(re.compile(r"\w+ \w+"), timeout=PATIENCE_MS)
        expect(replies.last).not_to_be_empty(timeout=PATIENCE_MS)
        assert loud_s(page) > 0.5
        words, answered = page.locator("#log .words").all_inner_texts(), replies.count()

        page.reload()
        expect(page.locator("#bar")).to_be_visible(timeout=PATIENCE_MS)
        expect(replies.nth(answered)).not_to_be_empty(timeout=PATIENCE_MS)  # the recording asks again
        assert page.locator("#log .words").all_inner_texts()[: len(words)] == words


@needs_shared
def test_a_long_answer_is_interrupted(cable: Lan, pin: str, tmp_path: Path) -> None:
    for browser in laptop(cable, tmp_path, microphone(tmp_path)):
        page = with_voice(open_page(browser))
        enter(page, pin)
        page.evaluate(LISTEN)
        expect(page.locator("#state")).to_have_text("Listening", timeout=PATIENCE_MS)
        say(page, clip("spoken/tell_me_a_story-rms.flac"))
        # A second of the story is heard: it has begun, however busy this machine is.
        page.wait_for_function(f"() => window.heard.filter((level) => level > {LOUD}).length > 25")
        say(page, clip("spoken/stop-rms.flac"))
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


@needs_bad_cable
def test_words_get_through_where_every_twentieth_packet_is_lost(tmp_path: Path) -> None:
    question = read_recording(PHRASES / "warm-question.wav")
    environment = BUNDLED | {"APPLIANCE_HTTP__NAME": "voicebox", "APPLIANCE_AUDIO__FOLDER": str(tmp_path)}
    with lan("--loss", "0.05", "--jitter", "0.1") as cable, running(environment, cable.at_box()) as program:
        program.line("Talk to it from a browser:")
        for browser in laptop(cable, tmp_path, microphone(tmp_path, silence(4.0), question)):
            page = open_page(browser)
            enter(page, pin_of(cable))
            page.evaluate(LISTEN)
            expect(page.locator("#log .you .words")).to_have_text([re.compile(r"\w+")], timeout=PATIENCE_MS)
            expect(page.locator("#log .box .words")).not_to_be_empty(timeout=PATIENCE_MS)
            assert loud_s(page) > 0.5
