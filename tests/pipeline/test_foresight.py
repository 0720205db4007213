"""When a clause leaves: by rule, and in whole replies at the paces of made-up machines."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.pipeline.foresight import PAUSE_S, SPARE_S, Ending, Foresight, Place, WholeSentences
from appliance.pipeline.reply import ReplySettings
from appliance.pipeline.tempo import Tempo
from tests.recitation import Paces, Recited, recite

LETTER_S = 0.06


def tempo(letter_s: float, first_s: float = 0.1, factor: float = 0.1, phrase: int = 40) -> Tempo:
    """Paces that are known well."""
    known = Tempo()
    for _ in range(40):
        known.wrote(12, 12 * letter_s)
        known.found(phrase)
        known.spoke(20, first_s, factor * 20 * LETTER_S, 20 * LETTER_S)
    return known


class Moment:
    """A foresight, with its clock and what is still to be heard."""

    def __init__(self, known: Tempo, ahead_s: float = 0.0, hold_s: float = 2.0) -> None:
        self.ahead_s = ahead_s
        self.now = 100.0
        self.foresight = Foresight(known, lambda _: self.ahead_s, lambda: self.now, hold_s)

    def wait_s(self, length: int, behind: int = 0, ending: Ending = Ending.PHRASE, start: int = 0) -> float:
        return self.foresight.wait_s(Place(start, length, behind, ending))


def test_on_a_fast_machine_two_words_are_enough() -> None:
    assert Moment(tempo(0.004, 0.03, 0.02)).wait_s(len("Not yet,")) == 0


def test_on_a_slow_machine_they_are_held_back_until_more_is_there() -> None:
    moment = Moment(tempo(0.03))
    assert moment.wait_s(len("Not yet,")) == 2.0
    assert moment.wait_s(60) == 0


def test_nothing_is_held_back_longer_than_allowed() -> None:
    moment = Moment(tempo(0.2), hold_s=1.5)
    assert moment.wait_s(8) == 1.5
    moment.now += 1.0
    assert moment.wait_s(20) == pytest.approx(0.5)
    moment.now += 0.6
    assert moment.wait_s(20) == 0
    assert moment.wait_s(9, start=20) == 1.5, "another clause, which nobody has waited for yet"


def test_behind_a_sentence_there_may_be_a_pause() -> None:
    moment = Moment(tempo(0.01))
    assert moment.wait_s(11) > 0
    assert moment.wait_s(11, ending=Ending.SENTENCE) == 0


def test_while_something_sounds_a_clause_grows_as_long_as_that_lasts() -> None:
    known = tempo(0.01)
    moment = Moment(known, ahead_s=2.0)
    slack_s = 2.0 - known.first_s(20) - SPARE_S
    assert moment.wait_s(20, start=30) == pytest.approx(slack_s)
    moment.ahead_s = 0.6
    assert moment.wait_s(20, start=30) == 0, "the next place would come too late"
    assert moment.wait_s(20, 38, start=30) > 0, "it must be near"
    assert moment.wait_s(20, ending=Ending.SENTENCE, start=30) == 0


def test_a_clause_does_not_outgrow_a_voice_that_makes_it_whole() -> None:
    moment = Moment(tempo(0.01, first_s=0.5), ahead_s=9.0)
    assert moment.wait_s(10, start=30) == 0


@given(
    st.floats(0.001, 0.3), st.floats(1.0, 5.0), st.integers(2, 200), st.floats(0, 3), st.sampled_from(Ending)
)
def test_who_writes_faster_never_waits_in_silence_where_a_slower_one_does_not(
    letter_s: float, times: float, length: int, ahead_s: float, ending: Ending
) -> None:
    slow, fast = Moment(tempo(letter_s * times)), Moment(tempo(letter_s))
    assert fast.wait_s(length, ending=ending) <= slow.wait_s(length, ending=ending)


def test_what_is_there_is_cut_into_sentences() -> None:
    rules = WholeSentences()
    assert rules.wait_s(Place(0, 9, 0, Ending.PHRASE)) == 0
    assert rules.wait_s(Place(9, 9, 0, Ending.PHRASE)) == float("inf")
    assert rules.wait_s(Place(9, 9, 0, Ending.SENTENCE)) == 0


PHRASES = st.lists(
    st.tuples(st.integers(2, 8), st.sampled_from([", ", ", ", ". "])), min_size=2, max_size=8
).map(lambda parts: "".join("word " * (words - 1) + "word" + mark for words, mark in parts) + "The end.")
"""Texts whose marks are 10 to 42 characters apart."""


@st.composite
def machines(draw: st.DrawFn) -> Paces:
    """Of those that can write and speak faster than is spoken, one after the other."""
    token_s = draw(st.floats(0.06, 0.17))  # of five characters and their mark
    factor = draw(st.floats(0.0, 0.3))
    return Paces(token_s, draw(st.floats(0.0, 0.15)), factor, one_core=draw(st.booleans()))


def starved(reply: Recited) -> list[float]:
    return [gap.seconds for gap in reply.starved(PAUSE_S)]


@settings(deadline=None, max_examples=25)
@given(PHRASES, machines())
def test_a_machine_that_keeps_up_is_never_silent_within_a_reply(text: str, paces: Paces) -> None:
    known = tempo(paces.token_s / 5, paces.first_s, paces.factor, 44)
    reply = recite(text, paces, known, ReplySettings(hold_s=10))
    assert starved(reply) == []
    assert reply.heard == text
    assert " ".join(reply.clauses) == text


@settings(deadline=None, max_examples=10)
@given(PHRASES, machines(), st.floats(0, 3))
def test_whatever_happens_all_of_it_is_said_once(text: str, paces: Paces, hold_s: float) -> None:
    reply = recite(text, paces, Tempo(), ReplySettings(hold_s=hold_s))
    assert " ".join(reply.clauses) == reply.heard == text
