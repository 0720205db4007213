from pathlib import Path

import numpy as np
import pytest
import soundfile

from appliance.core.audio import CAPTURE_RATE
from tests.cli.program import BUNDLED, NOWHERE, Caller, real_engines
from tests.shared import SHARED

ORDER = SHARED / "clips" / "people" / "282d32e1.flac"
"""A person asks: “Make me a cappuccino.”"""


@pytest.fixture(autouse=True)
def _no_models(appliance: Caller, tmp_path: Path) -> None:
    """What is wrong with the file is told before any model is asked for."""
    appliance.environment(NOWHERE | {"APPLIANCE_MODELS__FOLDER": str(tmp_path / "no models")})


def test_more_than_one_utterance_can_be(appliance: Caller, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "long.wav", np.zeros(31 * CAPTURE_RATE, np.float32), CAPTURE_RATE)
    ended = appliance("transcribe", tmp_path / "long.wav")
    assert ended.code == 65
    assert "longer than the 30 s of one utterance" in ended.err
    assert "cut it" in ended.err


def test_what_is_no_recording(appliance: Caller, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("hello")
    ended = appliance("transcribe", tmp_path / "a.wav")
    assert ended.code == 65
    assert "give a WAV, FLAC or OGG file" in ended.err


class TestWithEngines:
    pytestmark = real_engines

    def test_a_person_is_written_down(self, appliance: Caller) -> None:
        appliance.environment(BUNDLED)
        ended = appliance("transcribe", ORDER, "--json")
        assert ended.code == 0
        assert "cappuccino" in ended.json["text"]
        assert 0 < ended.json["confidence"] <= 1
        assert appliance("transcribe", ORDER).out == ended.json["text"] + "\n"
