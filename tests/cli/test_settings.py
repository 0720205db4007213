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
    assert f"\n[dialogue]\nsystem_prompt = 'Be [bold]brief[/bold].'  # {config}\n" in shown
    assert appliance("settings").out.startswith("# from the defaults\n")


def test_the_description_is_a_good_start_for_ones_own(appliance: Caller, tmp_path: Path) -> None:
    described = appliance("settings", "--describe").out
    assert tomllib.loads(described).keys() == as_dict(Settings()).keys()
    (tmp_path / "own.toml").write_text(described)
    assert load_settings(tmp_path / "own.toml", {}) == Settings()


def test_the_owner_chooses_and_takes_back(appliance: Caller, tmp_path: Path) -> None:
    appliance.environment({"APPLIANCE_AUDIO__FOLDER": str(tmp_path / "state")})
    chosen = appliance("settings", "set", "dialogue.system_prompt", "Be a pirate.")
    assert (chosen.code, chosen.out) == (
        0,
        "dialogue.system_prompt = 'Be a pirate.' from the next start on.\n",
    )
    appliance("settings", "set", "piper.speed", "1.25")
    shown = appliance("settings").out
    assert "\nsystem_prompt = 'Be a pirate.'  # the owner's choice\n" in shown
    assert "\nspeed = 1.25  # the owner's choice\n" in shown
    assert f"\nfolder = '{tmp_path / 'state'}'  # APPLIANCE_AUDIO__FOLDER\n" in shown
    assert appliance("settings", "unset", "piper.speed").code == 0
    assert "\nspeed = 1.0\n" in appliance("settings").out


def test_a_choice_that_cannot_be_is_refused(appliance: Caller, tmp_path: Path) -> None:
    appliance.environment(
        {"APPLIANCE_AUDIO__FOLDER": str(tmp_path / "state"), "APPLIANCE_HTTP__NAME": "hall"}
    )
    for place, value, told in (
        ("piper.speed", "9", "piper.speed"),
        ("models.source", "x", "not the owner's"),
        ("speed", "1", "SECTION.KEY"),
        ("http.name", "kitchen", "APPLIANCE_HTTP__NAME"),
    ):
        refused = appliance("settings", "set", place, value)
        assert refused.code in {65, 78}
        assert told in refused.err
    assert not (tmp_path / "state").exists()
