"""How long one speaker pauses in mid-turn, learned while they speak."""

from collections import deque
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval


@dataclass(frozen=True, slots=True)
class PauseSettings:
    """How a speaker's pauses are learned."""

    quantile: Annotated[float, Interval(ge=0.5, le=0.99)] = 0.8
    """Share of the pauses that the typical one covers: one very long silence moves it little."""
    half_life: Annotated[float, Interval(ge=1, le=1000)] = 10.0
    """Pauses after which an old one counts half."""
    at_least: Annotated[int, Interval(ge=1, le=50)] = 3
    """Pauses before anything is claimed of a speaker."""
    shortest_ms: Annotated[int, Interval(ge=0, le=1000)] = 200
    """ms. Shorter silences are the gaps between sounds, and teach nothing."""
    longest_ms: Annotated[int, Interval(ge=500, le=10_000)] = 3000
    """ms. After longer ones somebody comes back to the box rather than goes on."""


MEMORY = 64
"""Pauses that are remembered, the newest: with the default half-life the next one would count a hundredth."""


class SpeakerPauses:
    """Owns the pauses of one session: silences after which the same turn went on."""

    def __init__(self, settings: PauseSettings) -> None:
        self._settings = settings
        self._heard_ms: deque[float] = deque(maxlen=MEMORY)

    def learn(self, pause_ms: float) -> None:
        """The speaker went on after so much silence."""
        if self._settings.shortest_ms <= pause_ms <= self._settings.longest_ms:
            self._heard_ms.append(pause_ms)

    @property
    def typical_ms(self) -> float | None:
        """The pause that most of this speaker's stay below; None before enough were heard."""
        if len(self._heard_ms) < self._settings.at_least:
            return None
        decay = 0.5 ** (1 / self._settings.half_life)
        weighted = sorted((pause_ms, decay**age) for age, pause_ms in enumerate(reversed(self._heard_ms)))
        left = self._settings.quantile * sum(weight for _, weight in weighted)
        for pause_ms, weight in weighted:
            left -= weight
            if left <= 0:
                return pause_ms
        return weighted[-1][0]  # rounding left a trace
