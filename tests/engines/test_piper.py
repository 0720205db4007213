import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper

from appliance.core.audio import Samples
from appliance.core.errors import Cancelled, EngineError, ModelError
from appliance.core.speech import Stage
from appliance.engines.onnx_session import Provider, at_hand
from appliance.engines.piper import LONGEST_RUN, Piper, PiperSettings
from tests.engines.piper_voice import LEVEL, TestVoice, frequency, write_voice
from tests.engines.tts_conformance import TextToSpeechConformance, Token, chunks, marks, sound

pytestmark = pytest.mark.engines
SETTINGS = PiperSettings()


def at_once() -> float:
    """The clock of a machine on which nothing takes time: no sentence is worth making in pieces."""
    return 0.0


def busy() -> Callable[[], float]:
    """The clock of one on which every look at it takes 20 ms, whatever lies between."""
    return count(0.0, 0.02).__next__


@pytest.fixture(scope="module")
def voice_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_voice(tmp_path_factory.mktemp("voice"))


@pytest.fixture
def piper(voice_file: Path) -> Iterator[Piper]:
    with closing(Piper(voice_file, SETTINGS, at_once)) as engine:
        yield engine


class TestPiper(TextToSpeechConformance):
    @pytest.fixture(autouse=True)
    def _voice_file(self, voice_file: Path) -> None:
        self.file = voice_file

    def create(self) -> Piper:
        return Piper(self.file, SETTINGS, busy())


class TestQuietVoiceWithoutDurations(TextToSpeechConformance):
    """A voice whose durations cannot be found, and that is far too quiet."""

    aligned = False

    @pytest.fixture(autouse=True)
    def _voice_file(self, tmp_path: Path) -> None:
        self.file = write_voice(tmp_path, TestVoice(level=LEVEL / 8))
        hide_durations(self.file)

    def create(self) -> Piper:
        return Piper(self.file, SETTINGS)


def hide_durations(file: Path) -> None:
    """Add a second Ceil node, so that nobody can tell which of them rounds the durations."""
    model = onnx.load(str(file))
    model.graph.node.append(helper.make_node("Ceil", ["scales"], ["unused"]))
    onnx.save(model, str(file))


def pitch_at(samples: Samples, rate: int, start: int) -> float:
    """Hz of the strongest tone in the 40 ms from `start`, to a few Hz."""
    piece = samples[start : start + rate // 25]
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), 16 * len(piece)))
    return float(np.argmax(spectrum)) * rate / (16 * len(piece))


def phonemes(engine: Piper, text: str) -> list[int]:
    """The ids of the phonemes that sound."""
    table = engine._model._config.phoneme_id_map
    sentences = engine._model.phonemes(text)
    return [table[p][0] for sentence in sentences for p in sentence if p.isalpha() and p not in "ˈˌː"]


