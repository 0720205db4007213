"""What every turn end detector must do. Subclass and say how to create one."""

from abc import ABC, abstractmethod

import numpy as np
import pytest

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.errors import Cancelled
from appliance.core.interfaces import TurnEndDetector
from tests.engines.stt_conformance import NEVER, Token


def hum(seconds: float) -> Samples:
    """A voice's pitch without a voice."""
    times = np.arange(round(seconds * CAPTURE_RATE)) / CAPTURE_RATE
    return (0.1 * np.sin(2 * np.pi * 150 * times)).astype(np.float32)


def quiet(seconds: float) -> Samples:
    return np.zeros(round(seconds * CAPTURE_RATE), np.float32)


class TurnEndConformance(ABC):
    @abstractmethod
    def create(self) -> TurnEndDetector:
        """A new engine, not used by anybody."""

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls) -> TurnEndDetector:
        """One for all tests of the class: whatever a test leaves behind must not matter to the next."""
        return cls().create()

    def test_probe_and_warm_pass(self, engine: TurnEndDetector) -> None:
        engine.probe()
        engine.warm()

    @pytest.mark.parametrize(
        "samples",
        [
            quiet(0),
            quiet(0.001),
            quiet(1),
            hum(8),
            hum(30),
            np.sign(hum(2)) * 1.5,  # beyond full scale
            np.full(CAPTURE_RATE, 0.3, np.float32),  # nothing but an offset
        ],
        ids=["nothing", "1 ms", "silence", "8 s", "30 s", "clipped", "offset"],
    )
    def test_whatever_it_is_given_it_answers_with_a_probability(
        self, engine: TurnEndDetector, samples: Samples
    ) -> None:
        assert 0.0 <= engine.probability(samples.astype(np.float32), NEVER) <= 1.0

    def test_looks_know_nothing_of_each_other(self, engine: TurnEndDetector) -> None:
        sound = np.concatenate([hum(1), quiet(0.2)])
        first = engine.probability(sound, NEVER)
        engine.probability(quiet(3), NEVER)
        assert engine.probability(sound, NEVER) == first

    def test_only_the_last_seconds_count(self, engine: TurnEndDetector) -> None:
        newest = np.concatenate([hum(9), quiet(0.2)])
        older = np.concatenate([quiet(5), hum(5)])
        assert engine.probability(np.concatenate([older, newest]), NEVER) == engine.probability(newest, NEVER)

    def test_the_sound_is_not_changed(self, engine: TurnEndDetector) -> None:
        sound = hum(1)
        before = sound.copy()
        engine.probability(sound, NEVER)
        np.testing.assert_array_equal(sound, before)

    @pytest.mark.parametrize("after", [0, 1])
    def test_cancelling_raises_and_leaves_the_engine_usable(
        self, engine: TurnEndDetector, after: int
    ) -> None:
        with pytest.raises(Cancelled):
            engine.probability(hum(1), Token(after))
        assert 0.0 <= engine.probability(hum(1), NEVER) <= 1.0

    def test_close_can_be_called(self) -> None:
        self.create().close()
