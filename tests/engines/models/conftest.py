import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.core.speech import Stage
from appliance.engines.models.manifest import (
    EngineName,
    HubSource,
    Installed,
    Manifest,
    Model,
    ModelFile,
    Profile,
    Role,
    Source,
    WheelSource,
)
from appliance.engines.models.settings import ModelSettings
from appliance.engines.models.store import ModelStore
from tests.engines.models.server import Server, running

WEIGHTS = bytes(range(256)) * 12_000
"""3 MB: several chunks."""
VOICE = b"a voice" * 1000


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")
    with running() as server:
        yield server


def file_of(name: str, content: bytes, *sources: Source, stated: bool = True) -> ModelFile:
    sha256 = hashlib.sha256(content).hexdigest() if stated else None
    return ModelFile(name, len(content), sources or (on_hub(name),), sha256)


def on_hub(name: str) -> HubSource:
    return HubSource("hub", "owner/repo", "main", name)


def in_wheel(member: str) -> WheelSource:
    return WheelSource("wheel", "tiny-model==1.0", member)


def model_of(name: str, role: Role, *files: ModelFile, installed: Installed | None = None) -> Model:
    return Model(name, role, EngineName.LLAMA, "MIT", True, "here", 10, "A note. And more.", files, installed)


LLM = model_of("llm", Stage.LLM, file_of("llm.gguf", WEIGHTS))
TTS = model_of("voice", Stage.TTS, file_of("voice.onnx", VOICE), file_of("voice.onnx.json", b"{}" * 9))
VAD = model_of("vad", Stage.VAD, file_of("vad.onnx", b"vad" * 99))
STT = model_of("ear", Stage.STT, installed=Installed("json", "decoder.py"))
ROBOT = model_of("robot", Stage.TTS, installed=Installed("json", "."))
MELODY = model_of("melody", Stage.TURN_END, file_of("melody.onnx", b"melody" * 99))
GONE = model_of("gone", Stage.STT, installed=Installed("no_such_package", "data"))

MANIFEST = Manifest(
    {model.id: model for model in (LLM, TTS, VAD, STT, ROBOT, GONE, MELODY)},
    {
        "bundled": Profile("bundled", "Small.", ("vad",), ("ear",), ("llm",), ("robot",)),
        "best": Profile("best", "Large.", ("vad",), ("gone", "ear"), ("llm",), ("voice",)),
        "polite": Profile("polite", "Listens.", ("vad",), ("ear",), ("llm",), ("robot",), ("melody",)),
    },
)


def settings_for(server: Server, source: str = "") -> ModelSettings:
    return ModelSettings(source=source, hub_endpoint=server.address, hub_decision_s=10.0, stall_s=10.0)


@pytest.fixture
def store(tmp_path: Path, server: Server) -> ModelStore:
    return ModelStore(tmp_path / "store", MANIFEST, settings_for(server))


def fill_hub(server: Server, *models: Model) -> None:
    contents = {
        "llm.gguf": WEIGHTS,
        "voice.onnx": VOICE,
        "voice.onnx.json": b"{}" * 9,
        "vad.onnx": b"vad" * 99,
        "melody.onnx": b"melody" * 99,
    }
    for file in (file for model in models or (LLM, TTS, VAD) for file in model.files):
        server.on_hub("owner/repo", file.name, contents[file.name])
