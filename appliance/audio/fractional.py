"""Reads a sound between its samples: at any place, at any pace, at a third of its rate."""

from typing import Any, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from appliance.audio.memory import PLAYBACK_RATE
from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.resample import BETA, LIVE_LOBES, ROLLOFF

Places = NDArray[np.floating[Any]]
"""Between samples, counted in samples."""
STEP: Final = PLAYBACK_RATE // CAPTURE_RATE
"""Samples of playback per sample of capture, when both clocks are right."""
HALF: Final = LIVE_LOBES * STEP
"""Samples that the filter sees on each side: the filter of `core.resample`, which keeps 6 kHz of 8."""
PHASES: Final = 512
"""Places between two samples that have a filter of their own. The nearest is at most 20 ns away: -61 dB
at 7 kHz, -78 at 1 kHz, far below what any room lets a canceller reach."""


def _bank() -> Samples:
    """One row of coefficients per phase, for the samples from 1 - HALF to HALF around the place."""
    distance = np.arange(1 - HALF, HALF + 1)[None, :] - np.arange(PHASES + 1)[:, None] / PHASES
    window = np.i0(BETA * np.sqrt(np.clip(1 - (distance / HALF) ** 2, 0, None)))
    bank = np.sinc((1 / STEP - ROLLOFF / HALF) * distance) * window
    return np.asarray(bank / bank.sum(axis=1, keepdims=True), np.float32)


class FractionalReader:
    """Owns the filters, 200 kB of them."""

    def __init__(self) -> None:
        self._bank = _bank()

    def read(self, sound: Samples, places: Places) -> Samples:
        """The sound at places counted from its sample HALF - 1, each with HALF samples after it."""
        whole = np.floor(places).astype(np.intp)
        phase = np.rint((places - whole) * PHASES).astype(np.intp)
        windows = sliding_window_view(sound, 2 * HALF)
        read: Samples = np.einsum("ij,ij->i", windows[whole], self._bank[phase])
        return read
