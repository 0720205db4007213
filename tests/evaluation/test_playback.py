"""A recording held against the reply, on replies of noise whose every sample is known."""

import numpy as np
import pytest

from appliance.core.audio import Samples
from appliance.core.speech import SpeechChunk, WordMark
from scripts.evaluation.playback import (
    Reference,
    Trace,
    Word,
    follow,
    last_audible,
    lowered,
    reference,
    silent_from,
    skipped_and_repeated,
    words_heard,
)

RATE = 16_000
WORD = RATE // 2
"""Samples per word: four tenths of a second of sound, then a pause."""


def reply(words: int = 6) -> Reference:
    rng = np.random.default_rng(7)
    sound = rng.normal(scale=0.1, size=words * WORD).astype(np.float32)
    for number in range(words):
        sound[(number + 1) * WORD - WORD // 5 : (number + 1) * WORD] = 0
    marks = tuple(
        Word(f"word{number}", number * WORD, (number + 1) * WORD - WORD // 5) for number in range(words)
    )
    return Reference(sound, marks)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), np.float32)


def traced(recording: Samples, whole: Reference) -> Trace:
    return follow(recording, whole.samples, RATE, len(recording), RATE)


def played(*parts: Samples) -> Samples:
    """After a second of silence, and before another."""
    return np.concatenate([silence(1), *parts, silence(1)])


def test_a_reply_that_nobody_disturbs() -> None:
    whole = reply()
    trace = traced(played(whole.samples), whole)
    assert trace.reached == len(whole.samples)
    assert skipped_and_repeated(trace, whole) == ([], [])
    over = lowered(trace, RATE, 20)  # it is silent once it is over, not before
    assert over
    assert over[0] == pytest.approx(3.9 * RATE, abs=80)


def test_where_a_reply_is_ducked() -> None:
    whole = reply()
    ducked = whole.samples.copy()
    ducked[WORD + 1000 :] *= 0.1
    found = lowered(traced(played(ducked), whole), RATE + WORD, 20)
    assert found
    loud, low = found
    assert loud <= RATE + WORD + 1000 + 40
    assert low == pytest.approx(RATE + WORD + 1000, abs=40)


def test_a_reply_that_is_not_low_enough_is_not_ducked() -> None:
    whole = reply()
    found = lowered(traced(played(whole.samples * 0.2), whole), RATE, 20)
    assert found is None or found[1] > 3.8 * RATE  # only where it is over


def test_held_at_a_word_and_gone_on_with() -> None:
    whole = reply()
    trace = traced(played(whole.samples[: 2 * WORD], silence(0.7), whole.samples[2 * WORD :]), whole)
    assert skipped_and_repeated(trace, whole) == ([], [])
    assert trace.reached == len(whole.samples)


def test_a_word_that_was_skipped() -> None:
    whole = reply()
    trace = traced(played(whole.samples[: 2 * WORD], silence(0.3), whole.samples[3 * WORD :]), whole)
    assert skipped_and_repeated(trace, whole) == (["word2"], [])


def test_a_word_that_was_heard_twice() -> None:
    whole = reply()
    trace = traced(played(whole.samples[: 2 * WORD], silence(0.3), whole.samples[WORD:]), whole)
    assert skipped_and_repeated(trace, whole) == ([], ["word1"])


def test_something_else_is_not_the_reply() -> None:
    whole = reply()
    question = np.random.default_rng(1).normal(scale=0.1, size=RATE).astype(np.float32)
    trace = traced(played(whole.samples[:WORD], silence(0.2), question), whole)
    assert trace.reached <= WORD + 40
    assert words_heard(whole, trace.reached, 0) == (1, 1)


@pytest.mark.parametrize(
    ("reached", "words"), [(0, (0, 0)), (10, (0, 1)), (WORD, (1, 1)), (WORD + 1, (1, 2))]
)
def test_words_heard(reached: int, words: tuple[int, int]) -> None:
    assert words_heard(reply(), reached, 0) == words


def test_the_fade_at_the_end_of_a_word_does_not_matter() -> None:
    end = WORD - WORD // 5
    assert words_heard(reply(), end - 100, 0) == (0, 1)
    assert words_heard(reply(), end - 100, 160) == (1, 1)


def test_the_last_that_is_heard() -> None:
    recording = played(reply(1).samples[:1000])
    assert last_audible(recording, RATE + 500, 2 * RATE) == pytest.approx(RATE + 1000, abs=5)
    assert last_audible(recording, RATE + 2000, 2 * RATE) == RATE + 2000


def test_silence_begins_after_the_last_sample_that_is_heard() -> None:
    recording = played(reply(1).samples[:1000])
    assert silent_from(recording, RATE, RATE // 10) == pytest.approx(RATE + 1000, abs=5)
    assert silent_from(recording, RATE + 5000, RATE // 10) == RATE + 5000
    assert silent_from(np.ones(100, np.float32), 0, 10) == 100


def test_a_reply_put_together_from_its_clauses() -> None:
    def chunk(marks: tuple[WordMark, ...]) -> SpeechChunk:
        return SpeechChunk(np.full(RATE, 0.1, np.float32), RATE, marks)

    clauses = [
        ("Well, yes.", [chunk((WordMark(0, 0), WordMark(6, 8000)))]),
        ("Why not?", [chunk((WordMark(0, 100), WordMark(4, 9000)))]),
    ]
    whole = reference(clauses, RATE)
    assert [word.text for word in whole.words] == ["Well,", "yes.", "Why", "not?"]
    assert [word.start for word in whole.words] == [0, 8000, RATE + 100, RATE + 9000]
    assert whole.words[-1].end == len(whole.samples) == 2 * RATE
