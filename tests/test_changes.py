"""The owner may change a few settings, within their ranges: stronger than the file, weaker than the environment."""

import sqlite3
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import pytest

from appliance.changes import CHANGEABLE, check, check_free, load, made, write
from appliance.core.errors import ConfigError, InputError
from appliance.records.problems import RecordsError
from appliance.settings import OWNER, Settings, load_settings, origins
from tests.records.said import damage, file


@pytest.fixture(autouse=True)
def _no_files_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("appliance.settings.USER_FILE", tmp_path / "user.toml")
    monkeypatch.setattr("appliance.settings.SYSTEM_FILE", tmp_path / "system.toml")


@pytest.fixture
def here(tmp_path: Path) -> dict[str, str]:
    """Environment of a box whose state is here."""
    return {"APPLIANCE_AUDIO__FOLDER": str(tmp_path / "state")}


def settings(here: dict[str, str]) -> Settings:
    return load_settings(None, here)


def test_only_settings_that_exist_are_changeable() -> None:
    for section, keys in CHANGEABLE.items():
        known = {item.name for item in fields(getattr(Settings(), section))}
        assert set(keys) <= known, section


def test_nothing_that_names_a_file_or_an_address_is() -> None:
    dangerous = {"models", "inference", "webrtc", "canceller"}
    assert not dangerous & CHANGEABLE.keys()
    assert not {"folder", "certificate", "key", "bind", "port"} & {*CHANGEABLE["audio"], *CHANGEABLE["http"]}
    assert "key_file" not in CHANGEABLE["records"]


def test_a_choice_is_in_force_from_the_next_start_on_and_can_be_taken_back(here: dict[str, str]) -> None:
    write(settings(here), "http", "name", "kitchen")
    write(settings(here), "piper", "speed", 1.25)
    chosen = load(None, here)
    assert (chosen.http.name, chosen.piper.speed) == ("kitchen", 1.25)
    write(settings(here), "http", "name", None)
    assert load(None, here).http.name == ""


def test_the_owner_beats_the_file_and_the_environment_the_owner(here: dict[str, str], tmp_path: Path) -> None:
    config = tmp_path / "mine.toml"
    config.write_text('[http]\nname = "of-the-file"\n[piper]\nspeed = 0.75\n')
    for section, key, value in (("http", "name", "kitchen"), ("piper", "speed", 1.5)):
        write(settings(here), section, key, value)
    environment = {**here, "APPLIANCE_PIPER__SPEED": "2.0"}
    chosen = load(config, environment)
    assert (chosen.http.name, chosen.piper.speed) == ("kitchen", 2.0)
    whence = origins(config, environment, made(config, settings(here), environment))
    assert whence["http", "name"] == OWNER
    assert whence["piper", "speed"] == "APPLIANCE_PIPER__SPEED"
    assert ("llm", "seed") not in whence


def test_what_is_not_theirs_or_out_of_range_is_refused() -> None:
    check("piper", "speed", 1.5)
    for place in (("models", "source"), ("inference", "cores"), ("nonsense", "x")):
        with pytest.raises(InputError) as told:
            check(*place, "x", None, {})
        assert "piper.speed" in told.value.remedy
    for value in (9.0, "fast"):
        with pytest.raises(ConfigError, match=r"piper\.speed"):
            check("piper", "speed", value, None, {})


def test_what_the_environment_says_cannot_be_changed_in_vain() -> None:
    check_free("piper", "speed", {})
    with pytest.raises(InputError, match="APPLIANCE_PIPER__SPEED"):
        check_free("piper", "speed", {"APPLIANCE_PIPER__SPEED": "1.0"})


def test_a_choice_that_an_update_made_invalid_is_left_out_alone(
    here: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    write(settings(here), "piper", "speed", 99)
    write(settings(here), "http", "gone", 1)
    write(settings(here), "http", "name", "kitchen")
    chosen = load(None, here)
    assert (chosen.piper.speed, chosen.http.name) == (1.0, "kitchen")
    assert "piper.speed" in caplog.text
    assert "http.gone" in caplog.text


def test_a_broken_file_costs_the_choices_and_not_the_start(
    here: dict[str, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(settings(here), "http", "name", "kitchen")
    damage(file(tmp_path / "state"))
    assert load(None, here).http.name in {"", "kitchen"}
    file(tmp_path / "state").write_bytes(b"no database" * 1000)
    assert load(None, here).http.name == ""
    assert "cannot be read" in caplog.text


def test_a_newer_file_is_not_written(here: dict[str, str], tmp_path: Path) -> None:
    write(settings(here), "http", "name", "kitchen")
    with closing(sqlite3.connect(file(tmp_path / "state"))) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(RecordsError, match="newer"):
        write(settings(here), "http", "name", "hall")
