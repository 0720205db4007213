import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.interfaces import CancelToken, SpeechToText
from appliance.core.speech import Transcript
from appliance.engines.utterances import LONGEST_S, MAX_OPEN, NOTHING, OpenUtterances
from tests.engines.stt_conformance import SpeechToTextConformance

LONGEST = LONGEST_S * CAPTURE_RATE


class LoudnessRecogniser:
    """The smallest recogniser: whoever is loud says “loud”."""

    def __init__(self) -> None:
        self._open = OpenUtterances()

    def accept(self, utterance: int, samples: Samples, cancel: CancelToken) -> str:
        cancel.raise_if_cancelled()
        self._open.append(utterance, samples)
        return self._understand(self._open.sound(utterance))

    def peek(self, utterance: int, cancel: CancelToken) -> Transcript:
        cancel.raise_if_cancelled()
        if not self._open.understood(utterance):
            for _ in range(3):  # it thinks for a while
                cancel.raise_if_cancelled()
            text = self._understand(self._open.sound(utterance))
            if not text:
                return NOTHING
            self._open.understand(utterance, Transcript(text, 1.0))
        return self._open.transcript(utterance)

    def finish(self, utterance: int, cancel: CancelToken) -> Transcript:
        try:
            return self.peek(utterance, cancel)
        finally:
            self._open.close(utterance)

    def discard(self, utterance: int, cancel: CancelToken) -> None:
        self._open.close(utterance)

    def probe(self) -> None:
        pass

    def warm(self) -> None:
        pass

    def close(self) -> None:
        pass

    def _understand(self, samples: Samples) -> str:
        return "loud" if len(samples) and float(np.abs(samples).max()) > 0.5 else ""


class TestLoudnessRecogniser(SpeechToTextConformance):
    def create(self) -> SpeechToText:
        return LoudnessRecogniser()

    def sentence(self) -> tuple[Samples, str]:
        return np.sin(np.arange(CAPTURE_RATE, dtype=np.float32)), "loud"


@given(st.lists(st.integers(0, 2 * LONGEST), max_size=5))
def test_sound_is_kept_in_order_up_to_the_longest(lengths: list[int]) -> None:
    utterances, position = OpenUtterances(), 0
    for length in lengths:
        utterances.append(7, np.arange(position, position + length, dtype=np.float32))
        position += length
    kept = utterances.close(7)
    np.testing.assert_array_equal(kept, np.arange(min(position, LONGEST), dtype=np.float32))


@given(st.lists(st.integers(0, 20), max_size=60))
def test_the_newest_are_open(opened: list[int]) -> None:
    utterances = OpenUtterances()
    expected: list[int] = []
    for utterance in opened:
        utterances.append(utterance, np.ones(1, dtype=np.float32))
        if utterance not in expected:
            expected = [*expected, utterance][-MAX_OPEN:]
    assert [utterance for utterance in range(21) if utterance in utterances] == sorted(expected)


def test_an_unknown_utterance_has_no_sound() -> None:
    assert len(OpenUtterances().sound(3)) == 0
    assert len(OpenUtterances().close(3)) == 0


def test_a_transcript_is_of_all_the_sound_until_more_comes() -> None:
    utterances, hello = OpenUtterances(), Transcript("hello", 0.9)
    assert not utterances.understood(7)
    assert utterances.transcript(7) == NOTHING
    utterances.append(7, np.ones(100, np.float32))
    assert not utterances.understood(7)
    utterances.understand(7, hello)
    utterances.append(7, np.ones(0, np.float32))
    assert utterances.understood(7)
    utterances.append(7, np.ones(1, np.float32))
    assert not utterances.understood(7)
    assert utterances.transcript(7) == hello, "the best there is"
    utterances.close(7)
    assert utterances.transcript(7) == NOTHING


def test_what_is_said_beyond_the_longest_is_nothing_new() -> None:
    utterances = OpenUtterances()
    utterances.append(7, np.ones(LONGEST, np.float32))
    utterances.understand(7, Transcript("long", 0.9))
    utterances.append(7, np.ones(1, np.float32))
    assert utterances.understood(7)
