"""`appliance models`, on stores and sources that are folders: without any network."""

import shutil
from pathlib import Path

import pytest

from tests.cli.program import BUNDLED, NOWHERE, Caller
from tests.models import SILERO, SMART_TURN, SMOLLM2, needs_model, test_model

has_models = [needs_model(SILERO), needs_model(SMART_TURN), needs_model(SMOLLM2)]


@pytest.fixture
def offline(appliance: Caller) -> Caller:
    appliance.environment(NOWHERE)
    return appliance


def copies(folder: Path) -> Path:
    """The three files of the bundled models."""
    folder.mkdir(exist_ok=True)
    for name in (SILERO, SMART_TURN, SMOLLM2):
        shutil.copy(test_model(name), folder)
    return folder


def test_all_models_for_scripts(offline: Caller, tmp_path: Path) -> None:
    models = offline("models", "list", "--json", "--store", tmp_path).json
    assert {"silero", "sphinx", "espeak", "smollm2-135m"} <= {model["id"] for model in models}
    for model in models:
        assert {
            "id",
            "role",
            "engine",
            "licence",
            "sellable",
            "memory_mb",
            "files",
            "present",
        } <= model.keys()
    present = {model["id"] for model in models if model["present"]}
    assert present == {"sphinx", "espeak"}, "those that come inside their packages"


def test_all_models_for_people(offline: Caller, tmp_path: Path) -> None:
    ended = offline("models", "list", "--store", tmp_path)
    assert ended.code == 0
    for text in ("smollm2-135m", "Apache-2.0", "bundled", "jetson-16gb"):
        assert text in ended.out


def test_the_models_of_a_profile(offline: Caller, tmp_path: Path) -> None:
    models = offline("models", "list", "--profile", "bundled", "--json", "--store", tmp_path).json
    assert {model["id"] for model in models} == {"silero", "smart-turn", "sphinx", "smollm2-135m", "espeak"}


@pytest.mark.parametrize("action", ["list", "pull", "verify"])
def test_names_that_do_not_exist(offline: Caller, tmp_path: Path, action: str) -> None:
    ended = offline("models", action, "smollm", "--store", tmp_path)
    assert ended.code == 69
    assert "There is no model 'smollm'; did you mean 'smollm2-" in ended.err
    ended = offline("models", action, "--profile", "cpus", "--store", tmp_path)
    assert ended.code == 69
    assert "did you mean 'cpu'?" in ended.err


class TestWithFiles:
    pytestmark = has_models

    def test_pull_from_a_folder_and_verify(self, offline: Caller, tmp_path: Path) -> None:
        offline.environment({"APPLIANCE_MODELS_SOURCE": str(copies(tmp_path / "stick"))})
        store = tmp_path / "store"
        pulled = offline("models", "pull", "--json", "--store", store)
        assert pulled.code == 0
        assert pulled.json["folder"] == str(store)
        assert set(pulled.json["obtained"]) == {"silero", "smart-turn", "smollm2-135m"}
        again = offline("models", "pull", "--store", store)
        assert (again.code, again.out) == (0, "All models are there.\n")
        verified = offline("models", "verify", "--store", store)
        assert verified.code == 0
        assert "5 models are complete and unchanged" in verified.out

    def test_a_changed_file_is_found(self, offline: Caller, tmp_path: Path) -> None:
        offline.environment({"APPLIANCE_MODELS_SOURCE": str(copies(tmp_path / "stick"))})
        store = tmp_path / "store"
        assert offline("models", "pull", "silero", "--store", store).code == 0
        file = store / SILERO
        file.write_bytes(file.read_bytes()[:-1] + b"x")
        verified = offline("models", "verify", "silero", "--json", "--store", store)
        assert verified.code == 1
        (finding,) = verified.json
        assert finding["model"] == "silero"
        assert finding["remedy"]
        assert finding["remedy"] in offline("models", "verify", "silero", "--store", store).out


def test_what_cannot_be_obtained(offline: Caller, tmp_path: Path) -> None:
    ended = offline("models", "pull", "whisper-tiny-en", "--store", tmp_path)
    assert ended.code == 69
    assert "127.0.0.1:9" in ended.err
    assert "APPLIANCE_MODELS_SOURCE" in ended.err, "what to do without a network"
    assert not list(tmp_path.glob("*.bin"))


def test_a_store_that_cannot_be_written(offline: Caller, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    ended = offline("models", "pull", "whisper-tiny-en", "--store", tmp_path / "file")
    assert ended.code == 69
    assert str(tmp_path / "file") in ended.err


def test_the_environment_names_the_store(appliance: Caller) -> None:
    appliance.environment(BUNDLED)
    assert appliance("models", "list", "silero", "--json").json[0]["present"] is test_model(SILERO).is_file()
