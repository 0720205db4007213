"""A port without a sound card: recordings speak into the microphone, the loudspeaker becomes a recording.

Both run in real time on one clock from one zero, so latency can be measured from the two files.
On an event loop with virtual time the same port holds whole conversations in milliseconds.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

import numpy as np

from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE, PERIOD, PERIOD_MS, AudioFrame, Samples
from appliance.core.interfaces import Heard

QUEUE_S = 1.0
"""s of sound that may wait for the loudspeaker; `play` waits beyond it."""

FADE_MS = 5
"""ms of fade when playback is stopped, so that there is no click."""


@dataclass(frozen=True, slots=True)
class _Clip:
    """A recording on the microphone's track."""

    start: int
    samples: Samples


class WavPort:
    """An `AudioPort` between a microphone track that one fills and a loudspeaker track that one reads."""

    def __init__(self, playback_rate: int = 48_000) -> None:
        self.playback_rate = playback_rate
        self._period = playback_rate * PERIOD_MS // 1000
        self._opened: float | None = None
        self._clips: list[_Clip] = []
        self._queue: deque[Samples] = deque()
        self._track: list[Samples] = []
        self._heard = Heard(0, 0.0, idle=True)
        self._gain = 1.0
        self._reached = 1.0
        """Gain at the end of the last period; the next one glides from there."""
        self._room = asyncio.Event()
        self._stops = 0
        self._closed = asyncio.Event()

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
        return np.concatenate(self._track) if self._track else np.empty(0, np.float32)

    def close(self) -> None:
        """End `frames`."""
        self._closed.set()

    async def frames(self) -> AsyncIterator[AudioFrame]:
        """See `AudioPort`. Nothing is ever dropped: a late reader catches up period by period."""
        self._opened = clock.now()
        position = 0
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
        while sum(map(len, self._queue)) >= QUEUE_S * self.playback_rate:
            self._room.clear()
            await self._room.wait()
        if stops == self._stops and len(frame.samples):
            self._queue.append(frame.samples)

    def set_gain(self, gain: float) -> None:
        """See `AudioPort`."""
        self._advance()
        self._gain = gain

    def be_prompt(self, prompt: bool) -> None:
        """See `AudioPort`. A file is always prompt."""

    def stop(self) -> None:
        """See `AudioPort`."""
        self._advance()
        self._stops += 1
        tail = np.concatenate([*self._queue, np.empty(0, np.float32)])
        fade = self.playback_rate * FADE_MS // 1000
        self._queue.clear()
        if len(tail):
            self._queue.append(tail[:fade] * np.linspace(1, 0, len(tail[:fade]), dtype=np.float32))
        self._room.set()

    def heard(self) -> Heard:
        """See `AudioPort`."""
        return Heard(self._heard.samples, self._heard.started, idle=not self._queue)

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
            while len(self._track) <= self._present():
                self._track.append(self._next_period())
        self._room.set()

    def _present(self) -> int:
        """Number of the period that is being played and captured."""
        return int(self.now() * 1000 / PERIOD_MS + 1e-6)

    def _next_period(self) -> Samples:
        if not self._queue:
            self._heard = Heard(self._heard.samples, self._heard.started, idle=True)
            self._reached = self._gain  # in silence there is nothing to glide from
            return np.zeros(self._period, np.float32)
        period, filled = np.zeros(self._period, np.float32), 0
        begun = len(self._track) * PERIOD_MS / 1000
        while self._queue and filled < len(period):
            block = self._queue.popleft()
            part = block[: len(period) - filled]
            period[filled : filled + len(part)] = part
            filled += len(part)
            if len(part) < len(block):
                self._queue.appendleft(block[len(part) :])
        period *= np.linspace(self._reached, self._gain, len(period), dtype=np.float32)
        self._reached = self._gain
        started = begun if self._heard.idle and filled else self._heard.started
        self._heard = Heard(self._heard.samples + filled, started, idle=not self._queue)
        return period

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

    def _next_period(self) -> Samples:
        if self._queue:
            heard, begun = self._heard, len(self._track) * PERIOD_MS / 1000
            swallowed = sum(map(len, self._queue))
            self._queue.clear()
            started = begun if heard.idle else heard.started
            self._heard = Heard(heard.samples + swallowed, started, idle=False)
            return np.zeros(self._period, np.float32)
        return super()._next_period()
