"""A microphone and a loudspeaker somewhere on the network, whatever carries the sound there."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
from annotated_types import Interval

from appliance.core import clock
from appliance.core.audio import AudioFrame, Samples
from appliance.core.interfaces import Heard
from appliance.transports.remote_loudspeaker import RemoteLoudspeaker
from appliance.transports.remote_microphone import RemoteMicrophone


@dataclass(frozen=True, slots=True)
class RemoteSettings:
    """What a network may do to sound."""

    late_ms: Annotated[int, Interval(ge=60, le=1000)] = 200
    """ms that captured sound may be old, on the way or in the queue; older is dropped."""
    stall_ms: Annotated[int, Interval(ge=200, le=1000)] = 500
    """ms without sound from the page after which the link counts as broken, and playing pauses."""
    delay_ms: Annotated[float, Interval(ge=0.0, le=1000.0)] = 120.0
    """ms from the box to the page's loudspeaker until the page reports its own (Chromium on one machine:
    20 ms packet + 40 ms jitter buffer + 40 ms output; on Wi-Fi more)."""


class RemotePort:
    """An `AudioPort` for somebody who is here by network, over one connection or, one after another, many.

    The audio clock is the page's microphone's, and runs on while nothing arrives. Playing stops and goes
    back to the last sample that was surely heard whenever the link is not proven to live.
    """

    playback_rate = 48_000
    half_duplex = False
    """Browsers cancel the echo."""

    def __init__(self, settings: RemoteSettings | None = None) -> None:
        limits = settings or RemoteSettings()
        self._microphone = RemoteMicrophone(limits.late_ms / 1000)
        self._loudspeaker = RemoteLoudspeaker(self.playback_rate, limits.delay_ms / 1000)
        self._stall_s = limits.stall_ms / 1000
        self._muted = False
        self.carrier: object | None = None
        """Who carries the sound now; None: nobody does."""
        self.on_flush = _nothing
        """Called by `stop`, and when playing goes back after a hole in the network. Whoever sets it sees to it
        that what was pulled and not yet heard never will be."""

    deaf = speechless = False  # there is a microphone, and a loudspeaker

    @property
    def away(self) -> bool:
        """See `AudioPort`."""
        return self.carrier is None

    def attach(self, carrier: object = "somebody") -> None:
        """A connection carries the sound from now on, instead of any other."""
        if self.carrier is not None:
            self._loudspeaker.rewind(self._microphone.arrived)
        self.carrier = carrier

    def detach(self, carrier: object | None = None) -> None:
        """The connection is gone: nothing is pulled until the next. One that was replaced changes nothing."""
        if self.carrier is not None and (carrier is None or carrier is self.carrier):
            self._loudspeaker.rewind(self._microphone.arrived)
            self.carrier = None

    def capture(self, samples: Samples) -> None:
        """Take sound that has arrived: 16 kHz mono, of any length. It also proves that the link lives."""
        self._microphone.take(np.zeros_like(samples) if self._muted else samples)

    def pull(self, count: int) -> Samples:
        """The next samples at `playback_rate`, for this very moment. Silence where there is nothing to play."""
        alive, arrived = self.alive, self._microphone.arrived
        if not alive and self._loudspeaker.silent and self._loudspeaker.rewind(arrived):
            self.on_flush()
        return self._loudspeaker.pull(count, clock.now(), arrived, flows=alive)

    @property
    def alive(self) -> bool:
        """Whether a connection carries the sound, and is proven to live."""
        return self.carrier is not None and clock.now() - self._microphone.arrived <= self._stall_s

    def played(self, delay_ms: float) -> None:
        """The page reports how far its loudspeaker is behind `pull`."""
        self._loudspeaker.set_delay(delay_ms / 1000)

    @property
    def muted(self) -> bool:
        """Whether silence stands in the place of everything that is captured."""
        return self._muted

    @muted.setter
    def muted(self, muted: bool) -> None:
        self._muted = muted
        if muted:
            self._microphone.forget()

    def levels(self) -> tuple[float, float]:
        """Root mean square, 0 to 1, of what was captured last and of what was pulled last."""
        return self._microphone.level(), self._loudspeaker.level()

    def close(self) -> None:
        """End `frames`; whoever waits in `play` returns."""
        self.detach()
        self._microphone.close()
        self._loudspeaker.close()

    def frames(self) -> AsyncIterator[AudioFrame]:
        """See `AudioPort`. A muted microphone captures silence, so that time goes on."""
        return self._microphone.frames()

    async def play(self, frame: AudioFrame) -> None:
        """See `AudioPort`."""
        if frame.rate != self.playback_rate:
            raise ValueError(f"frames of {self.playback_rate} Hz are played here, not of {frame.rate}")
        await self._loudspeaker.play(frame.samples)

    def set_gain(self, gain: float) -> None:
        """See `AudioPort`."""
        self._loudspeaker.gain.level = gain

    def hold(self, at: int | None) -> None:
        """See `AudioPort`. What was pulled already cannot be held any more."""
        self._loudspeaker.hold(at)

    def stop(self) -> None:
        """See `AudioPort`. What was pulled is still heard, unless `on_flush` is set."""
        self._loudspeaker.stop(self._microphone.arrived, flushed=self.on_flush is not _nothing)
        self.on_flush()

    def be_prompt(self, prompt: bool) -> None:
        """See `AudioPort`. Sound comes as the network brings it."""

    def heard(self) -> Heard:
        """See `AudioPort`. Only what has surely left the page's loudspeaker."""
        heard = self._loudspeaker.heard(self._microphone.arrived)
        if not heard.samples:
            return replace(heard, started=0.0, ended=0.0)
        position = self._microphone.position
        return replace(heard, started=position(heard.started), ended=position(heard.ended))

    def now(self) -> float:
        """See `AudioPort`."""
        return self._microphone.position(clock.now())

    def counters(self) -> dict[str, int]:
        """See `AudioPort`. `overruns`: stretches that came too late or too fast; `dropped`: their samples."""
        return {
            "overruns": self._microphone.overruns,
            "underruns": self._loudspeaker.underruns,
            "dropped": self._microphone.dropped,
        }


def _nothing() -> None:
    """What is pulled over WebRTC cannot be called back."""
