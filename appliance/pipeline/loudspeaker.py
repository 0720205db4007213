"""Whose sound is in the loudspeaker: replies and phrases, each with its own place and count."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from appliance.core.audio import AudioFrame, Samples
from appliance.core.interfaces import AudioPort, Heard

DUCKED_GAIN = 0.1
"""−20 dB: clearly lower, still understandable, so that a false alarm loses no word."""

LOUDNESS = 1.66
"""Exponent by which amplitude follows a volume in percent: half the volume then sounds half as loud, 10 dB less
(loudness doubles with 10 dB, ISO 532)."""

HELD_S = 20.0
"""s of sound that a playout keeps before it is opened: more than the longest clause (200 characters, 14 s).
`play` waits beyond that."""

SETTLE_S = 0.5
"""s to wait for the device to play out its own buffer (35 ms measured) after a hush."""


@dataclass(slots=True)
class _Aside:
    """Something else that is heard in the midst of a playout."""

    position: int
    """Samples of the playout before it."""
    length: int = 0
    """Samples of it, queued so far."""


class Playout:
    """One reply or phrase on its way through the loudspeaker.

    Until it is opened it only keeps what it is given: an answer that is prepared in case it is wanted.
    Asides are heard in its midst and count as none of it: the listener has heard so much of the reply.
    """

    def __init__(self, port: AudioPort) -> None:
        self.on_queued: Callable[[], None] = _nothing
        """Called once the first of it is in the port's queue."""
        self._port = port
        self._base = 0
        self._queued = 0
        self._asides: list[_Aside] = []
        self._order = asyncio.Lock()
        self._held: list[Samples] = []
        self._opened = asyncio.Event()
        self._sealed = False
        self._revoked = False

    @property
    def rate(self) -> int:
        """Hz of what `play` takes and `heard` counts."""
        return self._port.playback_rate

    @property
    def unfinished(self) -> bool:
        """It has its place in the loudspeaker, and more of it may come."""
        return self._opened.is_set() and not (self._sealed or self._revoked)

    @property
    def end(self) -> int:
        """Where the next playout begins, on the port's own count of samples."""
        return self._base + self._queued + sum(aside.length for aside in self._asides)

    def at(self, position: int) -> int:
        """Where sample `position` of it lies, on the port's own count of samples."""
        before = (aside.length for aside in self._asides if aside.position < position)
        return self._base + position + sum(before)

    @property
    def silent(self) -> bool:
        """It has been given nothing."""
        return not (self._queued or self._held)

    async def play(self, samples: Samples) -> None:
        """Queue sound behind what is queued; waits while the port is full.

        In short frames, each queued whole or not at all, so that the count stays true when the
        caller is cancelled while waiting. After a hush nothing is queued any more: a task learns
        of its cancellation only when it runs next, and must not get a word in before that.
        """
        if not self._opened.is_set() and sum(map(len, self._held)) < HELD_S * self.rate:
            self._held.append(samples)
            return
        await self._opened.wait()
        await self._queue(samples)

    async def begin(self, base: int) -> None:
        """Be heard from `base` on, on the port's own count of samples: first what was kept."""
        self._base = base
        while self._held:  # what comes meanwhile is kept behind it
            await self._queue(self._held.pop(0))
        self._opened.set()

    async def aside(self, samples: Samples) -> None:
        """Let something else be heard behind what is queued. To be opened first."""
        aside = _Aside(self._queued)
        self._asides.append(aside)
        async with self._order:
            async for length in self._port_takes(samples):
                aside.length += length

    async def wanted(self) -> None:
        """Return once it is certain that somebody will hear it."""
        await self._opened.wait()

    async def _queue(self, samples: Samples) -> None:
        async with self._order:
            async for length in self._port_takes(samples):
                if length and not self._queued:
                    self.on_queued()
                self._queued += length

    async def _port_takes(self, samples: Samples) -> AsyncIterator[int]:
        """Give it to the port; yield how many samples that took, again and again."""
        step = self.rate // 10
        for first in range(0, len(samples), step):
            frame = AudioFrame(samples[first : first + step], self.rate, self.end)
            if self._revoked:
                return
            await self._port.play(frame)
            yield 0 if self._revoked else len(frame.samples)

    def revoke(self) -> None:
        """Take no more sound."""
        self._revoked = True

    def seal(self) -> None:
        """Nothing more will come."""
        self._sealed = True

    def heard(self, now: Heard) -> int:
        """Samples of this playout that have left the loudspeaker."""
        left = max(now.samples - self._base, 0)
        for aside in self._asides:
            left -= min(max(left - aside.position, 0), aside.length)
        return min(left, self._queued)

    def heard_s(self) -> float:
        """Seconds of it that have left the loudspeaker by now."""
        return self.heard(self._port.heard()) / self.rate

    def finished(self, now: Heard) -> bool:
        """All of it has left, and nothing more will come."""
        return self._sealed and not self._held and now.samples >= self.end

    def lost(self, now: Heard) -> bool:
        """Nothing more will come or leave, and not all of it was heard: the loudspeaker was gone for a while."""
        return self._sealed and not self._held and now.idle and now.samples < self.end


def _nothing() -> None:
    """Nobody wants to know."""


class Loudspeaker:
    """The playing half of a port: who plays where, gain, silence."""

    def __init__(self, port: AudioPort) -> None:
        self._port = port
        self._last: Playout | None = None
        self._order = asyncio.Lock()
        self._settled = asyncio.Event()
        self._settled.set()
        self._volume = 100
        self._gain = 1.0
        """Of what plays, relative to the volume."""

    @property
    def volume(self) -> int:
        """Percent of what the voice has; 0 is silence."""
        return self._volume

    def set_volume(self, percent: int) -> None:
        """At once, for all that plays in this conversation."""
        self._volume = min(max(percent, 0), 100)
        self._set_gain(self._gain)

    def _set_gain(self, gain: float) -> None:
        self._gain = gain
        self._port.set_gain(gain * (self._volume / 100) ** LOUDNESS)

    def prepare(self) -> Playout:
        """A playout that nobody hears before it is opened."""
        return Playout(self._port)

    async def open(self, playout: Playout | None = None) -> Playout:
        """Give a playout, a new one by default, its place behind everything that is queued."""
        async with self._order:
            return await self._open(playout or self.prepare())

    async def say(self, samples: Samples) -> None:
        """Queue a recording behind everything. Whatever is opened next comes behind all of it."""
        async with (
            self._order
        ):  # longer than the port's queue: without, what comes next would be heard in its midst
            playout = await self._open(self.prepare())
            await playout.play(samples)
            playout.seal()

    async def _open(self, playout: Playout) -> Playout:
        if self._last is None:
            await self.settle()
        base = self._last.end if self._last else self._port.heard().samples
        self._last = playout
        await playout.begin(base)
        return playout

    async def interject(self, samples: Samples) -> None:
        """Let a recording be heard as soon as may be: in the midst of what is still being spoken, or for itself."""
        async with self._order:
            last = self._last
            if last and last.unfinished:
                await last.aside(samples)
                return
        await self.say(samples)

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

    def duck(self, until: int) -> None:
        """Lower what is playing, and let it wait from sample `until` on, on the port's count of samples."""
        self._set_gain(DUCKED_GAIN)
        self._port.hold(until)

    def unduck(self) -> None:
        """Bring it back, from where it waits."""
        self._set_gain(1.0)
        self._port.hold(None)

    def tick(self) -> Heard:
        """What has been heard; to be asked every period, it also notices when a hush has settled."""
        heard = self._port.heard()
        if heard.idle:
            self._settled.set()
        return heard
