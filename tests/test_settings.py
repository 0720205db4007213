"""Defaults, file and environment; every mistake is told, with where it was made and what was meant."""

import dataclasses
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from appliance.core.errors import ConfigError
from appliance.settings import Settings, as_dict, default_file, describe, load_settings


@pytest.fixture(autouse=True)
def _no_files_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("appliance.settings.USER_FILE", tmp_path / "user" / "appliance.toml")
    monkeypatch.setattr("appliance.settings.SYSTEM_FILE", tmp_path / "system" / "appliance.toml")


def file(folder: Path, text: str) -> Path:
    path = folder / "given.toml"
    path.write_text(text)
    return path


def wrong(path: Path | None, environment: dict[str, str] | None = None) -> str:
    """What is told about wrong settings."""
    with pytest.raises(ConfigError) as error:
        load_settings(path, environment or {})
    assert error.value.exit_code == 78
    return str(error.value)


def test_without_anything_there_are_defaults() -> None:
    assert load_settings(None, {}) == Settings()


def test_the_environment_beats_the_file_and_the_file_the_defaults(tmp_path: Path) -> None:
    path = file(tmp_path, "[endpoint]\nend_ms = 500\npause_ms = 100\n[listen]\nbarge_in = false\n")
    settings = load_settings(path, {"APPLIANCE_ENDPOINT__END_MS": "600", "PATH": "/bin"})
    assert settings.endpoint.end_ms == 600
    assert settings.endpoint.pause_ms == 100
    assert settings.endpoint.confirm_ms == Settings().endpoint.confirm_ms
    assert settings.listen.barge_in is False


def test_the_environment_is_text_and_becomes_what_is_wanted() -> None:
    settings = load_settings(
        None,
        {
            "APPLIANCE_LISTEN__BARGE_IN": "false",
            "APPLIANCE_REPLY__FIRST_WORDS_S": "0.5",
            "APPLIANCE_LLM__THREADS": "4",
            "APPLIANCE_MODELS__PROFILE": "bundled",
        },
    )
    assert settings.listen.barge_in is False
    assert settings.reply.first_words_s == 0.5
    assert settings.llm.threads == 4
    assert settings.models.profile == "bundled"


def test_the_source_of_models_has_a_short_name_too() -> None:
    assert load_settings(None, {"APPLIANCE_MODELS_SOURCE": "/media/stick"}).models.source == "/media/stick"


def test_variables_that_are_not_for_us_are_left_alone() -> None:
    assert load_settings(None, {"APPLIANCE_TEST_SHARED": "x", "APPLIANCES__X": "y"}) == Settings()


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    path = file(tmp_path, '[endpoint]\nend_ms = 5\nconfirm_ms = "soon"\n[turn]\nthinking_s = 3\n')
    told = wrong(path, {"APPLIANCE_LLM__TREADS": "2", "APPLIANCE_LISTEN__BARGE_IN": "perhaps"})
    lines = [line for line in told.splitlines() if line.startswith("  •")]
    assert len(lines) == 5, told
    for place in ("endpoint.end_ms", "endpoint.confirm_ms", "turn", "llm.treads", "listen.barge_in"):
        assert any(line.startswith(f"  • {place}") for line in lines), place


def test_a_mistake_is_told_with_its_origin(tmp_path: Path) -> None:
    path = file(tmp_path, "[endpoint]\nend_ms = 5\n")
    told = wrong(path, {"APPLIANCE_LLM__THREADS": "many"})
    assert f"endpoint.end_ms ({path}): " in told
    assert "not 5" in told
    assert "llm.threads (APPLIANCE_LLM__THREADS): " in told
    assert "not 'many'" in told


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("APPLIANCE_ENDPOIN__END_MS", "'endpoint'"),
        ("APPLIANCE_ENDPOINT__ENDMS", "'end_ms'"),
        ("APPLIANCE_LLM__THREAD", "'threads'"),
    ],
)
def test_what_was_probably_meant(variable: str, meant: str) -> None:
    told = wrong(None, {variable: "500"})
    assert f"did you mean {meant}?" in told
    assert f"({variable})" in told


def test_what_is_nothing_like_any_key_gets_no_suggestion() -> None:
    assert "did you mean" not in wrong(None, {"APPLIANCE_LLM__ZZZZ": "1"})


def test_a_section_is_a_table(tmp_path: Path) -> None:
    told = wrong(file(tmp_path, "endpoint = 3\n"), {"APPLIANCE_ENDPOINT__END_MS": "600"})
    assert "endpoint" in told
    assert "not 3" in told


@pytest.mark.parametrize("number", ["nan", "inf", "-1", "1e9", "", "0x10"])
def test_numbers_that_are_none_or_out_of_range(number: str) -> None:
    assert "turns.thinking_s" in wrong(None, {"APPLIANCE_TURNS__THINKING_S": number})


def test_a_file_that_was_named_must_be_there_and_readable(tmp_path: Path) -> None:
    assert "cannot read the settings file" in wrong(tmp_path / "absent.toml")
    assert "cannot read the settings file" in wrong(tmp_path)
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    assert "cannot read the settings file" in wrong(binary)


def test_a_file_that_is_no_toml_is_told_with_the_line(tmp_path: Path) -> None:
    told = wrong(file(tmp_path, "[endpoint]\nend_ms: 500\n"))
    assert "not valid TOML" in told
    assert "line 2" in told


def test_the_users_file_comes_before_the_systems(tmp_path: Path) -> None:
    assert default_file() is None
    for owner, milliseconds in (("system", 500), ("user", 600)):
        path = tmp_path / owner / "appliance.toml"
        path.parent.mkdir()
        path.write_text(f"[endpoint]\nend_ms = {milliseconds}\n")
        assert default_file() == path
        assert load_settings(None, {}).endpoint.end_ms == milliseconds


def sections() -> list[tuple[str, Any]]:
    return [(item.name, getattr(Settings(), item.name)) for item in dataclasses.fields(Settings)]


def test_the_description_is_a_settings_file_with_every_default(tmp_path: Path) -> None:
    text = describe()
    assert load_settings(file(tmp_path, text), {}) == Settings()
    for section, keys in as_dict(Settings()).items():
        assert tomllib.loads(text)[section].keys() == {
            key for key, value in keys.items() if value is not None
        }


@pytest.mark.parametrize(("name", "section"), sections(), ids=[name for name, _ in sections()])
def test_every_key_is_described_above_it(name: str, section: Any) -> None:
    lines = describe().partition(f"\n[{name}]\n")[2].partition("\n[")[0].splitlines()
    for key in (item.name for item in dataclasses.fields(section)):
        (number,) = [n for n, line in enumerate(lines) if line.removeprefix("# ").startswith(f"{key} = ")]
        assert lines[number - 1].startswith("# "), key


@pytest.mark.parametrize(("name", "section"), sections(), ids=[name for name, _ in sections()])
def test_every_default_is_within_its_range(name: str, section: Any) -> None:
    given = {
        f"APPLIANCE_{name}__{key}".upper(): str(value)
        for key, value in as_dict(Settings())[name].items()
        if value is not None
    }
    assert load_settings(None, given) == Settings()


def test_settings_load_none_of_the_heavy_engines() -> None:
    heavy = ["llama_cpp", "onnxruntime", "piper", "pocketsphinx", "pywhispercpp", "sounddevice"]
    program = f"import sys, appliance.settings; print([m for m in {heavy} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
