"""German requests are understood, and talk that sounds like them is not."""

import pytest

from appliance.tools.intents import understand
from tests.tools.intents.sentences import GERMAN_TALK, PAIRS, Meaning


@pytest.mark.parametrize(("said", "meant"), [(german, meant) for _, german, meant in PAIRS])
def test_a_request_is_understood(said: str, meant: Meaning) -> None:
    call = understand(said, "de")
    assert call
    assert (call.tool, dict(call.arguments)) == meant


@pytest.mark.parametrize("said", GERMAN_TALK)
def test_talk_is_left_to_the_model(said: str) -> None:
    assert understand(said, "de") is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("erinnere mich heute nacht um zwölf an den mond", {"time": "00:00", "text": "an den mond"}),
        ("erinnere mich heute nacht um eins an den mond", {"time": "01:00", "text": "an den mond"}),
        (
            "erinnere mich heute nacht um elf an den mond",
            {"time": "23:00", "day": "+0", "text": "an den mond"},
        ),
    ],
)
def test_a_night_goes_on_after_midnight(said: str, meant: dict[str, str]) -> None:
    call = understand(said, "de")
    assert call
    assert dict(call.arguments) == meant


def test_there_is_enough_talk() -> None:
    assert len(set(GERMAN_TALK)) >= 60


@pytest.mark.parametrize("said", ["", " ", "bitte", "äh", ",", "timer " * 100, "\0", "０" * 50, "é" * 201])
def test_rubbish_means_nothing(said: str) -> None:
    assert understand(said, "de") is None
