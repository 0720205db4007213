"""Recordings of people as a bad microphone would have made them: the issue's list of bad sound."""

from collections.abc import Callable

import numpy as np

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.resample import resample

DEVICE_RATE = 48_000
"""Hz at which converters clip; what the appliance sees has been resampled since."""

CONVERTER_DBFS = -96.0
"""Noise of a good converter: what stays when the gain is down."""


def as_recorded(sound: Samples, _: np.random.Generator) -> Samples:
    return sound


def off_centre(sound: Samples, _: np.random.Generator) -> Samples:
    return np.asarray(np.clip(sound + np.float32(0.1), -1, 1), np.float32)


def forty_db_low(sound: Samples, chance: np.random.Generator) -> Samples:
    noise = chance.normal(0, 10 ** (CONVERTER_DBFS / 20), len(sound)).astype(np.float32)
    return _sixteen_bits(sound * np.float32(0.01) + noise)


def low_and_off_centre(sound: Samples, chance: np.random.Generator) -> Samples:
    return forty_db_low(sound, chance) + np.float32(0.02)


def clipped(sound: Samples, _: np.random.Generator) -> Samples:
    """Twenty dB beyond full scale."""
    loud = resample(sound, CAPTURE_RATE, DEVICE_RATE) * (10 / np.abs(sound).max())
    return resample(np.clip(loud, -1, 1).astype(np.float32), DEVICE_RATE, CAPTURE_RATE)[: len(sound)]


def telephone(sound: Samples, _: np.random.Generator) -> Samples:
    narrow = resample(resample(sound, CAPTURE_RATE, 8000), 8000, CAPTURE_RATE)
    return _sixteen_bits(narrow[: len(sound)])


def with_holes(sound: Samples, chance: np.random.Generator) -> Samples:
    """Every half second 10 to 60 ms are missing, or there twice."""
    damaged = sound.copy()
    for start in range(CAPTURE_RATE // 4, len(sound) - 2000, CAPTURE_RATE // 2):
        length = int(chance.integers(1, 7)) * 160
        part = damaged[start : start + length]
        part[:] = 0.0 if chance.random() < 0.5 else damaged[start - length : start]
    return damaged


def with_bursts(sound: Samples, chance: np.random.Generator) -> Samples:
    """Crackling: every second or so 5 to 30 ms of noise at full scale."""
    damaged = sound.copy()
    for start in range(0, len(sound) - 2000, CAPTURE_RATE):
        first = start + int(chance.integers(CAPTURE_RATE // 2))
        length = int(chance.integers(80, 480))
        part = damaged[first : first + length]
        part[:] = chance.uniform(-1, 1, len(part))
    return damaged


def _sixteen_bits(sound: Samples) -> Samples:
    return np.asarray(np.round(np.clip(sound, -1, 1) * 32767) / 32768, np.float32)


DAMAGES: dict[str, Callable[[Samples, np.random.Generator], Samples]] = {
    "as recorded": as_recorded,
    "off centre by 0.1": off_centre,
    "40 dB too low": forty_db_low,
    "40 dB too low, off centre": low_and_off_centre,
    "20 dB too loud, clipped": clipped,
    "telephone, 8 kHz": telephone,
    "holes and repetitions": with_holes,
    "bursts": with_bursts,
}
"""By name."""
