"""The whole appliance on recordings, from the command line."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from appliance.cli.converse import exit_code
from appliance.converse import Report
from appliance.core.audio import CAPTURE_RATE
from appliance.core.speech import Outcome
from tests.cli.program import BUNDLED, NOWHERE, QUESTION, Caller, real_engines


@pytest.fixture(autouse=True)
def _no_models(appliance: Caller, tmp_path: Path) -> None:
    """What is wrong with the arguments is told before any model is asked for."""
    appliance.environment(NOWHERE | {"APPLIANCE_MODELS__FOLDER": str(tmp_path / "no models")})


@pytest.fixture
def silence(tmp_path: Path) -> Path:
    path = tmp_path / "silence.wav"
    soundfile.write(path, np.zeros(CAPTURE_RATE, np.float32), CAPTURE_RATE)
    return path


@pytest.mark.parametrize("option", ["--out", "--report"])
def test_where_it_cannot_be_written(appliance: Caller, silence: Path, tmp_path: Path, option: str) -> None:
    for place in (tmp_path, tmp_path / "absent" / "file", silence / "file"):
        ended = appliance("converse", "--say", silence, option, place)
        assert ended.code == 65
        assert f"cannot write {place}" in ended.err


@pytest.mark.parametrize("second", ["soon", "-1", "1000"])
def test_when_it_cannot_be_said(appliance: Caller, silence: Path, second: str) -> None:
    assert appliance("converse", "--say", f"{silence}@{second}").code == 65


def test_every_recording_is_looked_at_before_the_first_is_said(appliance: Caller, silence: Path) -> None:
    ended = appliance("converse", "--say", silence, "--say", "absent.wav")
    assert ended.code == 65
    assert "absent.wav" in ended.err


def test_it_fails_when_a_turn_failed_and_when_something_broke() -> None:
    turns = [{"outcome": outcome} for outcome in Outcome if outcome is not Outcome.FAILED]
    assert exit_code(Report()) == 0
    assert exit_code(Report(turns=[*turns])) == 0
    assert exit_code(Report(turns=[*turns, {"outcome": Outcome.FAILED}])) == 1, "the model just took too long"
    assert exit_code(Report(turns=[*turns], failures=["turn 1, tts: it died"])) == 1, "and was interrupted"


class TestWithEngines:
    pytestmark = real_engines

    def test_a_question(self, appliance: Caller, tmp_path: Path) -> None:
        appliance.environment(BUNDLED)
        out, report = tmp_path / "speaker.wav", tmp_path / "report.json"
        ended = appliance("converse", "--say", QUESTION, "--json", "--out", out, "--report", report)
        assert ended.code == 0, ended.err
        assert ended.json == json.loads(report.read_text())
        assert ended.json["ready_ms"] > 0
        assert [turn["outcome"] for turn in ended.json["turns"]] == ["answered"]
        assert "READY after" in ended.err
        info = soundfile.info(out)
        assert (info.samplerate, info.channels, info.subtype) == (48_000, 1, "PCM_16")
        assert info.duration * 1000 > ended.json["turns"][0]["stamps"]["reply_ended"]
