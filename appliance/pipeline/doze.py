"""When a detector of speech need not look: nobody has spoken for a while, and the room sounds as it did.

A window that is hardly louder than the room has been, neither in the tones of consonants nor in those of vowels, holds
nobody who could be heard; lower ones, of fans and fridges, do not matter. The network is spared it, but not for good:
what it has missed is what it hears first when something stirs, so that it knows the room when somebody begins.
"""

from collections import deque
from math import inf, isfinite, log10
from typing import Final

import numpy as np

from appliance.core.audio import CAPTURE_RATE, Samples

CALM: Final = 0.1
"""Probability of speech below which a window counts as calm."""
CALM_WINDOWS: Final = 62
"""Calm windows in a row (2 s) after which it may doze: in a conversation it never does."""
MARGINS_DB: Final = (2.0, 4.0)
"""dB above the room's floor from which something stirs, among the high tones and among those of vowels. Windows of
steady noise differ by less; there are four times as few samples of the latter."""
RISE_DB_S: Final = 1.0
"""dB per second by which the floor may rise: faster than rooms become louder, slower than any voice."""
KEPT: Final = 16
"""Windows (0.5 s) that are made up for, in 3 ms. With three times as many nobody was noticed any sooner."""
LEAST: Final = 1e-12
"""Power, −120 dBFS, below which it is all the same."""


class Doze:
    """Owns the floor of a room, and what was missed of it."""

    def __init__(self) -> None:
        self._calm = 0
        self._floors = (inf, inf)
        """dBFS: of high tones, and of those of vowels."""
        self._missed: deque[Samples] = deque(maxlen=KEPT)

    def may_miss(self, window: Samples) -> bool:
        """Whether nobody can be heard in the next window, which is then kept. To be asked for every one."""
        levels = _levels_db(window)
        floors, rise_db = self._floors, RISE_DB_S * len(window) / CAPTURE_RATE
        self._floors = min(floors[0] + rise_db, levels[0]), min(floors[1] + rise_db, levels[1])
        still = levels[0] < floors[0] + MARGINS_DB[0] and levels[1] < floors[1] + MARGINS_DB[1]
        if still and self._calm >= CALM_WINDOWS:
            self._missed.append(window)
            return True
        return False

    def missed(self) -> list[Samples]:
        """What there is to make up for, once."""
        missed = list(self._missed)
        self._missed.clear()
        return missed

    def heard(self, probability: float) -> None:
        """The detector has looked at a window."""
        self._calm = self._calm + 1 if probability < CALM else 0

    def forget(self) -> None:
        """What comes does not continue what was."""
        self._calm, self._floors = 0, (inf, inf)
        self._missed.clear()


def _levels_db(window: Samples) -> tuple[float, float]:
    """dBFS of a window above 2 kHz or so, and from 0.3 to 2 kHz: its differences, and those of every four together.

    What is no number is louder than anything.
    """
    if not isfinite(float(np.dot(window, window))):
        return inf, inf
    fours = window.reshape(-1, 4).sum(axis=1)
    high, middle = window[1:] - window[:-1], fours[1:] - fours[:-1]
    return _db(float(np.dot(high, high)) / len(window)), _db(float(np.dot(middle, middle)) / len(window))


def _db(power: float) -> float:
    return 10 * log10(power + LEAST)
