"""Whatever the model of the detector does, the box hears."""

import numpy as np
import pytest

from appliance.core.audio import Samples
from appliance.core.errors import EngineError, ModelError
from appliance.core.speech import Stage
from appliance.pipeline.steady_vad import RETRY, STUCK, WINDOW, Loudness, SteadyDetector
from tests.fakes import LoudnessVad

CHANCE = np.random.default_rng(1)
QUIET = 0.001


def noise(level: float = 0.1) -> Samples:
    return (CHANCE.standard_normal(WINDOW) * level).astype(np.float32)


class Model(LoudnessVad):
    """As certain as a network: never twice the same."""

    def __init__(self, *answers: float | Exception) -> None:
        self._answers = iter(answers)

    def probability(self, window: Samples) -> float:
        answer = next(self._answers, None)
        if isinstance(answer, Exception):
            raise answer
        return answer if answer is not None else 0.5 + float(np.abs(window).mean()) % 0.4


class Ward:
    """A detector, the models it is given one after another, and what it told of them."""

    def __init__(self, *models: Model | Exception) -> None:
        self.told: list[EngineError] = []
        self._models = iter(models)
        self.detector = SteadyDetector(self._make, self.told.append)

    def _make(self) -> Model:
        model = next(self._models)
        if isinstance(model, Exception):
            raise model
        return model


def test_a_model_that_works_is_believed() -> None:
    ward = Ward(Model(0.1, 0.9, 1.0, 0.0))
    assert [ward.detector.probability(noise()) for _ in range(4)] == [0.1, 0.9, 1.0, 0.0]
    assert ward.told == []


@pytest.mark.parametrize("answer", [RuntimeError("ORT fell over"), float("nan"), float("inf"), -0.1, 1.1])
def test_a_model_that_fails_is_replaced_by_loudness_and_tried_again_later(answer: float | Exception) -> None:
    ward = Ward(Model(0.2, answer), Model(0.7))
    for _ in range(2):
        ward.detector.probability(noise(QUIET))
    assert [error.stage for error in ward.told] == [Stage.VAD]
    assert ward.detector.probability(noise(0.2)) > 0.5
    assert ward.detector.probability(noise(QUIET)) < 0.35
    for _ in range(RETRY - 2):
        ward.detector.probability(noise(QUIET))
    assert ward.detector.probability(noise()) == 0.7
    assert len(ward.told) == 1


def test_a_model_that_says_always_the_same_is_stuck_but_not_in_silence() -> None:
    ward = Ward(Model(*[0.01] * 1000))
    for _ in range(500):
        ward.detector.probability(np.zeros(WINDOW, np.float32))
    assert ward.told == []
    for _ in range(STUCK + 1):
        ward.detector.probability(noise())
    assert len(ward.told) == 1
    assert "same probability" in ward.told[0].problem


def test_the_box_hears_without_any_model_and_tries_ever_more_rarely() -> None:
    ward = Ward(*[ModelError("there is no such file")] * 3, Model(0.7))
    assert "no such file" in ward.told[0].problem
    attempts = list[int]()
    for number in range(8 * RETRY):
        if ward.detector.probability(noise(QUIET)) == 0.7:
            break
        attempts += [number] * (len(ward.told) > len(attempts) + 1)
    assert attempts == [RETRY - 1, 3 * RETRY - 1]
    assert len(ward.told) == 3


def test_resetting_a_broken_model_is_no_way_to_fail() -> None:
    class Unresettable(Model):
        def reset(self) -> None:
            raise RuntimeError("no")

    ward = Ward(Unresettable())
    ward.detector.reset()
    ward.detector.reset()
    assert len(ward.told) == 1


def test_loudness_follows_the_room_but_not_a_sentence() -> None:
    ear = Loudness()
    for _ in range(300):
        assert ear.probability(noise(QUIET)) < 0.35
    assert all(ear.probability(noise(0.1)) > 0.5 for _ in range(150)), "5 s of somebody speaking"
    for _ in range(2000):
        ear.probability(noise(0.05))
    assert ear.probability(noise(0.05)) < 0.35, "a fan"
    assert 0.0 <= ear.probability(np.full(WINDOW, np.nan, np.float32)) <= 1.0


def test_a_model_that_hears_somebody_in_digital_silence_is_stuck() -> None:
    ward = Ward(Model(*[1.0] * 1000))
    for _ in range(STUCK + 1):
        ward.detector.probability(np.zeros(WINDOW, np.float32))
    assert len(ward.told) == 1
