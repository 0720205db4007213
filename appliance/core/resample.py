"""Converts sound from one sample rate to another: live, period by period, or whole clips at once."""

from math import ceil, gcd

import numpy as np
from numpy.lib.stride_tricks import as_strided

from appliance.core.audio import Samples

LIVE_LOBES = 16
"""Zero crossings of the filter on each side, in samples of the lower rate: 1 ms of delay at 16 kHz."""
CLIP_LOBES = 64
"""The same for whole clips, where delay costs nothing: a four times narrower transition."""
RATES = (8_000, 192_000)
"""Hz of recordings: from the telephone to the studio."""
LONGEST_PATTERN = 1000
"""Samples after which the phases of a conversion repeat. From 44100 Hz to 16000 it has 441; the filter's size is the
square of it."""
BETA = 8.0
"""Kaiser window: side lobes below -80 dB (Oppenheim & Schafer, eq. 7.75)."""
ROLLOFF = (80 - 8) / 14.36 / 4
"""How far below the lower Nyquist frequency the filter has fallen by 6 dB, in units of the lower rate
over lobes. Kaiser's rule gives a transition (A - 8) / 14.36 wide; centred a quarter of that below
Nyquist, it keeps 6 kHz of 8 untouched, and what folds back lands in the top 8 % only."""


def usual(rate: int, other: int) -> bool:
    """Whether sound of `rate` Hz can be converted to or from `other` without taking all memory."""
    return RATES[0] <= rate <= RATES[1] and max(rate, other) // gcd(rate, other) <= LONGEST_PATTERN


class PeriodResampler:
    """A windowed-sinc polyphase filter with memory: equal blocks in, equal blocks out, no seams.

    The block is cut into tiles in which the pattern of filter phases repeats, so that one matrix
    turns every tile, with the history before it, into its share of the output.
    """

    def __init__(self, from_rate: int, to_rate: int, block: int, lobes: int = LIVE_LOBES) -> None:
        if block * to_rate % from_rate:
            raise ValueError(f"{block} samples at {from_rate} Hz are no whole number at {to_rate} Hz")
        half = lobes * ceil(from_rate / min(from_rate, to_rate)) if from_rate != to_rate else 0
        if block < 2 * half:
            raise ValueError(f"a block of {block} is shorter than the filter, {2 * half}")
        self.delay_s = half / from_rate
        """Seconds between a sample going in and the same moment coming out."""
        self.out: Samples = np.zeros(block * to_rate // from_rate, np.float32)
        """Where `convert` leaves its result, until the next call."""
        tile = _tile(block, from_rate // gcd(from_rate, to_rate), 2 * half)
        signal = np.zeros(2 * half + block, np.float32)
        step = signal.itemsize
        # Views made once, because this runs a hundred times a second on a processor gone cold.
        self._past, self._fresh, self._recent = signal[: 2 * half], signal[2 * half :], signal[block:]
        self._overlapping = as_strided(signal, (block // tile, 2 * half + tile), (tile * step, step))
        # BLAS refuses overlapping rows and would make its own copy: keep one to copy into.
        self._tiles = np.zeros(self._overlapping.shape, np.float32)
        self._filter = _bank(from_rate, to_rate, tile, half)
        self._rows = self.out.reshape(len(self._tiles), -1)

    def convert(self, block: Samples) -> Samples:
        """Convert the next block, without allocating. Returns `out`, which the next call overwrites."""
        np.copyto(self._fresh, block)
        np.copyto(self._tiles, self._overlapping)
        np.matmul(self._tiles, self._filter, out=self._rows)
        np.copyto(self._past, self._recent)
        return self.out

    def process(self, block: Samples) -> Samples:
        """Convert the next block into an array of its own."""
        return self.convert(block).copy()


def resample(samples: Samples, from_rate: int, to_rate: int) -> Samples:
    """Convert a whole clip, without delay: sample 0 stays sample 0."""
    if from_rate == to_rate:
        return samples.astype(np.float32, copy=False)
    unit = from_rate // gcd(from_rate, to_rate)
    half = CLIP_LOBES * ceil(from_rate / min(from_rate, to_rate))
    block = unit * ceil(max(2 * half, 4096) / unit)
    lead = -half % unit  # makes the delay a whole number of output samples
    blocks = ceil((lead + half + len(samples)) / block)
    padded = np.zeros(blocks * block, np.float32)
    padded[lead : lead + len(samples)] = samples
    resampler = PeriodResampler(from_rate, to_rate, block, CLIP_LOBES)
    whole = np.concatenate([resampler.process(part) for part in padded.reshape(blocks, block)])
    first = (lead + half) * to_rate // from_rate
    return whole[first : first + ceil(len(samples) * to_rate / from_rate)]


def _tile(block: int, unit: int, taps: int) -> int:
    """The smallest stretch of whole patterns that divides the block and is worth its history."""
    sizes = [unit * n for n in range(1, block // unit + 1) if block % (unit * n) == 0]
    return next((size for size in sizes if size >= taps // 2), sizes[-1])


def _bank(from_rate: int, to_rate: int, tile: int, half: int) -> Samples:
    """One column of coefficients per output sample of a tile, one row per input sample it may see."""
    outputs = tile * to_rate // from_rate
    if half == 0:
        return np.eye(tile, dtype=np.float32)
    moment = np.arange(outputs) * from_rate / to_rate + half
    distance = moment[None, :] - np.arange(2 * half + tile)[:, None]
    lower = min(from_rate, to_rate) / from_rate
    cutoff = lower - ROLLOFF / half
    window = np.i0(BETA * np.sqrt(np.clip(1.0 - (distance / half) ** 2, 0.0, None)))
    bank = np.where(np.abs(distance) < half, np.sinc(cutoff * distance) * window, 0.0)
    return np.asarray(bank / bank.sum(axis=0), np.float32)
