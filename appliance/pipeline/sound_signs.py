"""What a tenth of a second of captured sound looks like: pure measurements, without memory and without opinion."""

import numpy as np
from numpy.typing import NDArray

from appliance.core.audio import CAPTURE_RATE, Samples

Power = NDArray[np.float64]
"""Power by frequency, shape (_TRANSFORM / 2 + 1,), without a unit: only ratios count."""

LOOK = CAPTURE_RATE // 10
"""Samples that are judged at once: whole periods of 50 and 60 Hz hum, and a syllable or so."""

NEAR_FULL = 0.9
"""Amplitude that only peaks reach. Converters clip at 1.0, but resampling leaves ripples on what they cut."""

LOWEST_PITCH, HIGHEST_PITCH = 75, 400
"""Hz of the vocal cords: men's low voices to children's."""

SPEECH_BAND, UPPER_BAND = (300, 3400), (4000, 7500)
"""Hz: what a telephone carries, and what it does not."""

SHORTEST_GAP = 40
"""Samples (2.5 ms) of nothing: the smallest lost buffer (256 at 48 kHz), less what the resampler rings into it."""

EDGE = 64
"""Samples (4 ms) beside a gap that tell whether there was sound."""

EDGE_LEVEL = 0.01
"""Peak amplitude of an edge (−40 dBFS). Noise gates close on less."""

REPEAT_LAGS = (160, 320)
"""Samples: what is delivered twice is a period of 10 ms, or two."""

SHORTEST_REPEAT = 96
"""Samples (6 ms) that follow each other exactly as they did before; the filter's ringing hides the rest."""

REPEAT_LEVEL = 0.001
"""Standard deviation (−60 dBFS) of what counts as repeated; fainter sound has too few values to differ."""

_WINDOW = np.hanning(LOOK).astype(np.float32)
_TRANSFORM = 2048
_LAGS = slice(CAPTURE_RATE // HIGHEST_PITCH, CAPTURE_RATE // LOWEST_PITCH)


def level(sound: Samples) -> float:
    """Root mean square, full scale being 1.0."""
    return float(np.sqrt(np.dot(sound, sound) / len(sound)))


def overdriven(look: Samples) -> float:
    """Share of samples that are nearly at full scale."""
    return float(np.count_nonzero(np.abs(look) > NEAR_FULL)) / len(look)


def spectrum(look: Samples) -> Power:
    """The power of a look by frequency, for the two functions below."""
    return _power((look - look.mean()) * _WINDOW)


def voicing(power: Power) -> float:
    """How periodic sound is at the pitch of a voice: 0 for noise, 1 for a vowel without end."""
    correlation = np.fft.irfft(power)
    return float(np.max(correlation[_LAGS] * _UNBIAS) / max(float(correlation[0]), 1e-20))


def bands(power: Power) -> tuple[float, float]:
    """Energy in the band of a telephone, and above it."""
    speech, upper = (float(power[_bins(band)].sum()) for band in (SPEECH_BAND, UPPER_BAND))
    return speech, upper


def gaps(sound: Samples, before: int) -> int:
    """How often sound breaks off into nothing and comes back, counting from its return.

    Args:
        sound: two looks or more, so that a gap may begin in an earlier one.
        before: samples at the start of `sound` that are history: returns in there were counted already.
    """
    audible = np.flatnonzero(sound)
    breaks = np.flatnonzero(np.diff(audible) > SHORTEST_GAP)
    return sum(
        _loud(sound[max(0, audible[i] - EDGE) : audible[i] + 1])
        and _loud(sound[audible[i + 1] : audible[i + 1] + EDGE])
        for i in breaks
        if audible[i + 1] >= before
    )


def repeats(sound: Samples) -> int:
    """How many lags there are at which a stretch of sound is exactly what it was before."""
    return sum(_repeats_at(sound, lag) for lag in REPEAT_LAGS)


def dead_channels(sound: NDArray[np.float32]) -> tuple[int, ...]:
    """Channels of `sound`, shape (n, channels), on which nothing arrives while another one hears something.

    Forty dB less than the loudest counts as nothing: that is what leaks from one wire into the other.
    """
    if not len(sound):
        return ()
    levels = np.std(sound, axis=0)
    loudest = float(levels.max(initial=0.0))
    return tuple(int(channel) for channel in np.flatnonzero(levels < loudest / 100))


def _loud(edge: Samples) -> bool:
    return float(np.abs(edge).max()) > EDGE_LEVEL


def _repeats_at(sound: Samples, lag: int) -> bool:
    differs = np.flatnonzero(sound[lag:] != sound[:-lag])
    borders = np.concatenate([[-1], differs, [len(sound) - lag]])
    longest = int(np.argmax(np.diff(borders)))
    first, last = int(borders[longest]) + 1, int(borders[longest + 1])
    return last - first >= SHORTEST_REPEAT and float(np.std(sound[first:last])) > REPEAT_LEVEL


def _power(windowed: Samples) -> Power:
    transform = np.fft.rfft(windowed, _TRANSFORM)
    power: Power = transform.real**2 + transform.imag**2
    return power


def _bins(band: tuple[int, int]) -> slice:
    return slice(*(hz * _TRANSFORM // CAPTURE_RATE for hz in band))


_OF_WINDOW = np.fft.irfft(_power(_WINDOW))
_UNBIAS = _OF_WINDOW[0] / _OF_WINDOW[_LAGS]
"""The window alone makes long lags look unlike; this undoes it."""
