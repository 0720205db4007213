"""Which engine of a stage to use, when to start the next one, and when to try a better one again."""

from collections import deque
from collections.abc import Sequence

from appliance.core import clock
from appliance.core.errors import EngineError, Failure
from appliance.inference.settings import InferenceSettings
from appliance.inference.spec import EngineSpec


class Ladder:
    """The engines of one stage, best first, and how the present one has failed.

    An engine that keeps failing gives way to the next. When all have failed they are tried again from
    the best one on, for ever, ever more slowly: an appliance has nobody to ask what to do instead. Where
    a lesser one works, `better` is what may be tried beside it, unless the machine is short of what that
    needs (`refit`).
    """

    def __init__(self, specs: Sequence[EngineSpec], settings: InferenceSettings) -> None:
        self.falls = 0
        """Failures of all engines since the start."""
        self.moves = 0
        """Changes of the worker, whatever their reason."""
        self.problem = ""
        """What the last worker ended of, in words."""
        self.reason = ""
        """Why other engines are to be used than before."""
        self._specs = specs
        self._settings = settings
        self._rung = 0
        self._best_allowed = 0
        self._in_a_row = 0
        self._rounds = 0
        """How often all of them have failed, since one worked for long."""
        self._slips = 0
        """Attempts to climb, since one led to a long service."""
        self._doubts: deque[float] = deque(maxlen=settings.doubts)

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
        return self._rounds > 0

    @property
    def better(self) -> EngineSpec | None:
        """The engine above the present one, if there is one and it may be tried."""
        return self._specs[self._rung - 1] if self._rung > self._best_allowed else None

    @property
    def climb_delay_s(self) -> float:
        """Seconds to wait before the better engine is tried; doubles with every attempt that failed."""
        settings = self._settings
        return min(settings.climb_s * 2.0 ** min(self._slips, 20), settings.climb_most_s)

    def fall(self, error: EngineError, served_s: float) -> float:
        """Take note that the engine failed `served_s` after it was ready, 0 if it never was.

        Returns: seconds to wait before starting `spec`, which may be another one now.
        """
        self.falls, self.moves, self.problem = self.falls + 1, self.moves + 1, error.problem
        self._doubts.clear()
        self._credit(served_s)
        self._in_a_row += self._weight(error)
        doublings = min(self._in_a_row - 1 + self._rounds * self._settings.attempts, 20)
        delay_s = min(self._settings.restart_delay_s * 2.0**doublings, self._settings.restart_delay_max_s)
        if self._in_a_row < self._settings.attempts:
            return delay_s
        self._in_a_row = 0
        if self._rung + 1 < len(self._specs):
            self._rung += 1
            return delay_s if self.exhausted else 0.0
        self._rung = self._best_allowed
        self._rounds += 1
        return delay_s

    def _weight(self, error: EngineError) -> int:
        """How many attempts a failure stands for: a process that lives and fails will hardly fail less next time."""
        if not error.retryable:
            return self._settings.attempts
        return 2 if error.failure is Failure.BROKEN else 1

    def _credit(self, served_s: float) -> None:
        """Long service clears the record."""
        if served_s >= self._settings.stable_s:
            self._in_a_row = self._rounds = 0
        if served_s >= self._settings.climb_most_s:
            self._slips = 0

    def doubt(self) -> bool:
        """Take note that a result was bad, or none. Returns whether that has become too much to go on."""
        now = clock.now()
        self._doubts.append(now)
        return (
            len(self._doubts) == self._doubts.maxlen
            and now - self._doubts[0] <= self._settings.doubt_window_s
        )

    def refit(self, specs: Sequence[EngineSpec], best: int, reason: str) -> None:
        """Use the same engines, perhaps with other arguments, and none better than number `best` of them."""
        self._specs, self._best_allowed = specs, min(best, len(specs) - 1)
        self.reason = reason
        if self._rung < self._best_allowed:
            self._move(self._best_allowed)

    def parted(self, reason: EngineError) -> None:
        """A worker was sent away that had done nothing wrong."""
        self.moves += 1
        self.problem = reason.problem

    def climbed(self) -> None:
        """`better` works and is in use now. Should it fall again, the next attempt waits longer."""
        self._slips += 1
        self._rounds = 0
        self._move(self._rung - 1)

    def slipped(self, error: EngineError) -> None:
        """`better` does not work yet."""
        self._slips += 1
        self.problem = error.problem

    def _move(self, rung: int) -> None:
        self._rung, self._in_a_row = rung, 0
        self.moves += 1
        self._doubts.clear()
