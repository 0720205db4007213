"""What every voice activity detector must do. Subclass and say how to create one."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

import numpy as np
import pytest

from appliance.core.audio import Samples
from appliance.core.interfaces import VoiceActivityDetector


def windows(samples: Samples, size: int = 512) -> Iterator[Samples]:
    """Whole windows of a recording."""
    for start in range(0, len(samples) - size + 1, size):
        yield samples[start : start + size]


def noise(seconds: float, seed: int = 0) -> Samples:
    """White noise at a tenth of full scale."""
    rng = np.random.default_rng(seed)
    return (0.1 * rng.standard_normal(round(seconds * 16_000))).astype(np.float32)


class VoiceActivityConformance(ABC):
    @abstractmethod
    def create(self) -> VoiceActivityDetector:
        """A new detector, not used by anybody."""

    def test_probe_and_warm_pass_and_leave_no_trace(self) -> None:
        used, fresh = self.create(), self.create()
        used.probe()
        used.warm()
        first = noise(0.1)[: used.window]
        assert used.probability(first) == fresh.probability(first)

    def test_probabilities_lie_between_nought_and_one(self) -> None:
        detector = self.create()
        loud = np.sign(noise(0.5)) * 1.5  # beyond full scale
        for window in windows(np.concatenate([noise(0.5), loud]), detector.window):
            assert 0.0 <= detector.probability(window) <= 1.0

    def test_silence_is_not_speech(self) -> None:
        detector = self.create()
        assert all(detector.probability(np.zeros(detector.window, np.float32)) < 0.3 for _ in range(20))

    def test_it_remembers_and_reset_forgets(self) -> None:
        detector = self.create()
        silence = np.zeros(detector.window, dtype=np.float32)
        first = detector.probability(silence)
        for window in windows(noise(0.5), detector.window):
            detector.probability(window)
        assert detector.probability(silence) != first
        detector.reset()
        assert detector.probability(silence) == first

    def test_the_window_is_not_changed(self) -> None:
        detector = self.create()
        window = noise(0.1)[: detector.window]
        before = window.copy()
        detector.probability(window)
        np.testing.assert_array_equal(window, before)

    def test_another_size_is_refused(self) -> None:
        detector = self.create()
        with pytest.raises(ValueError, match=r"\d|window"):
            detector.probability(np.zeros(detector.window - 1, dtype=np.float32))

    def test_close_can_be_called(self) -> None:
        self.create().close()
