"""What all voices share on the side of the sound: one loudness, no overload, measured pauses."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from appliance.core.audio import Samples
from appliance.core.speech import SpeechChunk, WordMark

SPEECH_LEVEL: Final = 0.1
"""RMS (−20 dBFS) of every voice and every recorded phrase while it speaks. Peaks of speech are
12 to 16 dB higher, so little is left over, and little of it meets the limiter."""

SAMPLE_SENTENCE: Final = "The quick brown fox jumps over the lazy dog, and nobody knows why."
"""What a new voice says so that its loudness can be measured: it holds most sounds of the language."""

LEVEL_WINDOW_S: Final = 0.02
"""s. Pieces in which loudness is measured: long enough for a period of the lowest voice."""

GAIN_RANGE: Final = (0.1, 10.0)
"""±20 dB. A voice that needs more than that is broken, and would be noise when amplified."""

KNEE: Final = 0.8
"""Of full scale. Below it nothing is changed; above it peaks are bent so that they never reach 1."""

AUDIBLE: Final = 0.003
"""Of full scale (−50 dBFS): 30 dB below speech. Quieter ends are silence and cut to measure."""

LEAD_S: Final = 0.01
"""s of silence left before the first sound: listeners wait for the rest."""

DECAY_S: Final = 0.03
"""s kept after the last audible sample, so that the end does not sound cut."""

FADE_S: Final = 0.005
"""s. Joints fade to silence on both sides and cannot click."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of raw speech between two pauses."""

    samples: Samples
    """As the synthesiser made it."""
    words: tuple[WordMark, ...]
    """The words that begin in it; `sample` counts from its own start."""
    pause_s: float
    """Seconds of silence that belong after it."""


def speech_level(samples: Samples, rate: int) -> float:
    """RMS of the windows in which somebody speaks: those within 20 dB of the loudest."""
    window = round(LEVEL_WINDOW_S * rate)
    whole = len(samples) // window * window
    if not whole:
        return 0.0
    powers = np.square(samples[:whole], dtype=np.float64).reshape(-1, window).mean(axis=1)
    return math.sqrt(powers[powers >= powers.max() / 100].mean())


def gain_for(samples: Samples, rate: int) -> float:
    """The factor that brings a voice, of which this is a sample, to the common loudness.

    Measured once per voice: a gain that followed every clause would make them jump.
    """
    level = speech_level(samples, rate)
    return min(max(SPEECH_LEVEL / level, GAIN_RANGE[0]), GAIN_RANGE[1]) if level else 1.0


def limited(samples: Samples) -> Samples:
    """Bend what exceeds the knee; nothing reaches full scale and nothing is clipped."""
    excess = np.maximum(np.abs(samples) - KNEE, 0.0) / (1.0 - KNEE)
    bent = KNEE + (1.0 - KNEE) * np.tanh(excess)
    return np.where(excess > 0, np.copysign(bent, samples), samples).astype(np.float32)


def speech_chunks(passages: Iterable[Passage], rate: int, gain: float) -> Iterator[SpeechChunk]:
    """Level the passages, give each its pause and its place; passages without sound vanish."""
    position = 0
    for passage in passages:
        start, sound = _trimmed(limited(passage.samples * np.float32(gain)), rate)
        if not len(sound):
            continue
        last = len(sound) - 1
        words = tuple(
            WordMark(word.offset, position + min(max(word.sample - start, 0), last)) for word in passage.words
        )
        pause = np.zeros(round(passage.pause_s * rate), dtype=np.float32)
        yield SpeechChunk(np.concatenate([sound, pause]), rate, words)
        position += len(sound) + len(pause)


def _trimmed(samples: Samples, rate: int) -> tuple[int, Samples]:
    """Where the audible part begins, and a copy of it with faded ends."""
    audible = np.flatnonzero(np.abs(samples) > AUDIBLE)
    if not len(audible):
        return 0, samples[:0]
    start = max(0, int(audible[0]) - round(LEAD_S * rate))
    sound = samples[start : int(audible[-1]) + 1 + round(DECAY_S * rate)].copy()
    ramp = np.linspace(0.0, 1.0, min(round(FADE_S * rate), len(sound)), dtype=np.float32)
    sound[: len(ramp)] *= ramp
    sound[len(sound) - len(ramp) :] *= ramp[::-1]
    return start, sound
