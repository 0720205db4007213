"""When words sound: told by voices, estimated without them, and never claimed before they began."""

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.audio import Samples
from appliance.core.speech import SpeechChunk, WordMark
from appliance.engines.espeak import Espeak, EspeakSettings
from appliance.engines.voice_text import words
from appliance.pipeline.word_times import SLOWEST_LETTER_S, WordTimes
from tests.engines.fake_voice import FakeVoice
from tests.heard import RATE, Spans, Spoken, Unmarked, judge, places

HZ = 1000
"""Of the sounds below: a sample is a millisecond."""


def tone(length: int) -> Samples:
    return np.full(length, 0.1, np.float32)


def hush(length: int) -> Samples:
    return np.zeros(length, np.float32)


def chunk(*parts: Samples, words: tuple[tuple[int, int], ...] = (), rate: int = HZ) -> SpeechChunk:
    return SpeechChunk(np.concatenate(parts), rate, tuple(WordMark(*word) for word in words))


def times(text: str, *chunks: SpeechChunk, complete: bool = True) -> WordTimes:
    made = WordTimes(text, HZ)
    for piece in chunks:
        made.add(piece)
    made.complete = complete
    return made


ONE_TWO = chunk(tone(100), hush(50), tone(200), hush(250), words=((0, 0), (4, 150)))


def test_a_pause_does_not_belong_to_the_word_before_it() -> None:
    said = times("one two.", ONE_TWO)
    assert [said.heard(at) for at in (0, 99, 100, 349, 350, 600)] == [0, 0, 4, 4, 8, 8]


def test_the_last_word_of_what_is_there_may_go_on() -> None:
    said = times("one two.", ONE_TWO, complete=False)
    assert said.heard(600) == 4
    said.add(chunk(tone(100)))
    said.complete = True
    assert [said.heard(at) for at in (600, 699, 700)] == [4, 4, 8]


def test_a_word_may_lie_in_two_pieces_of_sound() -> None:
    said = times("one two", chunk(tone(100), words=((0, 0),)), chunk(tone(50), tone(150), words=((4, 150),)))
    assert [said.heard(at) for at in (100, 149, 150, 299, 300)] == [0, 0, 4, 4, 7]


def test_a_word_without_a_sound_is_heard_with_the_one_before() -> None:
    said = times("one — two", chunk(tone(100), tone(100), words=((0, 0), (4, 100), (6, 100))))
    assert [said.heard(at) for at in (99, 100, 200)] == [0, 6, 9]


def test_another_rate_moves_no_word() -> None:
    said = times("one two", chunk(tone(200), tone(200), words=((0, 0), (4, 200)), rate=2 * HZ))
    assert [said.heard(at) for at in (99, 100, 199, 200)] == [0, 4, 4, 7]


def test_the_next_boundary_is_the_next_words_beginning() -> None:
    said = times("one two.", ONE_TWO)
    assert [said.boundary_after(at) for at in (0, 100, 149, 150, 600)] == [150, 150, 150, None, None]


def test_nothing_is_known_of_no_sound() -> None:
    said = WordTimes("one two", HZ)
    assert said.heard(0) == 0
    assert WordTimes("", HZ).heard(10) == 0
    assert WordTimes("", HZ).boundary_after(0) is None


def test_a_voice_without_marks_is_taken_for_slow_until_all_of_its_sound_is_there() -> None:
    text = "one two three four"
    said = times(text, chunk(tone(300)), complete=False)
    assert said.heard(300) == 0
    assert said.heard(round(SLOWEST_LETTER_S * HZ * len(text))) < len(text)
    said.add(chunk(tone(900)))
    said.complete = True
    assert said.heard(300) == len("one ")
    assert said.heard(1199) < said.heard(1200) == len(text)
    boundaries = {said.boundary_after(at) for at in range(1200)}
    assert len(boundaries) == len(text.split())


