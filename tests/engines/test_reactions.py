import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from appliance.core.audio import Samples
from appliance.core.speech import Transcript
from appliance.engines.reactions import (
    CERTAIN,
    CONTROL,
    EVERY,
    HUMS,
    KNOWN,
    NUMBERS,
    OTHERS,
    PARTICLES,
    WEIGHTS,
    certain,
    language_model,
    plain,
    pronunciations,
    reactions_decoder,
    vocabulary,
    worth_telling,
)
from appliance.engines.sphinx_decoder import Decoder
from tests.engines.stt_conformance import NEVER, quiet
from tests.shared import clip, needs_shared


@pytest.fixture(scope="module")
def dictionary() -> Path:
    import pocketsphinx

    return Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict"))


@pytest.fixture(scope="module")
def decoder(dictionary: Path) -> Iterator[Decoder]:
    decoder = reactions_decoder(dictionary)
    yield decoder
    decoder.close()


def understood(decoder: Decoder, sound: Samples) -> Transcript:
    sound = np.concatenate([quiet(0.5), sound, quiet(0.2)])
    decoder.follow(1)
    decoder.decode(sound, len(sound), NEVER)
    return decoder.conclude()


@pytest.mark.engines
@needs_shared
@pytest.mark.parametrize("voice", ["rms", "slt"])  # awb's “stop” is “stolle” to it
@pytest.mark.parametrize("word", ["stop", "wait", "never_mind"])
def test_commands_in_one_word_are_understood(decoder: Decoder, word: str, voice: str) -> None:
    transcript = understood(decoder, clip(f"spoken/{word}-{voice}.flac"))
    assert plain(transcript.text) == word.replace("_", " ")
    assert certain(transcript.text, transcript.confidence)


@pytest.mark.engines
@needs_shared
def test_a_sentence_is_none_of_these(decoder: Decoder) -> None:
    transcript = understood(decoder, clip("spoken/what_is_the_capital_of_italy-slt.flac"))
    assert not certain(transcript.text, transcript.confidence)


def test_every_word_can_be_pronounced(dictionary: Path) -> None:
    spoken = pronunciations(dictionary)
    missing = [word for word in f"{CONTROL} {PARTICLES} {NUMBERS} {OTHERS}".split() if word not in spoken]
    assert missing == []
    assert spoken["the"] == ("DH AH", "DH IY")


def test_the_vocabulary_holds_each_word_once_and_some_of_everything(dictionary: Path) -> None:
    words = [word for word in pronunciations(dictionary) if word.isalpha()]
    weights = vocabulary(words)
    assert weights.keys() >= KNOWN
    assert {weights[word] for word in HUMS} == {WEIGHTS["hum"]}
    assert weights["stop"] == WEIGHTS["control"]
    assert weights[words[EVERY]] in {WEIGHTS["any"], WEIGHTS["other"]}
    assert len(weights) < 900


def test_the_language_model_expects_an_end_half_the_time() -> None:
    lines = language_model({"stop": 3.0, "okay": 1.0}).splitlines()
    assert lines[:2] == ["\\data\\", "ngram 1=4"]
    grams = {
        word: 10 ** float(log) for log, word in (line.split() for line in lines if line[:1] in {"-", "0"})
    }
    assert math.isclose(sum(p for word, p in grams.items() if word != "<s>"), 1.0, rel_tol=1e-3)
    assert math.isclose(grams["stop"], 3 * grams["okay"], rel_tol=1e-3)


def test_only_words_worth_telling_are_believed() -> None:
    assert certain("mm-hmm", CERTAIN)
    assert certain("of_course yes", 0.9)
    assert not certain("mm-hmm", CERTAIN - 0.01)
    assert not certain("tea", 0.9)
    assert not certain("okay tea", 0.9)
    assert not certain("", 1.0)
    assert worth_telling("stop")
    assert not worth_telling("")
    assert plain("i_see okay") == "i see okay"