def tones(samples: Samples, rate: int) -> list[float]:
    """The pitches one after the other: stretches louder than half the peak, at their middle."""
    window = rate // 200
    blocks = np.abs(samples[: len(samples) // window * window]).reshape(-1, window).max(axis=1)
    loud = np.flatnonzero(np.diff(np.concatenate([[False], blocks > blocks.max() / 2, [False]]).astype(int)))
    return [
        pitch_at(samples, rate, (start + end) // 2 * window - rate // 50)
        for start, end in loud.reshape(-1, 2).tolist()
    ]


def test_every_phoneme_is_heard_in_its_place(piper: Piper) -> None:
    text = "Good morning, nice people."
    (chunk,) = chunks(piper, text)
    expected = [frequency(phoneme) for phoneme in phonemes(piper, text)]
    assert tones(chunk.samples, chunk.rate) == pytest.approx(expected, abs=8)


@pytest.mark.parametrize(
    "text",
    [
        "How are you?",
        "in the middle of the night, I have been to the store",
        "He said that there was a lot of it in the box.",
        "It is twenty one degrees at three p.m. on Monday. Do you want to know more?",
        "“Quoted” words — (and more) … yes",
    ],
)
def test_words_are_marked_where_they_sound(piper: Piper, text: str) -> None:
    spoken = chunks(piper, text)
    heard = sound(spoken)
    placed = marks(spoken)
    assert len(placed) == len(re.findall(r"\w\S*", text))
    for mark in placed:
        word = text[mark.offset :].split(maxsplit=1)[0]
        first = frequency(phonemes(piper, word)[0])
        # Alone and among others a word may begin differently (a: eɪ or ɐ): only consonants are certain.
        if re.match(r"\W?[bdfhklmnprstwy]", word, re.IGNORECASE):
            assert pitch_at(heard, spoken[0].rate, mark.sample + 300) == pytest.approx(first, abs=12), word


def test_without_durations_no_word_is_guessed(tmp_path: Path, piper: Piper) -> None:
    text = "good morning to everybody"
    file = write_voice(tmp_path)
    hide_durations(file)
    with closing(Piper(file, SETTINGS, at_once)) as without:
        silent = chunks(without, text)
    assert marks(silent) == []
    assert len(sound(silent)) == len(sound(chunks(piper, text)))


def test_each_sentence_is_one_run_and_one_chunk(piper: Piper) -> None:
    spoken = chunks(piper, "One, two. Three? Four!")
    assert [[word.offset for word in chunk.words] for chunk in spoken] == [[0, 5], [10], [17]]


@pytest.mark.parametrize("speakers", [1, 3])
def test_pieces_of_a_sentence_are_the_same_sound_and_words(tmp_path: Path, speakers: int) -> None:
    text = "It lies in the middle of the country. Come and see it."
    file, settings = write_voice(tmp_path, TestVoice(speakers=speakers)), PiperSettings(speaker=speakers - 1)
    with closing(Piper(file, settings, at_once)) as engine:
        whole = chunks(engine, text)
    with closing(Piper(file, settings, busy())) as engine:
        pieces = chunks(engine, text)
    assert len(whole) == 2
    assert len(pieces) > len(whole)
    assert len(pieces[0].samples) < 0.5 * len(whole[0].samples)
    np.testing.assert_allclose(sound(pieces), sound(whole), atol=1e-6)
    assert marks(pieces) == marks(whole)


def test_cancelling_in_the_middle_of_a_sentence_ends_it(voice_file: Path) -> None:
    text = "It lies in the middle of the country, on a river that everybody knows."
    with closing(Piper(voice_file, SETTINGS, busy())) as engine:
        token = Token()
        spoken = engine.synthesize(text, token)
        next(spoken)
        token.cancel()
        with pytest.raises(Cancelled):
            next(spoken)
        assert chunks(engine, text)


def test_the_first_sentence_does_not_wait_for_the_others(tmp_path: Path) -> None:
    with closing(Piper(write_voice(tmp_path, TestVoice(broken="θ")), SETTINGS, at_once)) as engine:
        spoken = engine.synthesize("One. Two. Three.", Token())
        assert [next(spoken).words[0].offset for _ in range(2)] == [0, 5]
        with pytest.raises(EngineError, match="no sound") as error:
            next(spoken)
        assert error.value.retryable
        assert chunks(engine, "One.")


def test_a_long_sentence_is_cut_between_words(piper: Piper) -> None:
    text = "wonderful " * 100
    spoken = chunks(piper, text)
    assert len(spoken) >= len("".join("wˈʌndɚfəl ")) * 100 // LONGEST_RUN
    assert [word.offset for word in marks(spoken)] == list(range(0, 1000, 10))


def test_cancelling_ends_a_run_of_the_network(piper: Piper) -> None:
    # Cancelled after the engine has looked for the last time, before the network runs.
    with pytest.raises(Cancelled):
        list(piper.synthesize("Hello there.", Token(as_soon_as_registered=True)))
    assert chunks(piper, "Hello there.")


def test_speed(voice_file: Path, piper: Piper) -> None:
    text = "a fairly long sentence without a pause"
    with closing(Piper(voice_file, PiperSettings(speed=0.5))) as slow:
        assert len(sound(chunks(slow, text))) == pytest.approx(2 * len(sound(chunks(piper, text))), rel=0.1)


def test_speakers_of_one_voice(tmp_path: Path) -> None:
    file = write_voice(tmp_path, TestVoice(speakers=2))
    pitches = []
    for speaker in (None, 0, 1):
        with closing(Piper(file, PiperSettings(speaker=speaker), at_once)) as engine:
            (chunk,) = chunks(engine, "me")
            pitches.append(tones(chunk.samples, chunk.rate)[0])
    assert pitches[0] == pitches[1]
    assert pitches[2] == pytest.approx(1.5 * pitches[0], rel=0.01)
    with pytest.raises(ModelError, match="2 speakers"):
        Piper(file, PiperSettings(speaker=2))


def test_without_a_gpu_it_speaks_all_the_same_and_says_so(voice_file: Path, piper: Piper) -> None:
    other = Piper(voice_file, PiperSettings(provider=Provider.TENSORRT))
    assert (piper.warnings, len(other.warnings)) == ((), Provider.TENSORRT not in at_hand())
    assert len(sound(chunks(other, "Hello there."))) == len(sound(chunks(piper, "Hello there.")))


def test_the_rate_is_the_voices_own(tmp_path: Path) -> None:
    with closing(Piper(write_voice(tmp_path, TestVoice(rate=16_000)), SETTINGS, at_once)) as engine:
        (chunk,) = chunks(engine, "me")
    assert chunk.rate == 16_000
    assert tones(chunk.samples, 16_000)[0] == pytest.approx(frequency(25), abs=8)  # m


def test_a_missing_voice_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"absent\.onnx"):
        Piper(tmp_path / "absent.onnx", SETTINGS)
    file = write_voice(tmp_path)
    Path(f"{file}.json").unlink()
    with pytest.raises(ModelError, match="json"):
        Piper(file, SETTINGS)


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x3a\xff\xff\xff"])
def test_a_damaged_voice_is_named(tmp_path: Path, content: bytes) -> None:
    file = write_voice(tmp_path)
    file.write_bytes(content)
    with pytest.raises(ModelError, match="cannot be read"):
        Piper(file, SETTINGS)


def change(file: Path, **entries: object) -> None:
    """Change the description of a voice."""
    description = Path(f"{file}.json")
    description.write_text(json.dumps(json.loads(description.read_text()) | entries))


@pytest.mark.parametrize(
    "entries", [{"audio": 3}, {"espeak": {}}, {"phoneme_id_map": {}}, {"phoneme_type": "unheard of"}]
)
def test_a_damaged_description_is_named(tmp_path: Path, entries: dict[str, object]) -> None:
    file = write_voice(tmp_path)
    change(file, **entries)
    with pytest.raises(ModelError, match="json"):
        Piper(file, SETTINGS)


def test_voices_that_need_another_phonemizer_are_refused(tmp_path: Path) -> None:
    file = write_voice(tmp_path)
    change(file, phoneme_type="pinyin")
    with pytest.raises(ModelError, match="pinyin"):
        Piper(file, SETTINGS)


def test_a_language_that_espeak_lacks(tmp_path: Path) -> None:
    file = write_voice(tmp_path)
    change(file, espeak={"voice": "klingonese"})
    with pytest.raises(EngineError, match="phonemise") as error:
        Piper(file, SETTINGS)
    assert error.value.stage is Stage.TTS


def test_voices_without_a_sound_are_noticed(tmp_path: Path) -> None:
    silent = Piper(write_voice(tmp_path, TestVoice(level=0.0)), SETTINGS)
    with closing(silent), pytest.raises(EngineError, match="without a sound"):
        silent.probe()
    with pytest.raises(EngineError, match="no sound"):
        Piper(write_voice(tmp_path, TestVoice(level=float("nan"))), SETTINGS)


def test_a_voice_that_makes_no_frames_is_noticed(tmp_path: Path) -> None:
    file = write_voice(tmp_path)
    model = onnx.load(str(file))
    for node in model.graph.node:
        node.input[:] = ["nought" if name == "total" else name for name in node.input]
    onnx.save(model, str(file))
    with closing(Piper(file, SETTINGS)) as silent, pytest.raises(EngineError, match="without a sound"):
        silent.probe()
