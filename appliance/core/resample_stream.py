"""Converts streamed speech from one sample rate to another: chunks of any length, no seams."""

from math import ceil, gcd

import numpy as np

from appliance.core.audio import Samples
from appliance.core.resample import LIVE_LOBES, PeriodResampler


class StreamResampler:
    """One sound, in chunks, without delay: sample 0 stays sample 0."""

    def __init__(self, from_rate: int, to_rate: int) -> None:
        unit = from_rate // gcd(from_rate, to_rate)
        half = LIVE_LOBES * ceil(from_rate / min(from_rate, to_rate))
        self._block = unit * ceil(max(2 * half, from_rate / 50) / unit)
        self._ratio = to_rate / from_rate
        self._blocks = PeriodResampler(from_rate, to_rate, self._block)
        self._pending = np.empty(0, np.float32)
        self._delay = round(self._blocks.delay_s * to_rate)
        self._owed = 0.0
        """Output samples that the input so far amounts to and that have not come out yet."""

    def process(self, chunk: Samples) -> Samples:
        """Convert the next chunk; up to a block (20 ms) stays behind for the next one."""
        self._owed += len(chunk) * self._ratio
        return self._convert(chunk)

    def finish(self) -> Samples:
        """What stayed behind; the sound is over."""
        owed = ceil(self._owed - 1e-6)
        return self._convert(np.zeros(3 * self._block, np.float32))[:owed]

    def _convert(self, chunk: Samples) -> Samples:
        sound = np.concatenate([self._pending, chunk])
        whole = len(sound) // self._block * self._block
        self._pending = sound[whole:]
        blocks = [self._blocks.convert(block).copy() for block in sound[:whole].reshape(-1, self._block)]
        converted = np.concatenate([np.empty(0, np.float32), *blocks])
        skipped = min(self._delay, len(converted))
        self._delay -= skipped
        self._owed -= len(converted) - skipped
        return converted[skipped:]
