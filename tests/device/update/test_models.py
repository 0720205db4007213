"""Models of a bundle are used when the appliance answers with them; otherwise those before are, and nothing is lost."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from appliance.core.errors import ApplianceError
from appliance.core.speech import Stage
from appliance.device.plan import SETTINGS
from appliance.device.update.bundle import Bundle, RefusedBundle
from appliance.device.update.models import INCOMING, MODELS_FOR, STORE, Supply, take_models
from appliance.engines.models.manifest import EngineName, Manifest, Model, ModelFile, Profile, Role
from appliance.settings import read_file
from tests.device.update.flashed import write
from tests.engines.models.conftest import file_of

NEW, OLD = b"new weights" * 100, b"old weights" * 90


def model(name: str, role: Role, content: bytes) -> Model:
    files: tuple[ModelFile, ...] = (file_of(f"{name}.bin", content),)
    return Model(name, role, EngineName.LLAMA, "MIT", True, "here", 10, "A note.", files)


KNOWN = [model("big", Stage.LLM, NEW), model("ear", Stage.STT, b"ear"), model("voice", Stage.TTS, b"voice")]
MANIFEST = Manifest(
    {one.id: one for one in KNOWN},
    {"large": Profile("large", "All.", vad=(), stt=("ear",), llm=("big",), tts=("voice",), turn_end=())},
)


class Box:
    """A box with old models, and what RAUC would unpack."""

    def __init__(self, root: Path) -> None:
        self.root, self.brings = root, root / "brings"
        for name, content in {"ear.bin": b"ear", "voice.bin": b"voice", "big.bin": OLD}.items():
            write(root / STORE / name, content.decode())
        write(root / SETTINGS, '[models]\nprofile = "small"\nfolder = "/x"\n')
        write(self.brings / "profile", "large\n")
        write(self.brings / "big.bin", NEW.decode())
        self.starts: list[bytes] = []
        self.ready: Callable[[], bool] = lambda: True

    def ask(self, command: Sequence[str]) -> str:
        shutil.copytree(self.brings, Path(command[-1]))
        return ""

    def restart(self) -> None:
        self.starts.append((self.root / STORE / "big.bin").read_bytes())
        if not self.ready():
            raise ApplianceError("its service has failed")

    def take(self, compatible: str = MODELS_FOR) -> None:
        write(self.root / "models.raucb", "a bundle")
        bundle = Bundle(self.root / "models.raucb", compatible, "1", {"models": 1})
        take_models(bundle, Supply(self.root, MANIFEST, self.ask, Path("k"), self.restart))

    @property
    def profile(self) -> object:
        return read_file(self.root / SETTINGS)["models"]["profile"]

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (self.root / STORE).glob("*.bin*")}


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def test_new_models_are_used_when_they_have_answered(box: Box) -> None:
    box.take()
    assert box.starts == [NEW]
    assert box.profile == "large"
    assert box.files() == {"ear.bin": b"ear", "voice.bin": b"voice", "big.bin": NEW}
    assert not (box.root / STORE / INCOMING).exists()


def test_those_before_are_used_again_when_they_have_not(box: Box) -> None:
    before, settings = box.files(), (box.root / SETTINGS).read_text()
    box.ready = lambda: len(box.starts) > 1
    with pytest.raises(ApplianceError, match="uses those before"):
        box.take()
    assert box.starts == [NEW, OLD]
    assert box.files() == before
    assert (box.root / SETTINGS).read_text() == settings


@pytest.mark.parametrize(
    ("place", "text", "words"),
    [
        ("profile", "huge", "does not know"),
        ("big.bin", "something else", "lacks big"),
        ("profile", "../etc", "does not know"),
    ],
)
def test_what_this_version_does_not_know_is_refused(place: str, text: str, words: str, box: Box) -> None:
    before = box.files()
    write(box.brings / place, text)
    with pytest.raises(RefusedBundle, match=words):
        box.take()
    assert (box.starts, box.files(), box.profile) == ([], before, "small")


def test_files_of_no_model_of_the_profile_are_left_out(box: Box) -> None:
    write(box.brings / "evil.so", "x")
    box.take()
    assert not (box.root / STORE / "evil.so").exists()


def test_a_bundle_of_a_system_is_none_of_models(box: Box) -> None:
    with pytest.raises(RefusedBundle, match="not for the models"):
        box.take("voice-appliance-x86_64-headless")
