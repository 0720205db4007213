"""English requests are understood, and talk that sounds like them is not."""

import pytest

from appliance.tools.intents import understand
from tests.tools.intents.sentences import ENGLISH_TALK, PAIRS, Meaning


@pytest.mark.parametrize(("said", "meant"), [(english, meant) for english, _, meant in PAIRS])
def test_a_request_is_understood(said: str, meant: Meaning) -> None:
    call = understand(said, "en")
    assert call
    assert (call.tool, dict(call.arguments)) == meant


@pytest.mark.parametrize("said", ENGLISH_TALK)
def test_talk_is_left_to_the_model(said: str) -> None:
    assert understand(said, "en") is None


def test_there_is_enough_talk() -> None:
    assert len(set(ENGLISH_TALK)) >= 60


@pytest.mark.parametrize("said", ["", " ", "please", "um", ",", "timer " * 100, "\0", "０" * 50, "é" * 201])
def test_rubbish_means_nothing(said: str) -> None:
    assert understand(said, "en") is None
