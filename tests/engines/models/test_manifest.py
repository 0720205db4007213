"""What must be true of the manifest that we ship."""

import pytest

from appliance.core.errors import ModelError
from appliance.core.speech import Stage
from appliance.engines.models.manifest import BUNDLED, NEEDED, ROLES, HubSource, Manifest, WheelSource
from appliance.engines.models.reading import load_manifest

OURS = load_manifest()


def test_the_profiles_that_are_promised() -> None:
    assert list(OURS.profiles) == ["bundled", "cpu-small", "cpu", "jetson-8gb", "jetson-16gb", "gpu"]


def test_everything_may_be_sold() -> None:
    assert all(model.sellable for model in OURS.models.values())


def test_every_model_is_in_some_profile() -> None:
    used = {model for profile in OURS.profiles.values() for model in profile.models()}
    assert used == set(OURS.models)


def test_every_download_is_pinned_and_has_a_digest() -> None:
    for file in (file for model in OURS.models.values() for file in model.files):
        assert file.sha256
        for source in file.sources:
            if isinstance(source, HubSource):
                assert len(source.revision) == 40


def test_the_bundled_profile_needs_no_hub() -> None:
    for name in OURS.profile(BUNDLED).models():
        model = OURS.model(name)
        assert model.installed or all(isinstance(file.sources[0], WheelSource) for file in model.files)


@pytest.mark.parametrize("profile", list(OURS.profiles))
def test_every_profile_ends_in_the_bundled_models(profile: str) -> None:
    for role in ROLES:
        assert OURS.profile(profile).choices(role)[-1] == OURS.profile(BUNDLED).choices(role)[0]


@pytest.mark.parametrize(
    ("profile", "limit_mb"),
    [("bundled", 1000), ("cpu-small", 1500), ("cpu", 3000), ("jetson-8gb", 4500), ("jetson-16gb", 10_000)],
)
def test_a_profile_fits_its_machine(profile: str, limit_mb: int) -> None:
    assert OURS.memory_mb(profile) < limit_mb


def test_a_piper_voice_has_its_configuration_beside_it() -> None:
    voices = [model for model in OURS.models.values() if model.engine == "piper"]
    assert voices
    for model in voices:
        assert model.files[1].name == f"{model.files[0].name}.json"


def test_names_that_nearly_fit() -> None:
    with pytest.raises(ModelError, match="did you mean 'whisper-base-en'"):
        OURS.model("whisper-base.en")
    with pytest.raises(ModelError, match="There is no profile 'xyz'") as raised:
        Manifest({}, OURS.profiles).profile("xyz")
    assert "did you mean" not in raised.value.problem
    assert "jetson-8gb" in raised.value.remedy


def test_models_of_a_profile_come_once_and_by_role() -> None:
    assert OURS.profile(BUNDLED).models() == ("silero", "smart-turn", "sphinx", "smollm2-135m", "espeak")
    assert OURS.profile(BUNDLED).models(NEEDED) == ("silero", "sphinx", "smollm2-135m", "espeak")
    assert OURS.profile("cpu").choices(Stage.TTS) == ("piper-ljspeech", "espeak")
