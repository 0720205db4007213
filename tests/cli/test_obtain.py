"""What happens to the models before anything starts."""

import shutil
from pathlib import Path

import pytest

from appliance.cli.obtain import obtain
from appliance.core.errors import ModelError
from appliance.settings import load_settings
from tests.cli.program import NOWHERE
from tests.models import SILERO, SMART_TURN, SMOLLM2, needs_model, test_model


def settings_for(folder: Path, profile: str) -> dict[str, str]:
    return NOWHERE | {"APPLIANCE_MODELS__FOLDER": str(folder), "APPLIANCE_MODELS__PROFILE": profile}


@needs_model(SILERO)
@needs_model(SMART_TURN)
@needs_model(SMOLLM2)
@pytest.mark.parametrize("profile", ["bundled", "cpu"])
def test_without_a_network_the_bundled_models_will_do(
    profile: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    for name in (SILERO, SMART_TURN, SMOLLM2):
        shutil.copy(test_model(name), tmp_path)
    obtain(load_settings(None, settings_for(tmp_path, profile)))
    told = capsys.readouterr()
    assert told.out == "", "results go there, and this is none"
    if profile == "bundled":
        assert told.err == "", "nothing is missing"
    else:
        lost = told.err.splitlines()[-1]
        assert lost.startswith("Without the models of 'cpu': hearing by sphinx")
        assert lost.endswith("Get them: appliance models pull --profile cpu")


@needs_model(SILERO)
@needs_model(SMOLLM2)
def test_what_hears_the_end_of_a_turn_may_be_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    for name in (SILERO, SMOLLM2):
        shutil.copy(test_model(name), tmp_path)
    obtain(load_settings(None, settings_for(tmp_path, "bundled")))
    assert "turn taking by silence alone" in capsys.readouterr().err.splitlines()[-1]


def test_without_anything_it_is_told_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(ModelError) as error:
        obtain(load_settings(None, settings_for(tmp_path, "cpu")))
    assert error.value.remedy
    assert "Obtaining models for profile cpu" in capsys.readouterr().err
