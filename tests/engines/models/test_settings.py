from pathlib import Path

import pytest

from appliance.engines.models import settings
from appliance.engines.models.settings import ModelSettings


def test_a_named_folder_counts() -> None:
    assert ModelSettings(folder="/srv/models").store_folder() == Path("/srv/models")


def test_a_service_keeps_its_models_in_its_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "SYSTEM_FOLDER", tmp_path / "models")
    assert ModelSettings().store_folder() == tmp_path / "models"


def test_a_person_keeps_them_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "SYSTEM_FOLDER", tmp_path / "absent" / "models")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    assert ModelSettings().store_folder() == tmp_path / "home" / "voice-appliance" / "models"
