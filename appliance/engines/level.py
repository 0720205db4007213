"""Brings a voice to one level, so that a recogniser hears everybody as loud as everybody else."""

from typing import Final

import numpy as np

from appliance.core.audio import Samples

VOICE_LEVEL: Final = 0.05
"""Root mean square that every voice is brought to, full scale being 1.0."""

LEVEL_FRAME: Final = 320
"""Samples (20 ms) per value of the level: shorter than a syllable."""

LARGEST_GAIN: Final = 30.0
"""For a voice that stands out: thirty times quieter recordings were understood as well as any."""

CAUTIOUS_GAIN: Final = 4.0
"""For a first second without a voice that stands out. Had it only been the room, more would overdrive the
voice that comes later."""

STANDS_OUT: Final = 10.0
"""Ratio (20 dB) of loud frames to quiet ones. All 45 people reached it in their first second with half a second
of pre-roll, none of 90 seconds of a kitchen did."""


def level_gain(beginning: Samples) -> float:
    """What brings a voice to `VOICE_LEVEL`, judged by the beginning of its utterance.

    The level is that of the frames within 20 dB of the loudest; the others are pauses.
    """
    frames = len(beginning) // LEVEL_FRAME
    if not frames:
        return 1.0
    levels = np.sqrt(np.mean(beginning[: frames * LEVEL_FRAME].reshape(frames, LEVEL_FRAME) ** 2, axis=1))
    quiet, loud = np.percentile(levels, [10, 95])
    level = np.sqrt(np.mean(levels[levels >= loud / STANDS_OUT] ** 2))
    largest = LARGEST_GAIN if loud > quiet * STANDS_OUT else CAUTIOUS_GAIN
    return float(np.clip(VOICE_LEVEL / max(level, 1e-9), 1 / largest, largest))
