"""Lets sound through up to a chosen sample, and makes every beginning and end there a short fade."""

from typing import Final

import numpy as np

from appliance.core.audio import Samples

FADE_MS: Final = 5
"""ms: short for the ear as a delay, and long as a click."""
OPEN: Final = 2**62
"""Samples to go while nothing is to stop: more than anybody will ever play."""


class Gate:
    """How loud the next sample may be, in steps of one fade: it never jumps, wherever the sound is cut.

    Each sample passes once, whether faded or not, so nothing is lost or repeated over a pause.
    """

    def __init__(self, rate: int) -> None:
        self._fade = rate * FADE_MS // 1000
        self.tail = 0
        """Samples it takes to fade out from the present level: 0 while there is silence."""
        self._start = self._fade
        """Level at which the next sample begins, in steps: sound that begins by itself needs no fade."""

    def room(self, distance: int) -> int:
        """Samples that still pass when none should from `distance` on: never fewer than a fade takes."""
        return max(distance, self.tail)

    def shape(self, samples: Samples, room: int) -> None:
        """Scale the next samples, of which `room` and no more may pass, in place."""
        count, fade = len(samples), self._fade
        if self._start < fade or room - count < fade:
            steps = np.arange(count)
            samples *= np.minimum(np.minimum(self._start + 1 + steps, room - steps), fade) / np.float32(fade)
        self.tail = self._start = min(self._start + count, room - count, fade)

    def rest(self) -> None:
        """The sound ended by itself: there is nothing to fade from."""
        self.tail, self._start = 0, self._fade
