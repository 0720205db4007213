"""A loudspeaker without a sound card: it plays period by period, as a real one would, into a recording."""

from collections import deque
from typing import Final

import numpy as np

from appliance.core.audio import PERIOD_MS, Samples
from appliance.core.gate import OPEN, Gate
from appliance.core.interfaces import Heard

NOTHING: Final = np.empty(0, np.float32)


class SimulatedLoudspeaker:
    """Owns the queue, the gain and the hold of a loudspeaker, and everything it has played."""

    def __init__(self, rate: int) -> None:
        self.gain = 1.0
        """What to scale the sound by, from the next period on."""
        self.limit = OPEN
        """Samples of sound, as `Heard.samples` counts them: what lies beyond waits."""
        self.track: list[Samples] = []
        """What it has played so far, in periods."""
        self._period = rate * PERIOD_MS // 1000
        self._queue: deque[Samples] = deque()
        self._gate = Gate(rate)
        self._farewell = NOTHING
        """The end of what was stopped, faded out, for the next period."""
        self._reached = 1.0
        """Gain at the end of the last period; the next one glides from there."""
        self._heard = Heard(0, 0.0, idle=True)
        """As it was at the end of the last period."""

    @property
    def queued(self) -> int:
        """Samples that wait."""
        return sum(map(len, self._queue))

    @property
    def heard(self) -> Heard:
        """See `AudioPort.heard`."""
        last = self._heard
        return Heard(last.samples, last.started, not self._queue and not len(self._farewell), last.ended)

    def queue(self, samples: Samples) -> None:
        """Put sound behind what waits."""
        self._queue.append(samples)

    def stop(self) -> None:
        """Fade out what sounds, drop what waits, hold no more."""
        room = self._gate.tail
        if room:
            self._farewell = np.concatenate([NOTHING, *self._queue])[:room]
            self._gate.shape(self._farewell, room)
            self._gate.rest()
        self._queue.clear()
        self.limit = OPEN

    def advance(self) -> None:
        """Play one period."""
        begun = len(self.track) * PERIOD_MS / 1000
        if not (self._gate.tail or len(self._farewell)):
            self._reached = self.gain  # in silence there is nothing to glide from
        sound = self._take()
        period = np.zeros(self._period, np.float32)
        period[: len(sound)] = sound
        if len(sound) and not self._reached == self.gain == 1.0:  # most periods: conversations last for hours
            period *= np.linspace(self._reached, self.gain, self._period, dtype=np.float32)
        self._reached = self.gain
        self.track.append(period)
        self._count(len(sound), begun, idle=not self._queue)

    def _take(self) -> Samples:
        """What leaves in the next period."""
        if len(self._farewell):
            sound, self._farewell = self._farewell, NOTHING
            return sound
        room = self._gate.room(self.limit - self._heard.samples)
        sound = self._dequeue(min(room, self._period))
        self._gate.shape(sound, room)
        if len(sound) < min(room, self._period):
            self._gate.rest()
        return sound

    def _dequeue(self, most: int) -> Samples:
        blocks = [NOTHING]
        while self._queue and most > 0:
            block = self._queue.popleft()
            blocks.append(block[:most])
            if len(block) > most:
                self._queue.appendleft(block[most:])
            most -= len(blocks[-1])
        return np.concatenate(blocks)

    def _count(self, samples: int, begun: float, *, idle: bool) -> None:
        before = self._heard
        if samples or idle:
            started = begun if samples and before.idle else before.started
            left_s = min(samples, self._period) / self._period * PERIOD_MS / 1000
            ended = begun + left_s if samples else before.ended
            self._heard = Heard(before.samples + samples, started, idle, ended)


class SwallowingLoudspeaker(SimulatedLoudspeaker):
    """A loudspeaker that swallows what it is given at once, for turns that nobody listens to."""

    def advance(self) -> None:
        """Swallow all that is not held."""
        begun = len(self.track) * PERIOD_MS / 1000
        swallowed = len(self._dequeue(self.limit - self._heard.samples))
        self.track.append(np.zeros(self._period, np.float32))
        self._count(swallowed, begun, idle=not swallowed and not self._queue)
