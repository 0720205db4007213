"""Cuts the silent ends of a stretch of speech and fades what is left, while the stretch is still being made."""

from typing import Final

import numpy as np

from appliance.core.audio import Samples

AUDIBLE: Final = 0.003
"""Of full scale (−50 dBFS): 30 dB below speech. Quieter ends are silence and cut to measure."""

LEAD_S: Final = 0.01
"""s of silence left before the first sound: listeners wait for the rest."""

DECAY_S: Final = 0.03
"""s kept after the last audible sample, so that the end does not sound cut."""

FADE_S: Final = 0.005
"""s. Joints fade to silence on both sides and cannot click."""


class Trim:
    """Owns what of a stretch has not been taken yet. All that is taken, joined, is the same however it came."""

    def __init__(self, rate: int) -> None:
        self._lead, self._decay, fade = (round(seconds * rate) for seconds in (LEAD_S, DECAY_S, FADE_S))
        self._ramp = np.linspace(0.0, 1.0, fade, dtype=np.float32)
        self._held: Samples = np.zeros(0, dtype=np.float32)
        self._first = 0
        self._end = 0
        self._begun = False
        self.start = 0
        """Sample of the stretch at which its audible part begins; known with the first sound."""

    def add(self, samples: Samples) -> None:
        """Take the next piece of the stretch."""
        known = self._first + len(self._held)
        audible = np.flatnonzero(np.abs(samples) > AUDIBLE)
        self._held = np.concatenate([self._held, samples])
        if len(audible):
            self._end = known + int(audible[-1]) + 1 + self._decay
            if not self._begun:
                self._begun, self.start = True, max(0, known + int(audible[0]) - self._lead)
                self._drop(self.start)
        if not self._begun:
            self._drop(known + len(samples) - self._lead)

    @property
    def certain(self) -> int:
        """Samples that stay as they are, whatever comes: neither the silent end nor the fade before it."""
        end = min(self._first + len(self._held), self._end) - len(self._ramp)
        return max(0, end - self._first)

    @property
    def taken(self) -> int:
        """Samples of the audible part that have been taken."""
        return self._first - self.start if self._begun else 0

    def take(self) -> Samples:
        """What is certain."""
        return self._take(self.certain, self._ramp)

    def finish(self) -> Samples:
        """The rest, with a faded end: the stretch is over."""
        if not self._begun:
            return self._held[:0]
        end = min(self._first + len(self._held), self._end)
        ramp = self._ramp
        if end - self.start < len(ramp):
            ramp = np.linspace(0.0, 1.0, end - self.start, dtype=np.float32)
        sound = self._take(end - self._first, ramp)
        sound[len(sound) - len(ramp) :] *= ramp[::-1]
        return sound

    def _take(self, count: int, ramp: Samples) -> Samples:
        fading = ramp[self.taken : self.taken + count]
        sound = self._held[:count].copy()
        sound[: len(fading)] *= fading
        self._drop(self._first + count)
        return sound

    def _drop(self, until: int) -> None:
        dropped = max(0, until - self._first)
        self._held, self._first = self._held[dropped:], self._first + dropped
