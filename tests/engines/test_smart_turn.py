import math
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.errors import Cancelled, EngineError, ModelError
from appliance.core.interfaces import CancelToken, TurnEndDetector
from appliance.engines.smart_turn import SmartTurn
from tests.engines.stt_conformance import NEVER
from tests.engines.turn_end_conformance import TurnEndConformance, hum
from tests.models import SMART_TURN, needs_model, test_model
from tests.shared import clip, labels, needs_shared


class StillnessDetector:
    """The smallest detector: who is still is done."""

    def probability(self, samples: Samples, cancel: CancelToken) -> float:
        cancel.raise_if_cancelled()
        tail = samples[-CAPTURE_RATE // 5 :]
        cancel.raise_if_cancelled()
        return 1.0 - min(1.0, float(np.abs(tail).mean())) if len(tail) else 0.5

    def probe(self) -> None:
        self.probability(np.zeros(9, np.float32), NEVER)

    def warm(self) -> None:
        self.probe()

    def close(self) -> None:
        pass


class TestStillnessDetector(TurnEndConformance):
    def create(self) -> TurnEndDetector:
        return StillnessDetector()


@pytest.mark.engines
@needs_model(SMART_TURN)
class TestSmartTurn(TurnEndConformance):
    def create(self) -> TurnEndDetector:
        return SmartTurn(test_model(SMART_TURN))

    @needs_shared
    def test_it_tells_the_ends_of_orders_from_their_middle(self, engine: TurnEndDetector) -> None:
        ends, middles = [], []
        for name, label in list(labels("people").items())[:10]:
            sound = clip(f"people/{name}")
            begin, end = label["speech"][0][0], label["speech_end"]
            silent_after = round((end + 0.2) * CAPTURE_RATE)
            in_a_word = round((begin + 0.3 * (end - begin)) * CAPTURE_RATE)
            ends.append(engine.probability(sound[:silent_after], NEVER))
            middles.append(engine.probability(sound[:in_a_word], NEVER))
        assert np.median(ends) > 0.9
        assert np.median(middles) < 0.5

    def test_a_cancel_in_mid_look_ends_it(self, engine: TurnEndDetector) -> None:
        with pytest.raises(Cancelled):
            engine.probability(hum(8), CancelledOnceRunning())
        assert 0.0 <= engine.probability(hum(1), NEVER) <= 1.0


class CancelledOnceRunning:
    """A token that is cancelled as soon as the engine has said what to do then."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def raise_if_cancelled(self) -> None:
        if self.cancelled:
            raise Cancelled

    def on_cancel(self, action: Callable[[], None]) -> None:
        self._cancelled.set()
        action()


def test_a_missing_model_is_named() -> None:
    with pytest.raises(ModelError, match="nowhere"):
        SmartTurn(Path("nowhere.onnx"))


def test_a_damaged_model_is_named(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(b"not a network")
    with pytest.raises(ModelError, match=r"damaged\.onnx"):
        SmartTurn(damaged)


@pytest.mark.engines
@pytest.mark.parametrize("answer", [1.5, -3.0, math.nan])
def test_the_probe_refuses_what_is_no_probability(tmp_path: Path, answer: float) -> None:
    with pytest.raises(EngineError, match="no probability"):
        SmartTurn(constant_network(tmp_path, answer)).probe()


def constant_network(folder: Path, answer: float) -> Path:
    """A network with Smart Turn's input and output that always answers the same."""
    onnx = pytest.importorskip("onnx")
    helper, tensor = onnx.helper, onnx.TensorProto
    graph = helper.make_graph(
        [
            helper.make_node(
                "Constant", [], ["logits"], value=helper.make_tensor("v", tensor.FLOAT, [1, 1], [answer])
            )
        ],
        "constant",
        [helper.make_tensor_value_info("input_features", tensor.FLOAT, [1, 80, 800])],
        [helper.make_tensor_value_info("logits", tensor.FLOAT, [1, 1])],
    )
    path = folder / "constant.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8), str(path))
    return path
