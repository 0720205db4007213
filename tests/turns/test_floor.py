"""Who wins that speaks over a reply."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.turns.floor import BACKCHANNEL, COMMAND, FloorSettings, Said, Verdict, judge

S = FloorSettings()
HUM_MS = 300.0


def verdict(text: str, voiced_ms: float = HUM_MS, **known: bool) -> Verdict | None:
    return judge(Said(voiced_ms, text, 0.9, **known), S)


@pytest.mark.parametrize(
    "text",
    ["Uh-huh.", "mm", "Okay", "right!", "I see.", "yeah, yeah", "Oh, of course.", "Genau", "Ach so, ja"],
)
def test_a_short_hum_that_is_over_lets_the_reply_go_on(text: str) -> None:
    assert verdict(text, over=True) is Verdict.BACKCHANNEL


@pytest.mark.parametrize(
    "text",
    [
        "stop",
        "Wait!",
        "no",
        "what",
        "tea",
        "okay but wait",
        "right of course not",
        "halt",
        "rights",
        "yeah you",
    ],
)
def test_anything_else_takes_the_floor(text: str) -> None:
    assert verdict(text, over=True) is Verdict.TAKEN


def test_while_they_speak_nothing_is_certain_but_that_it_lasts() -> None:
    assert verdict("") is None
    assert verdict("", S.longest_ms) is Verdict.TAKEN


def test_who_only_hums_may_hum_for_longer() -> None:
    assert verdict("okay okay", S.longest_ms) is None
    assert verdict("okay okay", S.longest_ms, over=True) is Verdict.BACKCHANNEL
    assert verdict("okay okay", S.longest_hum_ms) is Verdict.TAKEN
    assert verdict("okay okay", S.longest_ms, asked=True) is Verdict.TAKEN
    assert verdict("okay but", S.longest_ms) is Verdict.TAKEN


@pytest.mark.parametrize("text", ["stop", "Wait", "no no", "okay stop", "Nein", "hold on a"])
def test_a_command_wins_before_it_is_over(text: str) -> None:
    assert verdict(text) is Verdict.TAKEN
    assert verdict(text, asked=True) is Verdict.TAKEN


@pytest.mark.parametrize("text", ["nobody", "i know", "stops", "what", "waiter"])
def test_other_words_wait_until_it_is_over(text: str) -> None:
    assert verdict(text) is None


@pytest.mark.parametrize(("text", "wanted"), [("okay", Verdict.UNCLEAR), ("tea", Verdict.TAKEN)])
def test_who_may_have_hummed_is_asked_and_who_may_have_said_something_wins(
    text: str, wanted: Verdict
) -> None:
    assert judge(Said(HUM_MS, text, S.believed_from - 0.1, over=True), S) is wanted


def test_four_hums_are_somebody_who_wants_something() -> None:
    assert verdict("yeah yeah okay right", over=True) is Verdict.TAKEN


def test_who_goes_on_after_their_own_turn_had_not_finished() -> None:
    assert verdict("uh-huh", reopened=True, over=True) is Verdict.TAKEN
    assert verdict("", reopened=True) is Verdict.TAKEN


def test_okay_is_an_answer_where_there_is_a_question() -> None:
    assert verdict("okay", asked=True, over=True) is Verdict.TAKEN


def test_a_voice_without_words_is_asked_for_them() -> None:
    assert verdict("", over=True) is Verdict.UNCLEAR
    assert verdict("…", over=True) is Verdict.UNCLEAR


WORDS = st.lists(
    st.sampled_from(["okay", "i see", "mm-hmm", "stop", "tea", "no", "", "see"]), max_size=4
).map(" ".join)


@given(
    st.floats(0, 2000),
    WORDS | st.text(max_size=12),
    st.floats(0, 1),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_only_what_is_short_over_believed_and_wholly_a_hum_is_one(
    voiced_ms: float, text: str, confidence: float, over: bool, reopened: bool, asked: bool
) -> None:
    if judge(Said(voiced_ms, text, confidence, over, reopened, asked), S) is Verdict.BACKCHANNEL:
        assert over
        assert voiced_ms < S.longest_hum_ms
        assert confidence >= S.believed_from
        assert not reopened
        assert not asked
        assert not COMMAND.search(text.lower())
        assert BACKCHANNEL.match(text.lower().lstrip())
