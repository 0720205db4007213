import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.audio import Samples
from appliance.core.speech import WordMark
from appliance.engines.voice_sound import (
    GAIN_RANGE,
    KNEE,
    SPEECH_LEVEL,
    Passage,
    gain_for,
    limited,
    speech_chunks,
    speech_level,
)

RATE = 16_000


def tone(seconds: float, level: float = 0.1) -> Samples:
    """A 200 Hz sine of a given RMS."""
    times = np.arange(round(seconds * RATE)) / RATE
    return (level * math.sqrt(2) * np.sin(2 * np.pi * 200 * times)).astype(np.float32)


def quiet(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), dtype=np.float32)


def test_the_level_of_speech_does_not_count_its_pauses() -> None:
    paused = np.concatenate([tone(0.5), quiet(2), tone(0.5)])
    assert speech_level(paused, RATE) == pytest.approx(0.1, rel=0.01)


def test_the_level_of_nothing_is_nought() -> None:
    assert speech_level(quiet(0), RATE) == 0.0
    assert speech_level(quiet(1), RATE) == 0.0
    assert gain_for(quiet(1), RATE) == 1.0


@pytest.mark.parametrize("level", [0.02, 0.1, 0.5])
def test_any_voice_is_brought_to_the_common_level(level: float) -> None:
    voice = tone(1, level)
    assert speech_level(voice * gain_for(voice, RATE), RATE) == pytest.approx(SPEECH_LEVEL, rel=0.01)


def test_a_broken_voice_is_not_amplified_without_end() -> None:
    assert gain_for(tone(1, 1e-5), RATE) == GAIN_RANGE[1]


@given(st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=50))
def test_the_limiter_keeps_order_and_full_scale(values: list[float]) -> None:
    samples = np.sort(np.array(values, dtype=np.float32))
    bent = limited(samples)
    assert np.abs(bent).max() <= 1.0
    assert (np.diff(bent) >= 0).all()
    below = np.abs(samples) <= KNEE
    np.testing.assert_array_equal(bent[below], samples[below])


def test_silent_ends_are_cut_and_marks_move_along() -> None:
    first = Passage((np.concatenate([quiet(0.2), tone(0.5), quiet(0.4)]),), (WordMark(0, 3200),), 0.1)
    second = Passage((np.concatenate([quiet(0.1), tone(0.3)]),), (WordMark(4, 1600), WordMark(8, 4800)), 0.2)
    spoken = list(speech_chunks([first, second], RATE, 1.0))
    lengths = [len(chunk.samples) / RATE for chunk in spoken]
    assert lengths == pytest.approx([0.01 + 0.5 + 0.03 + 0.1, 0.01 + 0.3 + 0.2], abs=0.002)
    begin = len(spoken[0].samples)
    assert spoken[0].words[0].sample == pytest.approx(160, abs=10)
    assert [word.sample - begin for word in spoken[1].words] == pytest.approx([160, 3360], abs=10)


def test_a_silent_passage_vanishes() -> None:
    silent = Passage((quiet(1),), (WordMark(0, 0),), 0.3)
    assert list(speech_chunks([silent], RATE, 1.0)) == []


def test_a_passage_is_not_changed() -> None:
    passage = Passage((tone(0.2),), (), 0.1)
    (given,) = passage.pieces
    before = given.copy()
    list(speech_chunks([passage], RATE, 1.0))
    np.testing.assert_array_equal(given, before)


def test_the_shortest_sound_is_faded_and_kept() -> None:
    (chunk,) = speech_chunks([Passage((np.full(3, 0.5, dtype=np.float32),), (), 0.0)], RATE, 1.0)
    assert len(chunk.samples) == 3
    assert chunk.samples[0] == chunk.samples[-1] == 0.0


@given(
    cuts=st.lists(st.integers(0, 14_000), max_size=6),
    words=st.lists(st.integers(0, 14_500), max_size=5).map(sorted),
    least=st.floats(0.0, 0.5),
)
def test_in_pieces_it_is_the_same_sound_with_the_same_words(
    cuts: list[int], words: list[int], least: float
) -> None:
    speech = np.concatenate([quiet(0.1), tone(0.3, 0.7), quiet(0.2), tone(0.2), quiet(0.1)])[:14_000]
    marks = tuple(WordMark(offset, sample) for offset, sample in enumerate(words))
    first = Passage((tone(0.2),), (), 0.1)
    whole = list(speech_chunks([first, Passage((speech,), marks, 0.2)], RATE, 1.5))
    pieces = np.split(speech, sorted(cuts))
    parts = list(speech_chunks([first, Passage(pieces, marks, 0.2)], RATE, 1.5, lambda s: s >= least))
    assert len(whole) == 2
    together, apart = (np.concatenate([chunk.samples for chunk in said]) for said in (whole, parts))
    np.testing.assert_array_equal(together, apart)
    assert [word for chunk in parts for word in chunk.words] == list(whole[1].words)
    ends = np.cumsum([0, *(len(chunk.samples) for chunk in parts)])
    for chunk, start, end in zip(parts, ends, ends[1:], strict=False):
        assert all(start <= word.sample < end for word in chunk.words)
        assert len(chunk.samples) > 0
