"""The judge of `make bench-peers` on recordings whose truth is known."""

from typing import Any

import numpy as np
import pytest

from scripts.peers.card import AUDIBLE, Sound
from scripts.peers.judge import Question, Verdict, judge

RATE = 22_050

FRESH = Question("a", 1.0, 3.0)
OVER = Question("b", 5.0, 7.0, interrupts=True)


def played(*stretches: tuple[float, float], seconds: float = 12.0, level: int = 8000) -> Sound:
    """A loudspeaker that sounds from second to second."""
    track = np.zeros(round(seconds * RATE), np.int16)
    for first, last in stretches:
        track[round(first * RATE) : round(last * RATE)] = level
    return track


def ms(value: float) -> Any:
    """To the sample."""
    return pytest.approx(value, abs=0.1)


def test_an_answer_counts_from_the_labelled_end_of_the_question() -> None:
    assert judge([FRESH], played((3.6, 5.0)), RATE) == [Verdict("a", False, answered_ms=ms(600.0))]


def test_silence_is_no_answer() -> None:
    assert judge([FRESH], played(), RATE) == [Verdict("a", False)]


def test_what_nobody_hears_is_no_answer() -> None:
    assert judge([FRESH], played((3.6, 5.0), level=AUDIBLE), RATE) == [Verdict("a", False)]
    assert judge([FRESH], played((3.6, 5.0), level=-32768), RATE)[0].answered_ms == ms(600.0)


def test_who_speaks_before_the_end_has_cut_in() -> None:
    assert judge([FRESH], played((2.5, 5.0)), RATE) == [Verdict("a", False, cut_in=True)]


def test_an_answer_belongs_to_the_question_before_the_next() -> None:
    later = Question("c", 6.0, 7.0)
    assert judge([FRESH, later], played((8.0, 9.0)), RATE) == [
        Verdict("a", False),
        Verdict("c", False, answered_ms=ms(1000.0)),
    ]


def test_an_interrupted_reply_goes_on_until_its_last_sound() -> None:
    verdicts = judge([FRESH, OVER], played((4.0, 5.25), (7.5, 9.0)), RATE)
    assert verdicts[1] == Verdict("b", True, answered_ms=ms(500.0), silent_ms=ms(250.0))


def test_a_pause_between_sentences_is_not_silence() -> None:
    track = played((4.0, 4.9), (5.3, 5.8), (6.3, 6.6), (7.5, 9.0))
    assert judge([FRESH, OVER], track, RATE)[1].silent_ms == ms(1600.0)


def test_a_reply_that_nobody_stops_ends_when_it_ends() -> None:
    assert judge([FRESH, OVER], played((4.0, 10.0)), RATE)[1] == Verdict("b", True, silent_ms=ms(5000.0))


def test_who_had_fallen_silent_was_not_interrupted() -> None:
    assert judge([FRESH, OVER], played((3.5, 4.2), (7.5, 9.0)), RATE)[1] == Verdict(
        "b", True, answered_ms=ms(500.0)
    )
    assert judge([FRESH, OVER], played((3.5, 4.9), (7.5, 9.0)), RATE)[1].silent_ms is None


def test_a_new_answer_before_the_end_of_an_interruption_has_cut_in() -> None:
    verdict = judge([FRESH, OVER], played((4.0, 5.2), (6.4, 9.0)), RATE)[1]
    assert (verdict.cut_in, verdict.answered_ms, verdict.silent_ms) == (True, None, ms(200.0))
