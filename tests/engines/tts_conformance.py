"""What every voice must do. Subclass and say how to create one; the suite closes it."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.core.audio import Samples
from appliance.core.errors import Cancelled
from appliance.core.interfaces import TextToSpeech
from appliance.core.speech import SpeechChunk, WordMark
from appliance.engines.voice_sound import SPEECH_LEVEL, speech_level
from appliance.engines.voice_text import words
from appliance.engines.voice_trim import AUDIBLE

REPLY = "The capital of France is Paris, in the middle of the country. Would you like to know more?"
ODD = [
    "🎉 party 🎉",
    "Ünïcödé naïveté — “quoted” … yes",
    "<speak><break time='9s'/>&amp; done</speak>",
    "[[h@l'oU]] there",
    "nul \x00 and \x01500S bell \x07",
    "half a pair \ud83d here",
    "x",
    "a\n\nb\tc",
    "1984 3.14 U.S.A. p.m. 50%",
    "word " * 400,
    "x" * 2000,
    "e\u0301" * 50 + " \u200bjoined\u200d",
]


class Token:
    """A cancel token that is cancelled by hand, or while the work runs."""

    def __init__(self, *, as_soon_as_registered: bool = False) -> None:
        self.cancelled = False
        self._eager = as_soon_as_registered
        self._actions: list[Callable[[], None]] = []

    def cancel(self) -> None:
        self.cancelled = True
        for action in self._actions:
            action()

    def raise_if_cancelled(self) -> None:
        if self.cancelled:
            raise Cancelled

    def on_cancel(self, action: Callable[[], None]) -> None:
        self._actions.append(action)
        if self._eager or self.cancelled:
            self.cancel()


def chunks(voice: TextToSpeech, text: str) -> list[SpeechChunk]:
    return list(voice.synthesize(text, Token()))


def sound(spoken: list[SpeechChunk]) -> Samples:
    return np.concatenate([chunk.samples for chunk in spoken]) if spoken else np.zeros(0, np.float32)


def marks(spoken: list[SpeechChunk]) -> list[WordMark]:
    return [word for chunk in spoken for word in chunk.words]


def word_starts(text: str) -> list[int]:
    return [start for start, _ in words(text)]


def assert_well_formed(spoken: list[SpeechChunk], text: str) -> None:
    """All that is promised of any text."""
    for chunk in spoken:
        assert chunk.samples.dtype == np.float32
        assert chunk.samples.ndim == 1
        assert len(chunk.samples)
        assert np.isfinite(chunk.samples).all()
        assert np.abs(chunk.samples).max() < 1.0
        assert chunk.rate == spoken[0].rate
    starts = word_starts(text)
    placed = marks(spoken)
    assert all(word.offset in starts for word in placed)
    assert all(a.offset < b.offset and a.sample <= b.sample for a, b in pairwise(placed))
    position = 0
    for chunk in spoken:
        end = position + len(chunk.samples)
        assert all(position <= word.sample < end for word in chunk.words)
        position = end


class TextToSpeechConformance(ABC):
    aligned = True
    """Whether the voice tells where its words are. One that does not tells nothing, rather than guess."""

    def places(self, text: str) -> list[int]:
        """Where words have to be told."""
        return word_starts(text) if self.aligned else []

    @abstractmethod
    def create(self) -> TextToSpeech:
        """A new engine, not used by anybody."""

    @pytest.fixture
    def voice(self) -> Iterator[TextToSpeech]:
        voice = self.create()
        yield voice
        voice.close()

    def test_probe_and_warm_pass(self, voice: TextToSpeech) -> None:
        voice.probe()
        voice.warm()
        assert chunks(voice, REPLY)

    def test_a_reply_is_heard_and_every_word_has_its_place(self, voice: TextToSpeech) -> None:
        spoken = chunks(voice, REPLY)
        assert_well_formed(spoken, REPLY)
        assert [word.offset for word in marks(spoken)] == self.places(REPLY)
        seconds = len(sound(spoken)) / spoken[0].rate
        assert 0.15 * len(REPLY.split()) < seconds < 0.8 * len(REPLY.split())

    def test_all_voices_are_equally_loud(self, voice: TextToSpeech) -> None:
        spoken = chunks(voice, REPLY)
        level = 20 * math.log10(speech_level(sound(spoken), spoken[0].rate) / SPEECH_LEVEL)
        assert -1.5 < level < 1.5

    def test_there_is_no_direct_current(self, voice: TextToSpeech) -> None:
        assert abs(float(sound(chunks(voice, REPLY)).mean())) < 0.003

    def test_no_chunk_begins_with_a_click(self, voice: TextToSpeech) -> None:
        spoken = chunks(voice, REPLY)
        heard = sound(spoken)
        assert abs(heard[0]) < 0.001
        assert abs(heard[-1]) < 0.001
        within = max(float(np.abs(np.diff(chunk.samples)).max(initial=0.0)) for chunk in spoken)
        assert np.abs(np.diff(heard)).max() <= within

    def test_speech_begins_at_once(self, voice: TextToSpeech) -> None:
        spoken = chunks(voice, REPLY)
        first = np.flatnonzero(np.abs(sound(spoken)) > 0.01)[0]
        assert first < 0.03 * spoken[0].rate

    def test_the_pause_fits_the_punctuation(self, voice: TextToSpeech) -> None:
        def silence_after(text: str) -> float:
            spoken = chunks(voice, text)
            heard = sound(spoken)
            return (len(heard) - int(np.flatnonzero(np.abs(heard) > AUDIBLE)[-1])) / spoken[0].rate

        unfinished, clause, sentence = (silence_after(f"well then{mark}") for mark in ("", ",", "."))
        assert 0.0 < unfinished < clause < sentence < 0.3

    def test_nothing_to_say_is_no_sound(self, voice: TextToSpeech) -> None:
        for text in ("", " \n ", "...", "?! —", "()"):
            assert chunks(voice, text) == []

    @pytest.mark.parametrize("text", ODD, ids=[text[:12].encode("unicode_escape").decode() for text in ODD])
    def test_odd_text_is_read_or_skipped(self, voice: TextToSpeech, text: str) -> None:
        assert_well_formed(chunks(voice, text), text)
        assert chunks(voice, REPLY)

    def test_markup_is_text(self, voice: TextToSpeech) -> None:
        plain = len(sound(chunks(voice, "one two")))
        assert len(sound(chunks(voice, "one <break time='5s'/> two"))) > plain
        assert len(sound(chunks(voice, "[[ one ]] two"))) == pytest.approx(plain, rel=0.3)

    def test_repeating_gives_the_same_length(self, voice: TextToSpeech) -> None:
        first, again = (len(sound(chunks(voice, REPLY))) for _ in range(2))
        assert first == pytest.approx(again, rel=0.02)

    def test_a_cancelled_text_is_not_spoken(self, voice: TextToSpeech) -> None:
        token = Token()
        token.cancel()
        with pytest.raises(Cancelled):
            list(voice.synthesize(REPLY, token))
        assert chunks(voice, REPLY)

    def test_cancelling_between_chunks_ends_it(self, voice: TextToSpeech) -> None:
        token = Token()
        spoken = voice.synthesize("One sentence. Two sentences. Three sentences.", token)
        assert len(next(spoken).samples)
        token.cancel()
        with pytest.raises(Cancelled):
            next(spoken)
        assert chunks(voice, REPLY)

    def test_it_can_be_left_in_the_middle(self, voice: TextToSpeech) -> None:
        for _ in range(3):
            spoken = iter(voice.synthesize(REPLY, Token()))
            next(spoken)
            del spoken
        assert [word.offset for word in marks(chunks(voice, REPLY))] == self.places(REPLY)

    # One voice reads all examples of a test, and each engine inherits the test: both are meant.
    @settings(
        max_examples=30,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(text=st.text(max_size=60))
    def test_any_text_is_survived(self, voice: TextToSpeech, text: str) -> None:
        assert_well_formed(chunks(voice, text), text)
