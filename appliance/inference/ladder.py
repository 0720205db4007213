"""Which engine of a stage to start next, and when."""

from collections.abc import Sequence

from appliance.core.errors import EngineError
from appliance.inference.settings import InferenceSettings
from appliance.inference.spec import EngineSpec


class Ladder:
    """The engines of one stage, best first, and how the present one has failed.

    An engine that keeps failing gives way to the next. The last one is tried for ever, ever more
    slowly: an appliance has nobody to ask what to do instead.
    """

    def __init__(self, specs: Sequence[EngineSpec], settings: InferenceSettings) -> None:
        self.falls = 0
        """Failures of all engines since the start."""
        self.problem = ""
        """The last of them, in words."""
        self._specs = specs
        self._settings = settings
        self._rung = 0
        self._in_a_row = 0

    @property
    def spec(self) -> EngineSpec:
        """The engine to use."""
        return self._specs[self._rung]

    @property
    def degraded(self) -> bool:
        """It is not the best one."""
        return self._rung > 0

    @property
    def exhausted(self) -> bool:
        """The last engine has used up its attempts, too."""
        return self._in_a_row >= self._settings.attempts

    def fall(self, error: EngineError, served_s: float) -> float:
        """Take note that the engine failed `served_s` after it was ready, 0 if it never was.

        Returns: seconds to wait before starting `spec`, which may be another one now.
        """
        self.falls, self.problem = self.falls + 1, error.problem
        if served_s >= self._settings.stable_s:
            self._in_a_row = 0
        self._in_a_row += 1 if error.retryable else self._settings.attempts
        if self.exhausted and self._rung + 1 < len(self._specs):
            self._rung += 1
            self._in_a_row = 0
            return 0.0
        doublings = min(self._in_a_row - 1, 20)
        return min(self._settings.restart_delay_s * 2.0**doublings, self._settings.restart_delay_max_s)
