"""The end of a turn by Smart Turn 3: it hears in the melody whether somebody is done."""

from pathlib import Path

import numpy as np

from appliance.core.audio import Samples
from appliance.core.errors import EngineError
from appliance.core.interfaces import CancelToken
from appliance.core.speech import Stage
from appliance.engines.onnx_session import open_session
from appliance.engines.turn_features import LENGTH, TurnFeatures


class SmartTurn:
    """Owns the network and the memory of one look. It keeps nothing between looks."""

    def __init__(self, model: Path) -> None:
        """Load the model.

        Raises:
            ModelError: the file is absent, or onnxruntime cannot read it.
        """
        import onnxruntime

        # One core: a look must not slow the recogniser beside it.
        self._session = open_session(model, "turn end model")
        self._new_run_options = onnxruntime.RunOptions
        self._features = TurnFeatures()

    def probability(self, samples: Samples, cancel: CancelToken) -> float:
        """Probability, 0 to 1, that the turn is over after `samples` (16 kHz; the last eight seconds count).

        Raises:
            Cancelled: before or during the look.
            EngineError: the network failed.
        """
        cancel.raise_if_cancelled()
        features = self._features(samples)
        run = self._new_run_options()
        cancel.on_cancel(lambda: setattr(run, "terminate", True))
        try:
            (output,) = self._session.run(None, {"input_features": features}, run)
        except Exception as error:  # onnxruntime's exceptions share no base class of their own
            cancel.raise_if_cancelled()
            raise EngineError(Stage.TURN_END, f"Smart Turn failed: {error}") from error
        cancel.raise_if_cancelled()
        return float(output.reshape(-1)[0])

    def probe(self) -> None:
        """Look at silence, and expect a probability."""
        probability = self.probability(np.zeros(LENGTH, dtype=np.float32), _Never())
        # Written so that NaN fails as well.
        if not 0.0 <= probability <= 1.0:
            raise EngineError(
                Stage.TURN_END,
                f"The turn end model answers {probability:.2f}, which is no probability",
                retryable=False,
                remedy="Run: appliance models verify",
            )

    def warm(self) -> None:
        """Look once, so that the first real look finds every page in memory."""
        self.probe()

    def close(self) -> None:
        """Free the network."""
        del self._session


class _Never:
    """A token for looks that nobody can cancel."""

    cancelled = False

    def raise_if_cancelled(self) -> None:
        """Never."""

    def on_cancel(self, action: object) -> None:
        """Never."""
