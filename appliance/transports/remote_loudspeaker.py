"""The playing half of a remote port: gives sound away at the last moment, and takes back what got lost."""

import asyncio
from collections.abc import Callable
from typing import Final

import numpy as np

from appliance.core.audio import Samples
from appliance.core.gate import OPEN, Gate
from appliance.core.interfaces import Heard
from appliance.transports.remote_journey import Journey, Tape
from appliance.transports.remote_microphone import rms

NOTHING: Final = np.empty(0, np.float32)
QUEUE_S: Final = 1.0
"""s of sound that may wait; `play` waits beyond it."""
FARTHEST_S: Final = 1.0
"""s that a loudspeaker may be away. With the longest stall, 1 s, that bounds what is kept to take back."""
GLIDE_MS: Final = 10
"""ms that a change of gain takes: one period of a sound card."""
HOLE_S: Final = 0.2
"""s of silence inside a reply that count as an underrun; longer ones are pauses, as in the local ledger."""


class RemoteLoudspeaker:
    """Owns what is to be played, from where it was surely heard on, and how loud it is."""

    def __init__(self, rate: int, delay_s: float) -> None:
        self.gain = Gain(rate)
        """How loud it is, from the next pull on."""
        self.underruns = 0
        """Holes inside replies."""
        self._rate = rate
        self._journey = Journey(rate, delay_s)
        self._tape = Tape()
        self._next = 0
        """Place on the tape that is pulled next."""
        self._limit = OPEN
        self._gate = Gate(rate)
        self._farewell: Samples = NOTHING
        """The end of what was stopped, faded out, for the next pull."""
        self._silence = OPEN
        """Samples of silence since the last sound."""
        self._last: Samples = NOTHING
        self._room = _Room()

    async def play(self, samples: Samples) -> None:
        """Queue sound; waits while the queue is full."""
        if not await self._room.enter(lambda: self._tape.end - self._next < QUEUE_S * self._rate):
            return
        if self._journey.heard == self._tape.end:
            self._journey.onset = self._tape.end
        if len(samples):
            self._tape.append(samples)

    def pull(self, count: int, now: float, proof: float, *, flows: bool) -> Samples:
        """The next samples, which leave at `now`.

        `proof` is the moment up to which the link has surely lived, `flows` whether that is recent enough: if not,
        what sounds fades out.
        """
        self._last = out = np.zeros(count, np.float32)
        if flows and self._next == self._tape.end and not len(self._farewell):
            self._rest(count)  # nearly all pulls of a life: keep it short
            return out
        if not (self._gate.tail or len(self._farewell)):
            self.gain.jump()  # in silence there is nothing to glide from
        taken = self._take(out, flows=flows)
        self.gain.apply(out)
        self._tape.forget(self._journey.follow(proof))
        if flows:
            self._journey.send(now, self._next - taken, taken)
        self._room.open()
        return out

    @property
    def silent(self) -> bool:
        """Nothing sounds that would have to fade out."""
        return not self._gate.tail

    def rewind(self, proof: float) -> bool:
        """The link broke some time after `proof`: what was not heard until then is given away once more.

        Returns whether there is anything of that kind.
        """
        self._gate.shape(NOTHING, 0)  # it comes back as it would after a hold
        self._farewell = NOTHING
        heard = self._journey.follow(proof)
        self._journey.abandon()
        if self._tape.base > heard:  # a stop has thrown it away
            self._tape.renumber(heard)
            self._journey.onset = heard
        before, self._next = self._next, heard
        return before > heard

    def hold(self, at: int | None) -> None:
        """Give away nothing beyond a place; None: go on."""
        self._limit = OPEN if at is None else at

    def stop(self, proof: float, *, flushed: bool) -> None:
        """Drop what waits, and if it is `flushed` there also what is on its way. Otherwise it ends in a fade."""
        if self._gate.tail:  # if not, it is silent, or another stop's fade waits
            self._farewell = self._fade_out()
        if flushed:
            self._farewell, self._next = NOTHING, self._journey.follow(proof)
            self._journey.abandon()
        self._tape.cut(self._next + len(self._farewell))
        self._limit, self._silence = OPEN, OPEN
        self._room.clear_out()

    def heard(self, proof: float) -> Heard:
        """See `AudioPort.heard`; `started` and `ended` are on the loop's clock."""
        journey = self._journey
        heard = journey.follow(proof)
        return Heard(heard, journey.started, heard == self._tape.end, journey.ended)

    def set_delay(self, seconds: float) -> None:
        """How long sound takes to the loudspeaker."""
        self._journey.delay_s = min(max(seconds, 0.0), FARTHEST_S)

    def level(self) -> float:
        """Root mean square of what was pulled last."""
        return rms(self._last)

    def close(self) -> None:
        """Let nobody wait any more."""
        self._room.close()

    def _take(self, out: Samples, *, flows: bool) -> int:
        """Fill a block. Returns how many samples of it are sound."""
        if len(self._farewell):
            taken = min(len(self._farewell), len(out))
            out[:taken], self._farewell = self._farewell[:taken], self._farewell[taken:]
            self._next += taken
            return taken
        room = self._gate.room(self._limit - self._next if flows else 0)
        wanted = min(room, len(out))
        taken = self._tape.read(self._next, out[:wanted])
        self._gate.shape(out[:taken], room)
        self._next += taken
        self._count(taken, missing=len(out) - taken if taken < wanted else 0)
        if taken < wanted:
            self._gate.rest()
        return taken

    def _fade_out(self) -> Samples:
        """The next samples, down to silence."""
        room = self._gate.tail
        fade = np.zeros(room, np.float32)
        fade = fade[: self._tape.read(self._next, fade)]
        self._gate.shape(fade, room)
        self._gate.rest()
        return fade

    def _rest(self, count: int) -> None:
        """There is nothing to play."""
        self._silence += count
        self._gate.rest()
        self.gain.jump()

    def _count(self, taken: int, missing: int) -> None:
        """Notice holes. While the sound is held or paused, time stands still."""
        if taken:
            self.underruns += 0 < self._silence <= HOLE_S * self._rate
            self._silence = 0
        self._silence += missing


class Gain:
    """How loud the last sample was; the next ones glide from there."""

    def __init__(self, rate: int) -> None:
        self.level = 1.0
        """Where to glide."""
        self._reached = 1.0
        self._ramp = rate * GLIDE_MS // 1000

    def jump(self) -> None:
        """Be there at once."""
        self._reached = self.level

    def apply(self, out: Samples) -> None:
        """Scale the next samples in place."""
        if self._reached == self.level == 1.0:
            return
        ramp = min(self._ramp, len(out))
        out[:ramp] *= np.linspace(self._reached, self.level, ramp, dtype=np.float32)
        out[ramp:] *= np.float32(self.level)
        self.jump()


class _Room:
    """Where those wait who have more to play than fits, until there is room or nobody wants it any more."""

    def __init__(self) -> None:
        self._evictions = 0
        self._changed = asyncio.Event()
        self._closed = asyncio.Event()

    async def enter(self, fits: Callable[[], bool]) -> bool:
        """Wait until it fits. False: nobody wants it any more."""
        evictions = self._evictions
        while not fits() and evictions == self._evictions and not self._closed.is_set():
            self._changed.clear()
            await self._changed.wait()
        return evictions == self._evictions and not self._closed.is_set()

    def open(self) -> None:
        """There may be room."""
        self._changed.set()

    def clear_out(self) -> None:
        """Whoever waits goes."""
        self._evictions += 1
        self._changed.set()

    def close(self) -> None:
        """Nobody enters any more."""
        self._closed.set()
        self._changed.set()
