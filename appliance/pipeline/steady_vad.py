"""A detector of speech that does not fail: loudness takes the place of a model that does, until the model is back.

The box must not go deaf in silence. The model runs in the main process, so what it raises, and what it returns that
is no probability, is noticed here; a call of it that never returned would stop the whole process, for which the
watchdog is there.
"""

from collections.abc import Callable
from math import isfinite, log10
from typing import Final

import numpy as np

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.errors import ApplianceError, EngineError, Failure
from appliance.core.interfaces import VoiceActivityDetector
from appliance.core.speech import Stage
from appliance.pipeline.doze import Doze

WINDOW: Final = 512
"""Samples per call where no model says otherwise: 32 ms."""

STUCK: Final = 8
"""Windows (256 ms) of which all get the same probability, to the last bit, although they are not silence. In 25
recordings Silero never gave more than two alike. Half a second is kept from before an utterance: nothing is lost."""
VOICE: Final = 0.5
"""Probability from which even digital silence, which always gets the same, should not get it."""

RETRY: Final = 312
"""Windows (10 s) after which a new model is tried; doubles with every failure in a row, up to `RETRY_MOST`."""
RETRY_MOST: Final = 18_750
"""Windows: 10 minutes."""


class Loudness:
    """Takes for speech what is clearly louder than the room has been. Deaf to whispers, credulous to doors.

    In 25 recordings of people it found 90 % of the windows that Silero takes for speech, and took 0.2 % of the others.
    """

    def __init__(self) -> None:
        self._floor_db = FLOOR_DB

    def probability(self, window: Samples) -> float:
        """Probability of speech, 0 to 1."""
        level_db = 10 * log10(_power(window) + 1e-12)
        rise_db = RISE_DB_S * len(window) / CAPTURE_RATE
        self._floor_db = max(FLOOR_DB, min(self._floor_db + rise_db, level_db))
        return min(max((level_db - self._floor_db - SILENCE_DB) / SPAN_DB, 0.0), 0.95)


FLOOR_DB: Final = -60.0
"""dBFS that no room falls below: of less than that, noise of the converter is all there is."""
RISE_DB_S: Final = 2.0
"""dB per second by which the room may become louder: a sentence of 5 s is not taken for the room, a fan is."""
SILENCE_DB, SPAN_DB = 6.0, 12.0
"""dB above the room at which the probability begins to grow, and over which it does: 0.5 is reached 12 dB above."""


class SteadyDetector:
    """Owns a model, or the count of windows until the next attempt to have one."""

    def __init__(
        self, make: Callable[[], VoiceActivityDetector], tell: Callable[[EngineError], None]
    ) -> None:
        """Begin.

        Args:
            make: gives a new model; may fail.
            tell: told whenever the model fails.
        """
        self.window = WINDOW
        self._make = make
        self._tell = tell
        self._loudness = Loudness()
        self._doze = Doze()
        self._model: VoiceActivityDetector | None = None
        self._wait = 0
        self._retry = RETRY
        self._last = (0.0, 0)
        """The newest probability, and for how many windows that were not silent it has been the same."""
        self._renew()

    def probability(self, window: Samples) -> float:
        """Probability of speech, 0 to 1, in the next window."""
        loud = self._loudness.probability(window)
        if self._model is None:
            self._wait -= 1
            if self._wait <= 0:
                self._renew()
            return loud
        if self._doze.may_miss(window):
            return self._last[0]
        try:
            for missed in self._doze.missed():
                self._checked(self._model.probability(missed), missed)
            probability = self._checked(self._model.probability(window), window)
        except Exception as problem:  # noqa: BLE001 - native bindings raise what they like
            self._give_up(problem)
            return loud
        self._doze.heard(probability)
        return probability

    def reset(self) -> None:
        """Forget the past."""
        self._doze.forget()
        try:
            if self._model:
                self._model.reset()
        except Exception as problem:  # noqa: BLE001 - as above
            self._give_up(problem)

    def probe(self) -> None:
        """Nothing can be wrong with it that it would not find out."""

    def warm(self) -> None:
        """See `Engine`."""
        if self._model:
            self._model.warm()

    def close(self) -> None:
        """See `Engine`."""
        if self._model:
            self._model.close()

    def _checked(self, probability: float, window: Samples) -> float:
        """The model's opinion, if it is one."""
        if not 0.0 <= probability <= 1.0:  # written so that NaN fails as well
            raise _nonsense(f"gives {probability} for a probability")
        last, times = self._last
        alike = probability == last and (probability >= VOICE or not _silent(window))
        self._last = probability, times + alike if probability == last else 0
        if self._last[1] >= STUCK:
            raise _nonsense("gives the same probability for everything")
        if times == 0:
            self._retry = RETRY
        return probability

    def _give_up(self, problem: Exception) -> None:
        self._model, self._last = None, (0.0, 0)
        self._doze.forget()
        self._wait = self._retry
        self._retry = min(self._retry * 2, RETRY_MOST)
        self._tell(problem if isinstance(problem, EngineError) else _broken(problem))

    def _renew(self) -> None:
        try:
            model = self._make()
            model.probe()
            self.window = model.window
        except Exception as problem:  # noqa: BLE001 - as above
            self._give_up(problem)
        else:
            self._model = model


def _power(window: Samples) -> float:
    power = float(np.dot(window, window)) / len(window)
    return power if isfinite(power) else float(np.mean(np.square(np.nan_to_num(window), dtype=np.float64)))


def _silent(window: Samples) -> bool:
    """Less than one bit of 16, or the same all along: what a muted microphone gives, offset and all."""
    return float(window.max()) - float(window.min()) < 1 / 32768


def _nonsense(what: str) -> EngineError:
    return EngineError(Stage.VAD, f"The voice activity model {what}", failure=Failure.BROKEN)


def _broken(problem: Exception) -> EngineError:
    words = problem.problem if isinstance(problem, ApplianceError) else f"{type(problem).__name__}: {problem}"
    return EngineError(Stage.VAD, f"The voice activity model failed: {words}", failure=Failure.BROKEN)