@given(
    lengths=st.lists(st.tuples(st.integers(1, 300), st.integers(0, 300)), min_size=1, max_size=12),
    cuts=st.lists(st.integers(0, 4000), max_size=5),
    stop=st.integers(0, 5000),
    complete=st.booleans(),
)
def test_exactly_the_words_that_had_sounded(
    lengths: list[tuple[int, int]], cuts: list[int], stop: int, complete: bool
) -> None:
    text = " ".join("word" for _ in lengths)
    sound = np.concatenate([part for loud, quiet in lengths for part in (tone(loud), hush(quiet))])
    ends = np.cumsum([loud + quiet for loud, quiet in lengths])
    starts = [0, *ends.tolist()[:-1]]
    marks = [WordMark(5 * index, start) for index, start in enumerate(starts)]
    said = WordTimes(text, HZ)
    for first, last in pairwise(sorted({0, len(sound), *(cut for cut in cuts if cut < len(sound))})):
        inside = tuple(mark for mark in marks if first <= mark.sample < last)
        said.add(SpeechChunk(sound[first:last], HZ, inside))
    said.complete = complete
    ended = sum(start + loud <= stop for start, (loud, _) in zip(starts, lengths, strict=True))
    expected = ended if complete else min(ended, len(lengths) - 1)
    assert said.heard(stop) == min(5 * expected, len(text))
    after = said.boundary_after(stop)
    assert after == next((start for start in starts if start > stop), None)


REPLIES = (
    "It costs $12.50, e.g. for 3 days. **Bring** it back when it's empty, please! Goodbye.",
    "Dr. Smith is in. I'd say about 25% of the people here speak French, but nobody knows why.",
)


def spoken(voice: Spoken, text: str) -> Spans:
    """As the voice says."""
    chunks = voice.chunks(text)
    marks = [mark.sample for piece in chunks for mark in piece.words]
    total = sum(len(piece.samples) for piece in chunks)
    return [(begin / chunks[0].rate, end / chunks[0].rate) for begin, end in pairwise([*marks, total])]


def tones(text: str) -> Iterator[tuple[float, float]]:
    """Where the fake voice has to put its words: 50 ms a letter, and a pause after each sentence."""
    at = 0.0
    for _, word in words(text):
        yield at, at + 0.05 * len(word)
        at += 0.05 * len(word)


class TestStops:
    """Replies stopped in the loudspeaker; scripts/evaluate_heard.py does the same at random, in thousands."""

    @pytest.mark.parametrize("text", REPLIES)
    def test_with_marks(self, text: str) -> None:
        voice = Spoken(FakeVoice())
        truth = places(text, voice, lambda said: list(tones(said)))
        for stop in np.linspace(0.03, truth[-1].end / RATE + 0.3, 25):
            verdict = judge(text, voice, truth, float(stop))
            assert abs(verdict.error) <= 1
            assert verdict.claimed <= verdict.begun

    @pytest.mark.parametrize("text", REPLIES)
    def test_without_marks(self, text: str) -> None:
        voice = Unmarked(FakeVoice())
        truth = places(text, voice, lambda said: list(tones(said)))
        for stop in np.linspace(0.03, truth[-1].end / RATE + 0.3, 25):
            verdict = judge(text, voice, truth, float(stop))
            assert abs(verdict.error) <= 2
            assert verdict.claimed <= verdict.begun

    @pytest.mark.engines
    def test_of_a_real_voice(self) -> None:
        with closing(Espeak(EspeakSettings())) as espeak:
            voice, silent = Spoken(espeak), Unmarked(espeak)
            for text in REPLIES:
                truth = places(text, voice, lambda said: spoken(voice, said))
                for stop in np.linspace(0.03, truth[-1].end / RATE, 12):
                    exact = judge(text, voice, truth, float(stop))
                    assert exact.ended <= exact.claimed <= min(exact.begun, exact.ended + 1)
                    estimated = judge(text, silent, truth, float(stop))
                    assert abs(estimated.claimed - exact.claimed) <= 2
                    assert estimated.claimed <= estimated.begun
