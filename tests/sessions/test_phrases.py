"""What is heard when something broke."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from appliance.app import PHRASES
from appliance.core.errors import ConfigError
from appliance.core.speech import Stage
from appliance.sessions.phrases import (
    APOLOGIES,
    CANNOT_THINK,
    NEEDED,
    PATIENCE,
    STILL_BROKEN,
    apology,
    load_phrases,
    patience,
)


def test_a_part_that_broke_is_named_and_a_misunderstanding_is_not_a_fault() -> None:
    assert apology(Stage.STT, 1) == "sorry-hearing"
    assert apology(Stage.LLM, 2) == "sorry-thinking"
    assert apology(Stage.TTS, 1) == "sorry-voice"
    assert apology(None, 0) == "sorry-not-understood"


def test_every_stage_has_something_to_say_for_itself() -> None:
    assert all(apology(stage, 1) for stage in Stage)


@pytest.mark.parametrize("stage", Stage)
def test_after_some_failures_in_a_row_it_is_said_that_this_may_last(stage: Stage) -> None:
    lasting = CANNOT_THINK if stage is Stage.LLM else STILL_BROKEN
    assert apology(stage, PATIENCE) == lasting
    assert apology(stage, PATIENCE + 100) == lasting


def test_patience_is_asked_for_in_other_words_the_second_time() -> None:
    assert [patience(times) for times in (1, 2, 3)] == ["one-moment", "still-working", "still-working"]


def test_people_may_be_misunderstood_for_ever() -> None:
    assert apology(None, PATIENCE + 1) == APOLOGIES[None]


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_all_phrases_are_there_at_the_rate_of_the_port(rate: int) -> None:
    phrases = load_phrases(PHRASES, rate)
    assert phrases.keys() >= NEEDED
    for name, samples in phrases.items():
        assert samples.dtype == np.float32, name
        assert 0.5 * rate < len(samples) < 10 * rate, name
        assert 0.05 < float(np.abs(samples).max()) < 1.0, name


def test_a_phrase_that_is_absent_is_noticed_at_the_start(tmp_path: Path) -> None:
    for path in PHRASES.glob("*.wav"):
        shutil.copy(path, tmp_path)
    (tmp_path / f"{STILL_BROKEN}.wav").unlink()
    (tmp_path / "sorry-voice.wav").unlink()
    with pytest.raises(ConfigError, match="lacks the recorded phrases sorry-voice, still-broken"):
        load_phrases(tmp_path, 48_000)


def test_a_phrase_that_is_damaged_is_noticed_at_the_start(tmp_path: Path) -> None:
    for path in PHRASES.glob("*.wav"):
        shutil.copy(path, tmp_path)
    (tmp_path / "busy.wav").write_text("<html>")
    with pytest.raises(ConfigError, match=r"busy\.wav"):
        load_phrases(tmp_path, 48_000)
