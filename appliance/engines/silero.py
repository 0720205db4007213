"""Voice activity by Silero VAD 6: one small recurrent network, run by onnxruntime alone."""

from pathlib import Path

import numpy as np

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.errors import EngineError
from appliance.core.speech import Stage
from appliance.engines.onnx_session import open_session

WINDOW = 512
"""Samples (32 ms) per call: the only size the network was trained with at 16 kHz."""

CONTEXT = 64
"""Samples of the previous window that the network wants in front of the next one."""

STATE_SHAPE = (2, 1, 128)
"""Two layers of recurrent state, one stream, 128 cells: the model's `state` input."""

SILENCE_BELOW = 0.3
"""Probability that the probe accepts for digital silence. Silero answers about 0.01 to it, and anything
near the threshold of speech (0.5) would mean a damaged or different model."""


class Silero:
    """Owns the network and the memory it carries from window to window."""

    window = WINDOW

    def __init__(self, model: Path, sha256: str = "") -> None:
        """Load the model.

        Args:
            model: its file.
            sha256: that the file must have; empty: any.

        Raises:
            ModelError: the file is absent or another one, or onnxruntime cannot read it.
        """
        # One core: the network costs 0.15 ms per 32 ms of sound.
        self._session = open_session(model, "voice activity model", sha256)
        self._rate = np.array(CAPTURE_RATE, dtype=np.int64)
        self._input = np.zeros((1, CONTEXT + WINDOW), dtype=np.float32)
        self._state = np.zeros(STATE_SHAPE, dtype=np.float32)

    def probability(self, window: Samples) -> float:
        """Probability of speech, 0 to 1, in the next 512 samples."""
        if window.shape != (WINDOW,):
            raise ValueError(f"Silero takes {WINDOW} samples at a time, not {window.shape}")
        self._input[0, :CONTEXT] = self._input[0, -CONTEXT:]
        self._input[0, CONTEXT:] = window
        output, self._state = self._session.run(
            None, {"input": self._input, "state": self._state, "sr": self._rate}
        )
        return float(output[0, 0])

    def reset(self) -> None:
        """Forget the past: the next window does not continue the last one."""
        self._input = np.zeros_like(self._input)
        self._state = np.zeros(STATE_SHAPE, dtype=np.float32)

    def probe(self) -> None:
        """Listen to silence, and expect to hear nobody."""
        self.reset()
        probability = self.probability(np.zeros(WINDOW, dtype=np.float32))
        self.reset()
        # Written so that NaN fails as well.
        if not 0.0 <= probability < SILENCE_BELOW:
            raise EngineError(
                Stage.VAD,
                f"The voice activity model takes silence for speech (probability {probability:.2f})",
                retryable=False,
                remedy="Run: appliance models verify",
            )

    def warm(self) -> None:
        """Run once, so that the first real window finds every page in memory."""
        self.probability(np.zeros(WINDOW, dtype=np.float32))
        self.reset()

    def close(self) -> None:
        """Free the network."""
        del self._session
