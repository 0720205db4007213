"""How soon an engine gives its first result as a rule, and how long to wait for one before it must have hung."""

from collections import defaultdict, deque
from statistics import median
from typing import Protocol

from appliance.inference.settings import InferenceSettings

REMEMBERED = 32
"""First results of each method that count: a few turns. The engine's pace follows the machine's."""

COLD_MARGIN = 2.5
"""How much longer than measured an engine may read what it does not have in mind: long prompts cost more per
character than short ones (SmolLM2 prefilled 512 tokens at 0.8 times the rate of 128, notes of issue 2)."""


class Question(Protocol):
    """What the pace of a piece of work depends on."""

    @property
    def method(self) -> str:
        """Which of the engine's methods."""

    @property
    def session(self) -> str:
        """Whose dialogue an engine with a memory would have to have in mind."""

    @property
    def weight(self) -> float:
        """How much must be read first if it does not, in a unit of the method's own."""

    @property
    def budget_s(self) -> float:
        """Seconds that it may take in all."""


class Pace:
    """Owns what was measured of one engine, from its warm turn on."""

    def __init__(self, settings: InferenceSettings, *, first: bool = True) -> None:
        """Begin to measure; `first`: no other engine of the stage has been measured before."""
        self._settings = settings
        self._unknown_s = float("inf") if first else settings.hang_unknown_s
        self._firsts: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=REMEMBERED))
        self._cold_s = 0.0
        """Seconds per unit of weight, of the slowest reading so far."""

    def limit_s(self, work: Question, *, cold: bool = False) -> float:
        """Seconds without a result after which `work` has hung; `cold`: all must be read first, nothing is in mind."""
        known = self._firsts.get(work.method)
        if not known or (cold and not self._cold_s):
            return min(work.budget_s, self._unknown_s)
        usual_s = self._settings.hang_factor * median(known)
        cold_s = COLD_MARGIN * self._cold_s * work.weight if cold else 0.0
        return min(max(usual_s, cold_s, self._settings.hang_floor_s), work.budget_s)

    def learn(self, work: Question, first_s: float, *, cold: bool = False) -> None:
        """The first result of `work` came after so many seconds at work."""
        if cold:
            self._cold_s = max(self._cold_s, first_s / work.weight)
        else:
            self._firsts[work.method].append(first_s)
        self._firsts[work.method] = self._firsts[work.method] or deque([first_s], REMEMBERED)
