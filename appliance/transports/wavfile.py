"""A port without a sound card: recordings speak into the microphone, the loudspeaker becomes a recording.

Both run in real time on one clock from one zero, so latency can be measured from the two files.
On an event loop with virtual time the same port holds whole conversations in milliseconds.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import numpy as np

from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE, PERIOD, PERIOD_MS, AudioFrame, Samples
from appliance.core.gate import OPEN
from appliance.core.interfaces import Heard
from appliance.transports.simulated import SimulatedLoudspeaker, SwallowingLoudspeaker

QUEUE_S = 1.0
"""s of sound that may wait for the loudspeaker; `play` waits beyond it."""


@dataclass(frozen=True, slots=True)
class _Clip:
    """A recording on the microphone's track."""

    start: int
    samples: Samples


class WavPort:
    """An `AudioPort` between a microphone track that one fills and a loudspeaker track that one reads."""

    half_duplex = False
    """Nothing of the one gets into the other."""

    def __init__(self, playback_rate: int = 48_000, loudspeaker: SimulatedLoudspeaker | None = None) -> None:
        self.playback_rate = playback_rate
        self._loudspeaker = loudspeaker or SimulatedLoudspeaker(playback_rate)
        self._opened: float | None = None
        self._clips: list[_Clip] = []
        self._room = asyncio.Event()
        self._stops = 0
        self._closed = asyncio.Event()

    deaf = speechless = False  # there is a microphone, and a loudspeaker

    @property
    def away(self) -> bool:
        """See `AudioPort`."""
        return False

    def say(self, samples: Samples, at: float) -> float:
        """Speak a recording (16 kHz mono) into the microphone, mixed with whatever else speaks then.

        Args:
            samples: of any length.
            at: second on the audio clock; what is past already begins now.

        Returns:
            The second at which it will be over.
        """
        start = max(round(at * CAPTURE_RATE), self._present() * PERIOD)
        self._clips.append(_Clip(start, samples))
        return (start + len(samples)) / CAPTURE_RATE

    def speaker(self) -> Samples:
        """All that the loudspeaker has played since the port opened, at `playback_rate`."""
        return np.concatenate([np.empty(0, np.float32), *self._loudspeaker.track])

    def close(self) -> None:
        """End `frames`."""
        self._closed.set()

    async def frames(self) -> AsyncIterator[AudioFrame]:
        """See `AudioPort`. Nothing is ever dropped: a late reader catches up period by period."""
        if self._opened is None:
            self._opened = clock.now()
        position = self._present() * PERIOD  # 0, but for whoever asks a second time
        while not self._closed.is_set():
            await clock.sleep_until(self._opened + (position + PERIOD) / CAPTURE_RATE)
            self._advance()
            yield AudioFrame(self._microphone(position), CAPTURE_RATE, position)
            position += PERIOD

    async def play(self, frame: AudioFrame) -> None:
        """See `AudioPort`."""
        stops = self._stops
        # What is queued by a late loop must not be heard in the past.
        self._advance()
        while self._loudspeaker.queued >= QUEUE_S * self.playback_rate:
            self._room.clear()
            await self._room.wait()
        if stops == self._stops and len(frame.samples):
            self._loudspeaker.queue(frame.samples)

    def set_gain(self, gain: float) -> None:
        """See `AudioPort`."""
        self._advance()
        self._loudspeaker.gain = gain

    def hold(self, at: int | None) -> None:
        """See `AudioPort`."""
        self._advance()
        self._loudspeaker.limit = OPEN if at is None else at

    def be_prompt(self, prompt: bool) -> None:
        """See `AudioPort`. A file is always prompt."""

    def stop(self) -> None:
        """See `AudioPort`."""
        self._advance()
        self._stops += 1
        self._loudspeaker.stop()
        self._room.set()

    def heard(self) -> Heard:
        """See `AudioPort`."""
        return self._loudspeaker.heard

    def now(self) -> float:
        """See `AudioPort`."""
        return 0.0 if self._opened is None else clock.now() - self._opened

    def counters(self) -> dict[str, int]:
        """See `AudioPort`. A file neither overruns nor drops."""
        return {"overruns": 0, "underruns": 0, "dropped": 0}

    def _advance(self) -> None:
        """Let the loudspeaker play up to now.

        The present period was settled when it began, as on a sound card: what is queued now is heard in the next.
        """
        if self._opened is not None:
            while len(self._loudspeaker.track) <= self._present():
                self._loudspeaker.advance()
        self._room.set()

    def _present(self) -> int:
        """Number of the period that is being played and captured."""
        return int(self.now() * 1000 / PERIOD_MS + 1e-6)

    def _microphone(self, position: int) -> Samples:
        period = np.zeros(PERIOD, np.float32)
        for clip in self._clips:
            first, last = max(position, clip.start), min(position + PERIOD, clip.start + len(clip.samples))
            if first < last:
                period[first - position : last - position] += clip.samples[
                    first - clip.start : last - clip.start
                ]
        return period


class SilentPort(WavPort):
    """A `WavPort` whose loudspeaker swallows what it is given at once, for turns that nobody listens to."""

    def __init__(self, playback_rate: int = 48_000) -> None:
        super().__init__(playback_rate, SwallowingLoudspeaker(playback_rate))
