"""Makes captured sound what the detector and the recogniser expect: centred on zero, and not much too quiet.

A constant offset is subtracted. A microphone that is far too quiet is known by its silence: rooms and converters
are never as still as a microphone whose gain is down. So the gain follows the floor, and is there before the
first word; and voices, once heard, cap it. A microphone that is well set up passes unchanged.
"""

from collections import deque
from dataclasses import dataclass, replace
from math import inf
from typing import Annotated

import numpy as np
from annotated_types import Interval

from appliance.core.audio import AudioFrame, EchoTracks, Samples

OFFSET_TAU_S = 0.5
"""s over which the offset is averaged: longer than a syllable, so that no voice is mistaken for one."""

LEVEL_TAU_S = 0.05
"""s over which the level is averaged: a syllable raises it, a click hardly does."""

FLOOR_PERIODS = 6
"""s that the floor looks back. Whoever speaks takes breath within; a noise that begins is known after it."""

DIGITAL_SILENCE = 1e-6
"""Root mean square below which nothing was captured at all: a tenth of what one flickering bit makes."""

RISE_DB_S = 20.0
"""dB per second by which the gain may grow: slow enough to be no sound of its own. It falls within a frame."""

FORGET_DB_S = 1.0
"""dB per second by which the level of past voices fades, so that the next speaker may be a quiet one."""

FULL = 0.9
"""Largest sample that amplifying may lead to."""


@dataclass(frozen=True, slots=True)
class ConditionerSettings:
    """What counts as much too quiet.

    Silero hears voices 20 dB quieter than people are at a well-set microphone at once; with 40 dB it notices the
    median speaker 0.26 s late, and one in twenty 1.2 s. Raised, that is 0.01 and 0.09 s, and 51 people of 51 are
    answered instead of 35 (scripts/evaluate_integrity.py).
    """

    floor_dbfs: Annotated[float, Interval(ge=-100.0, le=-50.0)] = -66.0
    """dBFS to which silence is raised at most. Quiet rooms have about that at a well-set microphone."""
    voice_dbfs: Annotated[float, Interval(ge=-50.0, le=-15.0)] = -30.0
    """dBFS to which voices are raised at most, averaged over a syllable."""
    most_db: Annotated[float, Interval(ge=0.0, le=40.0)] = 40.0
    """dB of gain at most; 0 leaves levels alone. The floor allows about 30 where samples have 16 bits."""


class Conditioner:
    """One microphone's offset, floor, loudest voice of late, and the gain that follows from them."""

    def __init__(self, settings: ConditionerSettings | None = None) -> None:
        limits = settings or ConditionerSettings()
        self._floor_goal, self._voice_goal = _amplitude(limits.floor_dbfs), _amplitude(limits.voice_dbfs)
        self._most = _amplitude(limits.most_db)
        self.gain = 1.0
        """By which sound is multiplied now."""
        self._heard_s = 0.0
        self._offset = 0.0
        self._power = 0.0
        self._voice = 0.0
        self._minima: deque[float] = deque([inf], maxlen=FLOOR_PERIODS)
        self._period_s = 0.0

    def process(self, frame: AudioFrame, *, guarded: bool = False) -> AudioFrame:
        """The frame as it should have been captured; same place, same length.

        While the box itself is heard (`guarded`), what it leaves in the microphone is neither a silence nor a voice
        to learn from: the gain may fall but not grow, and past voices do not fade. A reply is long, and by its end
        its own faint echo would otherwise be raised to the level of a person.

        What a canceller left for comparison keeps its proportion to the samples. Samples that are no numbers, as
        a driver may deliver once in its life, become silence: the detector would never forget them.
        """
        if not len(frame.samples):
            return frame
        if not np.isfinite(frame.samples).all():
            frame = replace(frame, samples=np.zeros_like(frame.samples))
        ramp = np.arange(1, len(frame.samples) + 1, dtype=np.float32) / np.float32(len(frame.samples))
        centred = self._centre(frame.samples, ramp, frame.seconds)
        before = self.gain
        self.gain = self._next_gain(centred, frame.seconds, guarded=guarded)
        if before == self.gain == 1.0:
            return replace(frame, samples=centred)
        gains = np.float32(before) + np.float32(self.gain - before) * ramp
        return replace(frame, samples=_amplify(centred, gains), echo=_amplify_tracks(frame.echo, gains))

    def _centre(self, samples: Samples, ramp: Samples, seconds: float) -> Samples:
        """Subtract the offset, which glides from where it was to where it is."""
        self._heard_s += seconds
        before, mean = self._offset, float(samples.mean())
        # The first frames are all there is to know; later ones say a little each.
        self._offset += (mean - before) * seconds / min(self._heard_s, OFFSET_TAU_S)
        if self._heard_s == seconds:
            before = self._offset
        return samples - (np.float32(before) + np.float32(self._offset - before) * ramp)

    def _next_gain(self, samples: Samples, seconds: float, *, guarded: bool) -> float:
        power = float(np.dot(samples, samples)) / len(samples)
        if power < DIGITAL_SILENCE**2:
            return self.gain
        before = self._power or power
        self._power = before + (power - before) * min(1.0, seconds / LEVEL_TAU_S)
        level = self._power**0.5
        self._voice = max(level, self._voice * (1.0 if guarded else _amplitude(-FORGET_DB_S * seconds)))
        floor = min(self._minima) if guarded else self._floor(level, seconds)
        wanted = min(self._floor_goal / floor, self._voice_goal / self._voice)
        grown = self.gain * (1.0 if guarded else _amplitude(RISE_DB_S * seconds))
        allowed = FULL / max(float(samples.max()), -float(samples.min()))
        return max(1.0, min(wanted, grown, self._most, allowed))

    def _floor(self, level: float, seconds: float) -> float:
        """The least level of the last seconds."""
        self._period_s += seconds
        if self._period_s >= 1.0:
            self._period_s = 0.0
            self._minima.append(inf)
        self._minima[-1] = min(level, self._minima[-1])
        return min(self._minima)


def _amplify_tracks(tracks: EchoTracks | None, gains: Samples) -> EchoTracks | None:
    if tracks is None:
        return None
    return replace(tracks, guard=_amplify(tracks.guard, gains), microphone=_amplify(tracks.microphone, gains))


def _amplify(samples: Samples, gains: Samples) -> Samples:
    amplified: Samples = samples * gains
    return np.clip(amplified, -1.0, 1.0, out=amplified)


def _amplitude(db: float) -> float:
    return float(10 ** (db / 20))
