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


def test_there_is_enough_talk() -> None:
    assert len(set(GERMAN_TALK)) >= 60


@pytest.mark.parametrize("said", ["", " ", "bitte", "äh", ",", "timer " * 100, "\0", "０" * 50, "é" * 201])
def test_rubbish_means_nothing(said: str) -> None:
    assert understand(said, "de") is None
