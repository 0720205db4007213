"""A picture is well-formed, needs nothing from elsewhere, and says what a file says as text only."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

from hypothesis import given

from appliance.sessions.timeline import Timeline
from appliance.timelines.svg import picture
from tests.timelines.made import TURN, anything, few

NAMES = {"": "http://www.w3.org/2000/svg"}


def drawn(turn: Timeline, *, whole: bool = False) -> ET.Element:
    return ET.fromstring(picture(turn, whole=whole))


def test_each_bar_says_what_it_is() -> None:
    tips = [tip.text for tip in drawn(TURN).findall("rect/title", NAMES)]
    assert "pause, 250.0 ms" in tips
    assert "smollm2, generate, 470.0 ms at work, cold" in tips
    assert "smollm2, generate, 40 ms parked for the voice" in tips


def test_it_needs_nothing_else_and_knows_both_lights() -> None:
    text = picture(TURN)
    assert re.findall(r"https?://[^\"]*", text) == ["http://www.w3.org/2000/svg"]
    assert "prefers-color-scheme: dark" in text
    assert "<script" not in text


def test_what_a_file_says_is_text() -> None:
    hostile = replace(TURN, session='"><script>alert(1)</script>', outcome="</title>")
    root = drawn(hostile)
    assert not root.findall(".//script", NAMES)
    assert "alert(1)" in (root.find("title", NAMES).text or "")  # type: ignore[union-attr] # there is one


@few
@given(anything)
def test_whatever_a_file_holds_it_is_well_formed(turn: Timeline) -> None:
    for whole in (False, True):
        left = [float(bar.get("x") or 0) for bar in drawn(turn, whole=whole).findall("rect", NAMES)[1:]]
        assert all(0 <= x <= 960 for x in left)
