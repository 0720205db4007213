"""How loud a room and the box are at this moment, for whoever draws it."""

from collections import deque
from typing import Final

import numpy as np

from appliance.core.audio import Samples

STEP_MS: Final = 20
"""ms of sound that one level stands for: a picture is not drawn more often."""
KEPT_S: Final = 2.0
"""s of queued sound whose levels are kept: more than the playback ring holds (1.5 s)."""


class Loudness:
    """Owns the level of what was captured last, and of what is queued, which is looked up when it is heard."""

    def __init__(self, rate: int) -> None:
        """`rate`: Hz of what is played."""
        self._step = rate * STEP_MS // 1000
        self._queued: deque[tuple[int, float]] = deque(maxlen=round(KEPT_S * 1000 / STEP_MS))
        """Index of the sample behind each step, and the step's level, in order."""
        self._end = 0
        self._room = 0.0

    def captured(self, samples: Samples) -> None:
        """The microphone heard this."""
        self._room = rms(samples)

    def queue(self, samples: Samples) -> None:
        """This waits for the loudspeaker, behind all that was queued before."""
        for first in range(0, len(samples), self._step):
            step = samples[first : first + self._step]
            self._end += len(step)
            self._queued.append((self._end, rms(step)))

    def stop(self, heard: int) -> None:
        """All that was not heard when sample `heard` was, on the count of heard samples, will never be."""
        self._queued.clear()
        self._end = heard

    def at(self, heard: int, gain: float = 1.0) -> tuple[float, float]:
        """Root mean square, 0 to 1, of the room, and of the box when sample `heard` of all that was played leaves."""
        return self._room, gain * next((level for end, level in self._queued if end > heard), 0.0)


def rms(samples: Samples) -> float:
    """Root mean square; 0 for nothing."""
    return float(np.sqrt(np.dot(samples, samples) / len(samples))) if len(samples) else 0.0
