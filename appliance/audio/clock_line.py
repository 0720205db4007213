"""Where a device's samples lie in time: one line through the stamps of its periods, noise and drift and all."""

from statistics import median
from typing import Final

import numpy as np

BIN: Final = 10
"""Stamps of which the median counts: single late callbacks leave no trace."""
WINDOW: Final = 300
"""Bins kept: 30 s. At 0.5 ms of noise that finds the rate to 1.1 ppm (notes/audio.md 5)."""
MOST_DRIFT: Final = 500e-6
"""A clock that is further off than 500 ppm is broken. Sound cards stay below 100, cheap crystals below 200."""
SHY: Final = 1.0
"""s²: how much evidence outweighs the belief that a clock is exact: as much as 1 to 2 s of stamps give."""
STEADFAST: Final = 25.0
"""The same for the belief, after a jump, that the clock still has the rate it had before."""
JUMP_S: Final = 0.002
"""A stamp this far off the line may mean that the device jumped. Honest ones wander 0.02 to 0.5 ms."""
NOISY: Final = 4.0
"""The same in mean deviations, for devices with worse stamps."""
IN_A_ROW: Final = 5
"""Stamps off the line on the same side that are a jump: a stumble of the machine makes fewer, or both sides."""


class ClockLine:
    """Owns the estimate of when each sample of one stream is captured or played, in s on CLOCK_MONOTONIC."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._index, self._moment = 0, 0.0
        self._offset = self._drift = 0.0
        self._wander = 0.0
        """s: mean distance of stamps from the line."""
        self._bins = np.empty((2, WINDOW))
        """Place on the device's time since the anchor, and delay against it, both in s. The oldest gives way."""
        self._binned = 0
        """Bins so far."""
        self._fresh: list[tuple[float, float]] = []
        self._astray: list[tuple[int, float]] = []
        self.restart()

    def restart(self) -> None:
        """The device may have jumped: forget where its samples lie, but not how fast they come."""
        self._believed, self._belief = self._drift, STEADFAST if self._binned else SHY
        self._binned = 0
        self._fresh.clear()
        self._astray.clear()
        self._offset = 0.0

    @property
    def known(self) -> bool:
        """Whether it has seen a stamp since it began."""
        return bool(self._binned or self._fresh)

    @property
    def drift_ppm(self) -> float:
        """How much slower the device's clock runs than the machine's."""
        return self._drift * 1e6

    def moment(self, index: float) -> float:
        """When a sample is captured or played."""
        at = (index - self._index) / self._rate
        return self._moment + at + self._offset + self._drift * at

    def index(self, moment: float) -> float:
        """Which sample is captured or played at a moment."""
        at = (moment - self._moment - self._offset) / (1 + self._drift)
        return self._index + at * self._rate

    def add(self, index: int, moment: float) -> None:
        """Take the stamp of a period: the moment of its first sample. Periods come in order."""
        if not self.known:
            self._index, self._moment = index, moment
        off = moment - self.moment(index)
        if abs(off) > max(JUMP_S, NOISY * self._wander):
            self._suspect(index, moment, off)
            return
        self._astray.clear()
        self._wander += (abs(off) - self._wander) / WINDOW
        self._accept(index, moment)

    def _suspect(self, index: int, moment: float, off: float) -> None:
        """Leave a stamp out that is far off the line, unless it is one of many on the same side."""
        if self._astray and (self._astray[-1][1] - self.moment(self._astray[-1][0])) * off < 0:
            self._astray.clear()
        self._astray.append((index, moment))
        if len(self._astray) >= IN_A_ROW:
            astray = list(self._astray)
            self.restart()
            self._index, self._moment = astray[0]
            for place in astray:
                self._accept(*place)

    def _accept(self, index: int, moment: float) -> None:
        at = (index - self._index) / self._rate
        self._fresh.append((at, moment - self._moment - at))
        if len(self._fresh) == BIN:
            self._bins[:, self._binned % WINDOW] = (
                self._fresh[BIN // 2][0],
                median(late for _, late in self._fresh),
            )
            self._binned += 1
            self._fresh.clear()
            self._fit()
        elif not self._binned:
            self._offset = median(late - self._drift * at for at, late in self._fresh)

    def _fit(self) -> None:
        """Least squares, with what was believed before as one more piece of evidence."""
        at, late = self._bins[:, : self._binned]
        centre = at.mean()
        spread = at - centre
        slope = (spread @ late + self._belief * self._believed) / (spread @ spread + self._belief)
        self._drift = float(np.clip(slope, -MOST_DRIFT, MOST_DRIFT))
        self._offset = float(late.mean() - self._drift * centre)
