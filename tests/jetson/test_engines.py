"""Which engines are lent the GPU of a board."""

from pathlib import Path

import pytest

from appliance import app
from appliance.core.speech import Stage
from appliance.engines.models.manifest import EngineName
from appliance.engines.models.selection import Choice, Selection
from appliance.settings import load_settings


def choice(engine: EngineName) -> Choice:
    return Choice(engine.value, engine, Path("model"), 100)


SELECTION = Selection(
    "jetson-8gb",
    vad=(choice(EngineName.SILERO),),
    stt=(choice(EngineName.WHISPER), choice(EngineName.SPHINX)),
    llm=(choice(EngineName.LLAMA),),
    tts=(choice(EngineName.PIPER), choice(EngineName.ESPEAK)),
    losses=(),
)


@pytest.mark.parametrize(
    ("device", "layers", "lent"),
    [("there", "-1", {"whisper", "llama"}), ("there", "0", set()), ("absent", "-1", set())],
)
def test_whisper_and_llama_are_lent_it_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str, layers: str, lent: set[str]
) -> None:
    (tmp_path / "there").touch()
    monkeypatch.setattr(app, "GPUS", (str(tmp_path / device),))
    settings = load_settings(None, {"APPLIANCE_LLM__GPU_LAYERS": layers})
    specs = [
        spec
        for stage in (Stage.STT, Stage.LLM, Stage.TTS)
        for spec in app.engine_specs(stage, SELECTION, settings)
    ]
    assert {spec.name for spec in specs if spec.gpu} == lent
    assert specs[0].kwargs["gpu"] is (lent != set())
