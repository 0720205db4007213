"""Whose sound is in the loudspeaker: replies and phrases, each with its own place and count."""

import asyncio

from appliance.core.audio import AudioFrame, Samples
from appliance.core.interfaces import AudioPort, Heard

DUCKED_GAIN = 0.1
"""−20 dB: clearly lower, still understandable, so that a false alarm loses no word."""

SETTLE_S = 0.5
"""s to wait for the device to play out its own buffer (35 ms measured) after a hush."""


class Playout:
    """One reply or phrase on its way through the loudspeaker."""

    def __init__(self, port: AudioPort, base: int) -> None:
        self._port = port
        self._base = base
        self._queued = 0
        self._sealed = False
        self._revoked = False

    @property
    def rate(self) -> int:
        """Hz of what `play` takes and `heard` counts."""
        return self._port.playback_rate

    @property
    def end(self) -> int:
        """Where the next playout begins, on the port's own count of samples."""
        return self._base + self._queued

    @property
    def silent(self) -> bool:
        """Nothing has been queued."""
        return self._queued == 0

    async def play(self, samples: Samples) -> None:
        """Queue sound behind what is queued; waits while the port is full.

        In short frames, each queued whole or not at all, so that the count stays true when the
        caller is cancelled while waiting. After a hush nothing is queued any more: a task learns
        of its cancellation only when it runs next, and must not get a word in before that.
        """
        step = self.rate // 10
        for first in range(0, len(samples), step):
            frame = AudioFrame(samples[first : first + step], self.rate, self.end)
            if self._revoked:
                return
            await self._port.play(frame)
            self._queued += 0 if self._revoked else len(frame.samples)

    def revoke(self) -> None:
        """Take no more sound."""
        self._revoked = True

    def seal(self) -> None:
        """Nothing more will come."""
        self._sealed = True

    def heard(self, now: Heard) -> int:
        """Samples of this playout that have left the loudspeaker."""
        return min(max(now.samples - self._base, 0), self._queued)

    def finished(self, now: Heard) -> bool:
        """All of it has left, and nothing more will come."""
        return self._sealed and self.heard(now) == self._queued


class Loudspeaker:
    """The playing half of a port: who plays where, gain, silence."""

    def __init__(self, port: AudioPort) -> None:
        self._port = port
        self._last: Playout | None = None
        self._settled = asyncio.Event()
        self._settled.set()

    async def open(self) -> Playout:
        """A playout behind everything that is queued."""
        if self._last is None:
            await self.settle()
        base = self._last.end if self._last else self._port.heard().samples
        self._last = Playout(self._port, base)
        return self._last

    async def settle(self) -> None:
        """Wait until the count of heard samples is final after a hush.

        Bounded: when the device is gone the count will not move any more either.
        """
        try:
            await asyncio.wait_for(self._settled.wait(), SETTLE_S)
        except TimeoutError:
            self._settled.set()

    def hush(self) -> None:
        """Silence within one period; what has not left yet is dropped."""
        if self._last:
            self._last.revoke()
        self._port.stop()
        self._last = None
        self._settled.clear()

    def duck(self) -> None:
        """Lower what is playing."""
        self._port.set_gain(DUCKED_GAIN)

    def unduck(self) -> None:
        """Bring it back."""
        self._port.set_gain(1.0)

    def tick(self) -> Heard:
        """What has been heard; to be asked every period, it also notices when a hush has settled."""
        heard = self._port.heard()
        if heard.idle:
            self._settled.set()
        return heard
