"""What all voices share on the side of the sound: one loudness, no overload, measured pauses."""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from appliance.core.audio import Samples
from appliance.core.speech import SpeechChunk, WordMark
from appliance.engines.voice_trim import Trim

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


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of raw speech between two pauses."""

    pieces: Iterable[Samples]
    """As the synthesiser makes it, one or several pieces; each is only computed when it is asked for."""
    words: tuple[WordMark, ...]
    """The words that begin in it, in order; `sample` counts from its own start."""
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


def never(_seconds: float) -> bool:
    """Wait for the end of a passage, and give it whole."""
    return False


def speech_chunks(
    passages: Iterable[Passage], rate: int, gain: float, enough: Callable[[float], bool] = never
) -> Iterator[SpeechChunk]:
    """Level the passages, give each its pause and its place; passages without sound vanish.

    Args:
        enough: whether so many seconds of a passage shall be given before all of it is there. They are the
            same as if it had been waited for.
    """
    place = 0
    for passage in passages:
        trim, words = Trim(rate), deque(passage.words)
        for piece in passage.pieces:
            trim.add(limited(piece * np.float32(gain)))
            if trim.certain and enough(trim.certain / rate):
                yield SpeechChunk(trim.take(), rate, tuple(_begun(words, trim, place, trim.taken)))
        rest = trim.finish()
        if not trim.taken:
            continue
        pause = np.zeros(round(passage.pause_s * rate), dtype=np.float32)
        marks = tuple(_begun(words, trim, place, math.inf))
        yield SpeechChunk(np.concatenate([rest, pause]), rate, marks)
        place += trim.taken + len(pause)


def _begun(words: deque[WordMark], trim: Trim, place: int, until: float) -> Iterator[WordMark]:
    """Take the words that begin before sample `until` of the audible part, which begins at `place`."""
    while words and words[0].sample - trim.start < until:
        word = words.popleft()
        within = min(max(word.sample - trim.start, 0), trim.taken - 1)
        yield WordMark(word.offset, place + within)
