"""What Smart Turn hears: the log-mel spectrogram of the last eight seconds, as Whisper defines it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.core.audio import CAPTURE_RATE, Samples

SECONDS: Final = 8
"""s of sound that the network was trained with."""

LENGTH: Final = SECONDS * CAPTURE_RATE
"""Samples of it."""

BANDS: Final = 80
"""Mel bands. This, the frame and its hop are Whisper's (Radford et al. 2022, section 2.2)."""

FRAME: Final = 400
"""Samples (25 ms) that one column is computed from."""

HOP: Final = 160
"""Samples (10 ms) from one column to the next."""

COLUMNS: Final = LENGTH // HOP
"""Of the spectrogram."""

RANGE: Final = 8.0
"""Decades below the loudest point (80 dB), which everything softer is lifted to."""

SOFTEST: Final = 1e-10
"""Power that silence is given, so that it has a logarithm."""

BLOCK: Final = 16
"""Columns that are multiplied at a time: too few for OpenBLAS to wake its threads, whose waiting for each other
costs 4 ms where the work is 0.2 ms (2 busy cores)."""

EVEN: Final = 1e-7
"""Added to the variance before dividing by its root, so that silence stays silence."""


class TurnFeatures:
    """Owns the filters and the buffers."""

    def __init__(self) -> None:
        self._window = np.hanning(FRAME + 1)[:-1].astype(np.float32)
        self._filters = np.ascontiguousarray(mel_filters().T)
        self._sound = np.zeros(LENGTH + FRAME, np.float32)
        # Every HOP samples a FRAME, centred there: a view of the sound, half a frame of which lies before it.
        step = self._sound.strides[0]
        self._frames = np.lib.stride_tricks.as_strided(
            self._sound, (COLUMNS, FRAME), (HOP * step, step), writeable=False
        )
        self._windowed = np.empty((COLUMNS, FRAME), np.float32)
        self._features = np.empty((1, BANDS, COLUMNS), np.float32)

    def __call__(self, samples: Samples) -> NDArray[np.float32]:
        """Shape (1, 80, 800); overwritten by the next call.

        Args:
            samples: 16 kHz. The last eight seconds count; shorter sound has silence put before it.
        """
        self._take(samples)
        np.multiply(self._frames, self._window, out=self._windowed)
        spectrum = np.fft.rfft(self._windowed)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        features = self._features[0]
        bands = power.reshape(-1, BLOCK, power.shape[1]) @ self._filters
        features[:] = bands.reshape(COLUMNS, BANDS).T
        np.log10(np.maximum(features, SOFTEST, out=features), out=features)
        np.maximum(features, features.max() - RANGE, out=features)
        features += 4.0
        features /= 4.0
        return self._features

    def _take(self, samples: Samples) -> None:
        """Lay the sound out with mean 0 and variance 1, mirrored at both ends."""
        half = FRAME // 2
        sound = self._sound[half:-half]
        heard = samples[-LENGTH:]
        sound[: LENGTH - len(heard)] = 0.0
        sound[LENGTH - len(heard) :] = heard
        mean, deviation = sound.mean(), np.sqrt(sound.var() + EVEN)
        sound -= mean
        sound /= deviation
        self._sound[:half] = sound[half:0:-1]
        self._sound[-half:] = sound[-2 : -half - 2 : -1]


def mel_filters() -> NDArray[np.float32]:
    """The triangles that gather the bins of a spectrum into bands of equal area; shape (80, 201).

    Evenly spaced on Slaney's mel scale (Auditory Toolbox, 1998): straight up to 1 kHz, 3 mel per 200 Hz,
    logarithmic from there, 27 mel per factor of 6.4.
    """
    per_hz, bend, bend_mel, per_e = 3 / 200, 1000.0, 15.0, 27 / np.log(6.4)
    top = bend_mel + per_e * np.log(CAPTURE_RATE / 2 / bend)
    mels = np.linspace(0.0, top, BANDS + 2)
    edges = np.where(mels < bend_mel, mels / per_hz, bend * np.exp((mels - bend_mel) / per_e))
    bins = np.linspace(0.0, CAPTURE_RATE / 2, FRAME // 2 + 1)
    triangles = [
        np.interp(bins, edges[band : band + 3], [0.0, 2 / (edges[band + 2] - edges[band]), 0.0])
        for band in range(BANDS)
    ]
    return np.array(triangles, dtype=np.float32)
