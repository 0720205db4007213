"""The recordings in models/phrases are what the README beside them promises."""

import math
import tomllib
from pathlib import Path

import numpy as np
import pytest
import soundfile

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.engines.sphinx import Sphinx
from appliance.engines.voice_sound import SPEECH_LEVEL, speech_level
from appliance.engines.voice_trim import AUDIBLE
from tests.engines.stt_conformance import NEVER, quiet, say

PHRASES = Path(__file__).parents[1] / "models" / "phrases"
TEXTS: dict[str, str] = tomllib.loads((PHRASES / "phrases.toml").read_text(encoding="utf-8"))


def recording(name: str) -> Samples:
    samples, _ = soundfile.read(PHRASES / f"{name}.wav", dtype="float32")
    return np.asarray(samples, dtype=np.float32)


def test_every_text_is_recorded_and_nothing_else() -> None:
    assert {path.stem for path in PHRASES.glob("*.wav")} == TEXTS.keys()


@pytest.mark.parametrize("name", TEXTS)
def test_the_format(name: str) -> None:
    info = soundfile.info(PHRASES / f"{name}.wav")
    assert (info.samplerate, info.channels, info.subtype) == (CAPTURE_RATE, 1, "PCM_16")
    assert 1.0 < info.duration < 8.0


@pytest.mark.parametrize("name", TEXTS)
def test_the_level_of_every_voice_and_no_clipping(name: str) -> None:
    samples = recording(name)
    assert abs(20 * math.log10(speech_level(samples, CAPTURE_RATE) / SPEECH_LEVEL)) < 1.0
    assert np.abs(samples).max() < 0.9


@pytest.mark.parametrize("name", TEXTS)
def test_silence_at_both_ends(name: str) -> None:
    audible = np.flatnonzero(np.abs(recording(name)) > AUDIBLE)
    lead, tail = audible[0], len(recording(name)) - 1 - audible[-1]
    assert 0.03 * CAPTURE_RATE < lead < 0.08 * CAPTURE_RATE
    assert 0.03 * CAPTURE_RATE < tail < 0.08 * CAPTURE_RATE


@pytest.mark.engines
def test_the_question_of_the_warm_turn_is_understood() -> None:
    samples = np.concatenate([quiet(0.3), recording("warm-question"), quiet(0.3)])
    recogniser = Sphinx()
    transcript = say(recogniser, 1, samples)
    assert transcript.text == TEXTS["warm-question"].lower().rstrip("?")
    assert transcript.confidence > 0.8
    recogniser.discard(1, NEVER)
