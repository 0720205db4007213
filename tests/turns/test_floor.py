"""Who wins that speaks over a reply."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.turns.floor import BACKCHANNELS, FloorSettings, Said, Verdict, judge

S = FloorSettings()
HUM_MS = 300.0


def verdict(text: str, voiced_ms: float = HUM_MS, **known: bool) -> Verdict | None:
    return judge(Said(voiced_ms, text, 0.9, **known), S)


@pytest.mark.parametrize("text", ["Uh-huh.", "mm", "Okay", "right!", "I see.", "yeah, yeah", "Genau"])
def test_a_short_hum_that_is_over_lets_the_reply_go_on(text: str) -> None:
    assert verdict(text, over=True) is Verdict.BACKCHANNEL


@pytest.mark.parametrize(
    "text", ["stop", "Wait!", "no", "what", "tea", "okay but wait", "right of course not", "halt"]
)
def test_anything_else_takes_the_floor(text: str) -> None:
    assert verdict(text, over=True) is Verdict.TAKEN


def test_while_they_speak_nothing_is_certain_but_that_it_lasts() -> None:
    assert verdict("uh-huh") is None
    assert verdict("uh-huh", S.longest_ms) is Verdict.TAKEN


def test_who_goes_on_after_their_own_turn_had_not_finished() -> None:
    assert verdict("uh-huh", reopened=True, over=True) is Verdict.TAKEN
    assert verdict("", reopened=True) is Verdict.TAKEN


def test_okay_is_an_answer_where_there_is_a_question() -> None:
    assert verdict("okay", asked=True, over=True) is Verdict.TAKEN


def test_a_voice_without_words_is_asked_for_them() -> None:
    assert verdict("", over=True) is Verdict.UNCLEAR
    assert verdict("…", over=True) is Verdict.UNCLEAR


@given(st.floats(0, 2000), st.text(max_size=12), st.booleans(), st.booleans(), st.booleans())
def test_only_what_is_short_over_and_wholly_a_hum_is_one(
    voiced_ms: float, text: str, over: bool, reopened: bool, asked: bool
) -> None:
    if judge(Said(voiced_ms, text, 0.9, over, reopened, asked), S) is Verdict.BACKCHANNEL:
        assert over
        assert voiced_ms < S.longest_ms
        assert not reopened
        assert not asked
        assert " ".join(text.lower().replace(",", " ").split()).strip(".!? ") in BACKCHANNELS
