"""Tuning, as far as it needs no hour: what is missing, what is written down, and one trial of a real model."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.app import open_store
from appliance.audio.settings import AudioSettings
from appliance.changes import TUNED
from appliance.cli.tune import keep
from appliance.engines.models import best_available
from appliance.settings import Settings, load_settings
from appliance.tuning.search import ThisMachine
from appliance.tuning.verdict import Advice
from tests.cli.program import BUNDLED, NOWHERE, Caller
from tests.models import SMOLLM2, needs_model


def test_without_models_there_is_nothing_to_tune(appliance: Caller, tmp_path: Path) -> None:
    appliance.environment(NOWHERE | {"APPLIANCE_MODELS__FOLDER": str(tmp_path / "none")})
    assert appliance("tune").code == 69


def test_what_is_found_is_in_force_from_the_next_start_on(appliance: Caller, tmp_path: Path) -> None:
    appliance.environment({"APPLIANCE_AUDIO__FOLDER": str(tmp_path)})
    settings = replace(Settings(), audio=AudioSettings(folder=str(tmp_path)))
    keep(settings, Advice("llm", "chunk_tokens", 128, 64, "it is faster"))
    assert appliance("settings", "--json").json["llm"]["chunk_tokens"] == 128
    assert appliance("settings", "unset", "llm.chunk_tokens").code == 0
    assert appliance("settings", "--json").json["llm"]["chunk_tokens"] == 64


def test_what_a_variable_holds_fast_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("APPLIANCE_LLM__THREADS", "2")
    keep(
        replace(Settings(), audio=AudioSettings(folder=str(tmp_path))),
        Advice("llm", "threads", 4, 2, "it is faster"),
    )
    assert "Not written: llm.threads is set by the variable APPLIANCE_LLM__THREADS" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_all_that_may_be_tuned_is_a_setting() -> None:
    settings = Settings()
    for section, keys in TUNED.items():
        assert all(hasattr(getattr(settings, section), key) for key in keys), section


@pytest.mark.engines
@needs_model(SMOLLM2)
def test_a_real_model_has_a_speed() -> None:
    settings = load_settings(None, BUNDLED)
    selection = best_available(open_store(settings), "bundled")
    trial = asyncio.run(ThisMachine(rounds=1).model(settings, selection))
    assert min(trial.read_per_s, trial.write_per_s) > 0
