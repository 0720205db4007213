"""What the playback callback gives the device for each period."""

from typing import Final

import numpy as np

from appliance.audio.device import Format
from appliance.audio.memory import (
    GAIN,
    LOG,
    PLAYBACK_FLUSH,
    PLAYBACK_LOGGED,
    PLAYBACK_PERIODS,
    PLAYBACK_RATE,
    PLAYBACK_READ,
    PLAYBACK_WRITTEN,
    UNDERRUNS,
    AudioMemory,
    Fence,
)
from appliance.audio.ring import get
from appliance.core.audio import PERIOD_MS, Samples
from appliance.core.resample import PeriodResampler

PERIOD: Final = PLAYBACK_RATE * PERIOD_MS // 1000
"""Samples per period."""
FADE: Final = PLAYBACK_RATE * 5 // 1000
"""Samples over which a stop fades out: 5 ms is short for the ear as a delay and long as a click."""
FADE_OUT: Final[Samples] = np.linspace(1, 0, FADE, endpoint=False, dtype=np.float32)
"""What those samples are multiplied by."""
HOLE: Final = PLAYBACK_RATE // 5
"""Samples: silence up to 200 ms inside a reply is a hole that we caused; longer ones are pauses,
since replies follow each other more slowly than that."""


class Playback:
    """Takes sound from the ring, scales it, ends it without a click, and counts what it gave away."""

    def __init__(self, memory: AudioMemory, agreed: Format) -> None:
        self._memory = memory
        self._fence = Fence()
        self._resampler = PeriodResampler(PLAYBACK_RATE, agreed.rate, PERIOD)
        self._channels = agreed.channels
        self._nothing = bytes(4 * len(self._resampler.out) * agreed.channels)
        self._block: Samples = np.zeros(PERIOD, np.float32)
        self._scale: Samples = np.zeros(PERIOD, np.float32)
        self._ramp: Samples = np.linspace(1 / PERIOD, 1, PERIOD, dtype=np.float32)
        self._read: int = memory.whole[PLAYBACK_READ]
        self._gain: float = memory.real[GAIN]
        self._silence = HOLE + 1
        self._started = 0.0

    def period(self, out: memoryview, moment: float, *, starved: bool) -> None:
        """Fill one period of interleaved float32 channels, whose first sample leaves at `moment`.

        `starved` says that the device ran out of sound before this call.
        """
        whole = self._memory.whole
        whole[PLAYBACK_PERIODS] += 1
        if self._silence > HOLE and whole[PLAYBACK_WRITTEN] == self._read:
            out[:] = self._nothing  # nearly all periods of a life: keep it short
            return
        if self._silence >= PERIOD:
            self._gain = self._memory.real[GAIN]  # in silence there is nothing to glide from
        if starved and self._silence < PERIOD:
            whole[UNDERRUNS] += 1
        read = self._read
        flush = whole[PLAYBACK_FLUSH]
        stopped = read < flush
        taken = self._take_end(flush) if stopped else self._take()
        self._deliver(out, taken)
        if taken:
            self._log(taken, moment + self._resampler.delay_s)
        self._silence = HOLE + 1 if stopped else PERIOD - taken if taken else self._silence + PERIOD
        if self._read != read:
            self._fence.order()
            whole[PLAYBACK_READ] = self._read

    def _take(self) -> int:
        taken: int = min(self._memory.whole[PLAYBACK_WRITTEN] - self._read, PERIOD)
        if taken:
            self._fence.order()
            get(self._memory.playback, self._read, self._block[:taken])
            self._read += taken
        return taken

    def _take_end(self, flush: int) -> int:
        """The last few samples of what was stopped, fading out, if any of it is sounding."""
        taken = min(flush - self._read, FADE) if self._silence == 0 else 0
        if taken:
            get(self._memory.playback, self._read, self._block[:taken])
            self._block[:taken] *= FADE_OUT[:taken]
        self._read = flush
        return taken

    def _deliver(self, out: memoryview, taken: int) -> None:
        if not taken and self._silence > PERIOD:  # the filter's memory is empty as well
            out[:] = self._nothing
            return
        self._block[taken:] = 0.0
        self._scale_block()
        sound = self._resampler.convert(self._block)
        channels = np.frombuffer(out, np.float32)
        for channel in range(self._channels):
            channels[channel :: self._channels] = sound

    def _scale_block(self) -> None:
        gain = self._memory.real[GAIN]
        if gain == self._gain == 1.0:
            return
        np.multiply(self._ramp, gain - self._gain, out=self._scale)
        self._scale += self._gain
        self._block *= self._scale
        self._gain = gain

    def _log(self, taken: int, moment: float) -> None:
        """Write down when these samples leave, for whoever asks what has been heard."""
        whole, log = self._memory.whole, self._memory.playback_log
        if self._silence:
            self._started = moment
            whole[UNDERRUNS] += self._silence <= HOLE
        logged = whole[PLAYBACK_LOGGED]
        last = 4 * ((logged - 1) % LOG)
        before = log[last + 1] + log[last + 2]
        at = 4 * (logged % LOG)
        log[at], log[at + 1], log[at + 2], log[at + 3] = moment, before, taken, self._started
        self._fence.order()
        whole[PLAYBACK_LOGGED] = logged + 1
