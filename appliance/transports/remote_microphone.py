"""The capturing half of a remote port: gives arriving sound its place in time, and never lets it grow old."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from math import inf
from typing import Final

import numpy as np

from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE, AudioFrame, Samples

DRIFT: Final = 0.001
"""How much faster or slower than ours a page's clock may run: sound cards differ by 0.0002 at most."""
AHEAD_S: Final = 1.0
"""s of sound that may come before its time: what a page had buffered when it connected. More is a flood."""
FORGIVEN: Final = 0.01
"""s of it that are forgotten per second: more than `DRIFT` can amount to in a long conversation."""


class RemoteMicrophone:
    """Owns the queue of captured sound and the page's audio clock.

    Sound is placed end to end. The clock follows the earliest arrivals, since the network only ever delays. A
    stretch that comes later than that by `late_s` is dropped: when a stalled network delivers all at once, the
    newest remains. When lateness persists, what is missing was lost: the place jumps, and it is on time again.
    """

    def __init__(self, late_s: float) -> None:
        self.arrived = -inf
        """When sound came last, on the loop's clock."""
        self.dropped = 0
        """Samples that were thrown away."""
        self.overruns = 0
        """How often."""
        self._late_s = late_s + 1e-6
        self._zero = inf
        """Where the audio clock stood at zero, on the loop's clock."""
        self._position = 0
        self._before = 0.0
        """s by which the last stretch was late, if it was too late."""
        self._ahead = 0.0
        """s of sound that came before its time, of late."""
        self._queue: deque[AudioFrame] = deque()
        self._last: Samples = np.zeros(0, np.float32)
        self._news = asyncio.Event()
        self._closed = asyncio.Event()

    def take(self, samples: Samples) -> None:
        """Queue what has just arrived, unless it is too old or there is too much of it."""
        if not len(samples) or self._closed.is_set():
            return
        now, seconds = clock.now(), len(samples) / CAPTURE_RATE
        elapsed, self.arrived = now - self.arrived, now
        self._last = samples
        lag = self._place(now, seconds)
        if self._floods(lag, elapsed):
            self._drop(len(samples))  # and nobody is told of a jump, for no time was lost
            return
        frame = AudioFrame(samples, CAPTURE_RATE, self._position)
        self._position = frame.end
        if self._before:
            self._drop(len(samples))
            return
        self._zero += min(lag, DRIFT * seconds)
        self._queue.append(frame)
        while len(self._queue) > 1 and frame.end - self._queue[0].start > self._late_s * CAPTURE_RATE:
            self._drop(len(self._queue.popleft().samples))
        self._news.set()

    async def frames(self) -> AsyncIterator[AudioFrame]:
        """What has arrived, in order."""
        while not self._closed.is_set():
            while self._queue:
                yield self._queue.popleft()
            self._news.clear()
            await self._news.wait()

    def position(self, moment: float) -> float:
        """The audio clock, in seconds, at a moment of the loop's clock. It stands at zero until sound comes."""
        return max(0.0, moment - self._zero)

    def level(self) -> float:
        """Root mean square of what came last."""
        return rms(self._last)

    def forget(self) -> None:
        """Throw away what is queued."""
        self._queue.clear()
        self._last = np.zeros(0, np.float32)

    def close(self) -> None:
        """End `frames`."""
        self._closed.set()
        self._news.set()

    def _place(self, now: float, seconds: float) -> float:
        """Decide where a stretch begins that ends now. Returns the s by which it is later than the earliest."""
        if self._zero == inf:
            self._zero = now - seconds
        lag = now - self._zero - self._position / CAPTURE_RATE - seconds
        if self._before and lag > self._before - seconds / 2:  # late again, and not catching up
            self._position += round(lag * CAPTURE_RATE)
            lag = 0.0
        self._before = lag if lag > self._late_s else 0.0
        return lag

    def _floods(self, lag: float, elapsed: float) -> bool:
        """Whether more sound comes than time passes."""
        ahead = max(0.0, self._ahead - FORGIVEN * min(elapsed, AHEAD_S / FORGIVEN)) + max(0.0, -lag)
        if ahead > AHEAD_S:
            return True
        self._ahead = ahead
        return False

    def _drop(self, samples: int) -> None:
        self.overruns += 1
        self.dropped += samples


def rms(samples: Samples) -> float:
    """Root mean square; 0 for nothing."""
    return float(np.sqrt(np.dot(samples, samples) / len(samples))) if len(samples) else 0.0
