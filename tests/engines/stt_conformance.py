"""What every speech recogniser must do. Subclass, say how to create one, and what it surely understands."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
import pytest

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.errors import Cancelled
from appliance.core.interfaces import SpeechToText
from appliance.core.speech import Transcript
from appliance.engines.utterances import LONGEST_S, MAX_OPEN


class Token:
    """A cancel token; `after` looks at it, it turns out to be cancelled."""

    def __init__(self, after: int | None = None) -> None:
        self._looks_left = after

    @property
    def cancelled(self) -> bool:
        if self._looks_left is None:
            return False
        self._looks_left -= 1
        return self._looks_left < 0

    def raise_if_cancelled(self) -> None:
        if self.cancelled:
            raise Cancelled

    def on_cancel(self, action: Callable[[], None]) -> None:
        if self.cancelled:
            action()


NEVER = Token()


def quiet(seconds: float) -> Samples:
    """A room in which nobody speaks."""
    rng = np.random.default_rng(0)
    return (1e-4 * rng.standard_normal(round(seconds * CAPTURE_RATE))).astype(np.float32)


def say(engine: SpeechToText, utterance: int, samples: Samples, piece: int = 320) -> Transcript:
    """Give a recording piece by piece, as a microphone would, and finish."""
    for start in range(0, len(samples), piece):
        engine.accept(utterance, samples[start : start + piece], NEVER)
    return engine.finish(utterance, NEVER)


class SpeechToTextConformance(ABC):
    @abstractmethod
    def create(self) -> SpeechToText:
        """A new engine, not used by anybody."""

    @abstractmethod
    def sentence(self) -> tuple[Samples, str]:
        """A recording and a word that is surely understood in it, in lower case."""

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls) -> SpeechToText:
        """One for all tests of the class: whatever a test leaves behind must not matter to the next."""
        engine = cls().create()
        engine.probe()
        engine.warm()
        return engine

    @pytest.fixture(scope="class")
    @classmethod
    def finished(cls) -> Transcript:
        """What is understood of the sentence by an engine that has never heard anything else."""
        fresh = cls().create()
        transcript = say(fresh, 1, cls().sentence()[0])
        fresh.close()
        return transcript

    def test_words_are_understood(self, engine: SpeechToText) -> None:
        samples, word = self.sentence()
        transcript = say(engine, 1, samples)
        assert word in transcript.text.lower()
        assert transcript.text == transcript.text.strip()
        assert 0.0 < transcript.confidence <= 1.0

    def test_the_size_of_the_pieces_does_not_matter(self, engine: SpeechToText) -> None:
        samples, word = self.sentence()
        for piece in (160, len(samples)):  # 320 elsewhere
            assert word in say(engine, 1, samples, piece).text.lower()

    def test_the_caller_may_reuse_its_buffer(self, engine: SpeechToText) -> None:
        samples, word = self.sentence()
        buffer = samples.copy()
        engine.accept(1, buffer, NEVER)
        buffer[:] = 0.0
        assert word in engine.finish(1, NEVER).text.lower()

    def test_an_utterance_without_sound_is_empty(self, engine: SpeechToText) -> None:
        assert engine.finish(1, NEVER) == Transcript("", 0.0)
        for seconds in (0.0, 0.001, 0.02, 0.09):
            assert say(engine, 1, quiet(seconds)).text == ""

    def test_finishing_closes_the_utterance(self, engine: SpeechToText) -> None:
        say(engine, 1, self.sentence()[0])
        assert engine.finish(1, NEVER) == Transcript("", 0.0)

    def test_discarding_forgets(self, engine: SpeechToText) -> None:
        engine.accept(1, self.sentence()[0], NEVER)
        engine.discard(1, NEVER)
        engine.discard(1, NEVER)
        engine.discard(99, NEVER)
        assert engine.finish(1, NEVER) == Transcript("", 0.0)

    def test_two_people_may_speak_at_once(self, engine: SpeechToText) -> None:
        samples, word = self.sentence()
        half = len(samples) // 2
        engine.accept(1, samples[:half], NEVER)
        engine.accept(2, samples[:half], NEVER)
        engine.accept(1, samples[half:], NEVER)
        engine.accept(2, samples[half:], NEVER)
        assert word in engine.finish(2, NEVER).text.lower()
        assert word in engine.finish(1, NEVER).text.lower()

    def test_the_oldest_of_too_many_is_forgotten(self, engine: SpeechToText) -> None:
        samples, word = self.sentence()
        for utterance in range(MAX_OPEN + 1):
            engine.accept(utterance, samples, NEVER)
        assert engine.finish(0, NEVER) == Transcript("", 0.0)
        assert word in engine.finish(MAX_OPEN, NEVER).text.lower()
        for utterance in range(MAX_OPEN):
            engine.discard(utterance, NEVER)

    def test_an_endless_utterance_ends_after_thirty_seconds(self, engine: SpeechToText) -> None:
        samples, word = self.sentence()
        endless = np.concatenate([samples, quiet(LONGEST_S), samples])
        text = say(engine, 1, endless, piece=CAPTURE_RATE).text.lower()
        assert text.count(word) <= 1

    def test_cancelling_raises_and_leaves_the_engine_usable(self, engine: SpeechToText) -> None:
        samples, word = self.sentence()
        engine.accept(1, samples, NEVER)
        with pytest.raises(Cancelled):
            engine.finish(1, Token(after=0))
        assert engine.finish(1, NEVER) == Transcript("", 0.0)
        with pytest.raises(Cancelled):
            engine.accept(2, samples, Token(after=0))
        engine.discard(2, Token(after=0))
        assert word in say(engine, 3, samples).text.lower()

    def test_peeking_tells_what_finishing_would(self, engine: SpeechToText, finished: Transcript) -> None:
        samples, word = self.sentence()
        engine.accept(2, samples, NEVER)
        assert engine.peek(2, NEVER) == finished
        assert word in finished.text.lower()
        engine.discard(2, NEVER)

    def test_an_utterance_goes_on_after_a_peek_as_if_nothing_had_happened(self, engine: SpeechToText) -> None:
        samples, _ = self.sentence()
        both = np.concatenate([samples, quiet(0.3), samples[: len(samples) // 2]])
        undisturbed = say(engine, 1, both)
        for place in (1600, len(samples) // 2, len(samples)):
            engine.accept(2, both[:place], NEVER)
            engine.peek(2, NEVER)
            for start in range(place, len(both), 1600):
                engine.accept(2, both[start : start + 1600], NEVER)
            finished = engine.finish(2, NEVER)
            assert finished.text == undisturbed.text
            assert finished.confidence == pytest.approx(undisturbed.confidence, abs=1e-3)

    def test_a_cancelled_peek_loses_nothing(self, engine: SpeechToText, finished: Transcript) -> None:
        samples, _ = self.sentence()
        engine.accept(2, samples, NEVER)
        for looks in (0, 1, 2):
            with pytest.raises(Cancelled):
                engine.peek(2, Token(after=looks))
        assert engine.finish(2, NEVER) == finished

    def test_finishing_what_was_just_peeked_at_is_no_work(self, engine: SpeechToText) -> None:
        engine.accept(1, self.sentence()[0], NEVER)
        peeked = engine.peek(1, NEVER)
        once = Token(after=1)  # whoever decodes looks more often
        assert engine.peek(1, once) == peeked
        assert engine.finish(1, Token(after=1)) == peeked

    def test_peeking_opens_nothing(self, engine: SpeechToText) -> None:
        assert engine.peek(1, NEVER) == Transcript("", 0.0)
        engine.accept(1, quiet(0.0), NEVER)
        assert engine.peek(1, NEVER) == Transcript("", 0.0)
        engine.discard(1, NEVER)

    def test_peeking_at_one_person_disturbs_no_other(
        self, engine: SpeechToText, finished: Transcript
    ) -> None:
        samples, _ = self.sentence()
        half = len(samples) // 2
        for utterance in (1, 2):
            engine.accept(utterance, samples[:half], NEVER)
        engine.peek(2, NEVER)
        for utterance in (1, 2):
            engine.accept(utterance, samples[half:], NEVER)
        engine.peek(1, NEVER)
        assert (engine.finish(2, NEVER), engine.finish(1, NEVER)) == (finished, finished)

    def test_the_past_leaves_no_words_behind(self, engine: SpeechToText) -> None:
        samples, word = self.sentence()
        say(engine, 1, samples)
        assert word not in say(engine, 2, quiet(1.0)).text.lower()

    def test_the_result_does_not_depend_on_what_was_said_before(
        self, engine: SpeechToText, finished: Transcript
    ) -> None:
        samples, _ = self.sentence()
        say(engine, 1, np.concatenate([samples[::-1], 0.1 * samples]))
        assert say(engine, 2, samples) == finished

    def test_close_can_be_called(self) -> None:
        self.create().close()
