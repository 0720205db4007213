import pickle
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from appliance.core.errors import Cancelled, EngineError
from appliance.core.speech import Stage
from appliance.engines.espeak import Espeak, EspeakSettings
from appliance.engines.espeak_library import LONGEST_PATH, EspeakLibrary
from tests.engines.tts_conformance import TextToSpeechConformance, Token, chunks, marks, sound

pytestmark = pytest.mark.engines
SETTINGS = EspeakSettings()


@pytest.fixture
def espeak() -> Iterator[Espeak]:
    with closing(Espeak(SETTINGS)) as engine:
        yield engine


class TestEspeak(TextToSpeechConformance):
    def create(self) -> Espeak:
        return Espeak(SETTINGS)


def seconds(settings: EspeakSettings, text: str = "a fairly long sentence without a pause") -> float:
    with closing(Espeak(settings)) as engine:
        spoken = chunks(engine, text)
        return len(sound(spoken)) / spoken[0].rate


def period(settings: EspeakSettings) -> int:
    """Samples after which the voice repeats itself: between 60 and 400 Hz, by autocorrelation."""
    with closing(Espeak(settings)) as engine:
        spoken = sound(chunks(engine, "no no no"))
    likeness = [float(np.dot(spoken[:-lag], spoken[lag:])) for lag in range(55, 367)]
    return 55 + int(np.argmax(likeness))


def test_each_clause_is_a_chunk(espeak: Espeak) -> None:
    spoken = chunks(espeak, "One, two. Three?")
    assert [[word.offset for word in chunk.words] for chunk in spoken] == [[0], [5], [10]]


def test_words_that_espeak_merges_are_told_apart(espeak: Espeak) -> None:
    # It speaks "of the" as one word with one event.
    text = "in the middle of the night"
    places = {text[word.offset :].split(maxsplit=1)[0]: word.sample for word in marks(chunks(espeak, text))}
    assert places["middle"] < places["of"] < places["the"] < places["night"]


def test_a_word_is_marked_where_it_sounds(espeak: Espeak) -> None:
    # "s" hisses: most of its energy lies above that of any vowel.
    text = "oh oh oh seas oh oh"
    spoken = chunks(espeak, text)
    window = spoken[0].rate // 100
    blocks = sound(spoken)[: len(sound(spoken)) // window * window].reshape(-1, window)
    spectrum = np.abs(np.fft.rfft(blocks * np.hanning(window))) ** 2
    total = spectrum.sum(axis=1)
    hissing = (spectrum[:, 40:].sum(axis=1) > total / 2) & (total > total.max() / 1000)  # 4 kHz
    marked = marks(spoken)[3].sample
    assert abs(int(np.flatnonzero(hissing)[0]) * window - marked) < 4 * window


def test_speed_pitch_and_language_are_chosen() -> None:
    assert seconds(replace(SETTINGS, words_per_minute=330)) < 0.65 * seconds(SETTINGS)
    assert seconds(replace(SETTINGS, voice="de")) != pytest.approx(seconds(SETTINGS), rel=0.01)
    assert period(SETTINGS) > 1.3 * period(replace(SETTINGS, pitch=90))


def test_settings_do_not_outlive_their_engine() -> None:
    before = seconds(SETTINGS)
    seconds(replace(SETTINGS, words_per_minute=400, pitch=90))
    assert seconds(SETTINGS) == pytest.approx(before, rel=0.02)


def test_cancelling_stops_the_synthesis_itself(espeak: Espeak) -> None:
    looks = iter([True, True, False])
    rendering = espeak._library.render("word " * 300, lambda: next(looks, False))
    assert len(rendering.blocks) == 3
    assert chunks(espeak, "still there")


def test_cancelled_during_synthesis_is_cancelled(espeak: Espeak) -> None:
    class AtTheThirdBlock(Token):
        looks = 0

        @property
        def cancelled(self) -> bool:
            self.looks += 1
            return self.looks > 3

        @cancelled.setter
        def cancelled(self, value: bool) -> None: ...

    token = AtTheThirdBlock()
    with pytest.raises(Cancelled):
        list(espeak.synthesize("word " * 300, token))
    assert token.looks < 8


def test_an_unknown_voice_is_named_and_leaves_espeak_usable() -> None:
    with pytest.raises(EngineError, match="klingonese") as error:
        Espeak(replace(SETTINGS, voice="klingonese"))
    assert (error.value.stage, error.value.retryable) == (Stage.TTS, False)
    assert "espeak.voice" in error.value.remedy
    assert pickle.loads(pickle.dumps(error.value)).remedy == error.value.remedy
    assert seconds(SETTINGS) > 0


def test_missing_or_unreachable_data_do_not_end_the_process(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * LONGEST_PATH) / "espeak-ng-data"
    deep.mkdir(parents=True)
    for data in (tmp_path / "absent", deep):
        with pytest.raises(OSError, match="bytes"):
            EspeakLibrary(tmp_path / "libespeak-ng.so", data)
