import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from appliance.core.audio import Samples
from appliance.core.errors import EngineError, ModelError
from appliance.core.interfaces import VoiceActivityDetector
from appliance.engines.silero import Silero
from tests.engines.vad_conformance import VoiceActivityConformance, windows
from tests.models import SILERO, needs_model, test_model
from tests.shared import clip, labels, needs_shared


class LoudnessDetector:
    """The smallest detector: loud is speech. It remembers one window, so that `reset` matters."""

    window = 512

    def __init__(self) -> None:
        self._last = 0.0

    def probability(self, window: Samples) -> float:
        if window.shape != (self.window,):
            raise ValueError("wrong window")
        loudness = min(1.0, float(np.abs(window).mean()) * 10)
        smooth, self._last = (self._last + loudness) / 2, loudness
        return smooth

    def reset(self) -> None:
        self._last = 0.0

    def probe(self) -> None:
        self.probability(np.zeros(self.window, dtype=np.float32))

    def warm(self) -> None:
        self.probe()

    def close(self) -> None:
        pass


class TestLoudnessDetector(VoiceActivityConformance):
    def create(self) -> VoiceActivityDetector:
        return LoudnessDetector()


@pytest.mark.engines
@needs_model(SILERO)
class TestSilero(VoiceActivityConformance):
    def create(self) -> VoiceActivityDetector:
        return Silero(test_model(SILERO))

    @needs_shared
    def test_people_are_heard_where_they_were_labelled(self) -> None:
        detector = self.create()
        for name, label in list(labels("people").items())[:8]:
            detector.reset()
            heard = [detector.probability(window) >= 0.5 for window in windows(clip(f"people/{name}"))]
            times = np.arange(len(heard)) * detector.window / 16_000
            inside = np.zeros(len(heard), dtype=bool)
            for start, end in label["speech"]:
                inside |= (times >= start) & (times < end)
            assert np.mean(np.array(heard)[inside]) > 0.8, name

    @needs_shared
    def test_a_busy_kitchen_is_mostly_not_speech(self) -> None:
        detector = self.create()
        heard = [detector.probability(window) >= 0.5 for window in windows(clip("noise/kitchen.flac"))]
        assert np.mean(heard) < 0.05

    def test_torch_is_never_imported(self) -> None:
        script = (
            "import sys, numpy, pathlib; from appliance.engines.silero import Silero;"
            "Silero(pathlib.Path(sys.argv[1])).probe();"
            "sys.exit('torch' in sys.modules or 'silero_vad' in sys.modules)"
        )
        subprocess.run([sys.executable, "-c", script, str(test_model(SILERO))], check=True, timeout=60)


def test_a_missing_model_is_named() -> None:
    with pytest.raises(ModelError, match="nowhere"):
        Silero(Path("nowhere.onnx"))


def test_a_damaged_model_is_named(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(b"not a network")
    with pytest.raises(ModelError, match=r"damaged\.onnx"):
        Silero(damaged)


@pytest.mark.engines
@pytest.mark.parametrize("answer", [0.9, float("nan")])
def test_the_probe_refuses_a_model_that_hears_silence_speak(tmp_path: Path, answer: float) -> None:
    with pytest.raises(EngineError, match="silence"):
        Silero(constant_network(tmp_path, answer)).probe()


def constant_network(folder: Path, answer: float) -> Path:
    """A network with Silero's inputs and outputs that always answers the same."""
    onnx = pytest.importorskip("onnx")
    helper, tensor = onnx.helper, onnx.TensorProto
    inputs = [
        helper.make_tensor_value_info("input", tensor.FLOAT, [1, 576]),
        helper.make_tensor_value_info("state", tensor.FLOAT, [2, 1, 128]),
        helper.make_tensor_value_info("sr", tensor.INT64, []),
    ]
    outputs = [
        helper.make_tensor_value_info("output", tensor.FLOAT, [1, 1]),
        helper.make_tensor_value_info("stateN", tensor.FLOAT, [2, 1, 128]),
    ]
    value = helper.make_tensor("value", tensor.FLOAT, [1, 1], [answer])
    nodes = [
        helper.make_node("Constant", [], ["output"], value=value),
        helper.make_node("Identity", ["state"], ["stateN"]),
    ]
    graph = helper.make_graph(nodes, "constant", inputs, outputs)
    path = folder / "constant.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8), str(path))
    return path
