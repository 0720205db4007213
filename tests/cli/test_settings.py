import tomllib
from pathlib import Path

import pytest

from appliance.settings import Settings, as_dict, load_settings
from tests.cli.program import Caller


@pytest.fixture(autouse=True)
def _no_files_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("appliance.settings.USER_FILE", tmp_path / "user.toml")
    monkeypatch.setattr("appliance.settings.SYSTEM_FILE", tmp_path / "system.toml")


def test_settings_for_scripts(appliance: Caller) -> None:
    appliance.environment({"APPLIANCE_ENDPOINT__END_MS": "512"})
    shown = appliance("settings", "--json").json
    assert shown == as_dict(load_settings(None))
    assert shown["endpoint"]["end_ms"] == 512


def test_settings_for_people(appliance: Caller, tmp_path: Path) -> None:
    config = tmp_path / "mine.toml"
    config.write_text('[dialogue]\nsystem_prompt = "Be [bold]brief[/bold]."\n')
    shown = appliance("settings", "--config", config).out
    assert shown.startswith(f"# from {config}\n")
    assert "\n[dialogue]\nsystem_prompt = 'Be [bold]brief[/bold].'\n" in shown
    assert appliance("settings").out.startswith("# from the defaults\n")


def test_the_description_is_a_good_start_for_ones_own(appliance: Caller, tmp_path: Path) -> None:
    described = appliance("settings", "--describe").out
    assert tomllib.loads(described).keys() == as_dict(Settings()).keys()
    (tmp_path / "own.toml").write_text(described)
    assert load_settings(tmp_path / "own.toml", {}) == Settings()
