"""Decides how likely a person speaks while the box does, from what its two echo cancellers left.

The `cleaned` track keeps the person, but holds echo too when the linear canceller is surprised: that sounds like
a person. The `guard` track holds no echo, but most of the person is gone with it. Yet not all: where somebody
speaks, the guard's detector stirs, far below any threshold of speech, while for echo it stays at zero. And where
echo alone is heard, it is attenuated about as much as it has been lately. So the cleaned track is believed when

  * the guard holds at least a trace of somebody, and
  * the sound was attenuated clearly less than the echo before it.

Nothing opens or closes that could stay so by mistake. scripts/evaluate_echo.py measures it in simulated rooms.
"""

from collections import deque
from dataclasses import dataclass
from math import ceil, log10
from typing import Annotated

import numpy as np
from annotated_types import Interval

from appliance.core.audio import CAPTURE_RATE, EchoTracks, Samples
from appliance.core.interfaces import VoiceActivityDetector


@dataclass(frozen=True, slots=True)
class EchoGateSettings:
    """When the cleaned track is believed. Tuned on the recordings 0–7 in eleven simulated rooms."""

    playing_dbfs: Annotated[float, Interval(ge=-80, le=-20)] = -50.0
    """dBFS of the reference from which the box is playing. Speech is played at about -21."""
    tail_ms: Annotated[int, Interval(ge=100, le=2000)] = 512
    """ms for which echo may still arrive when nothing is played any more: converters, buffers, the room."""
    learning_ms: Annotated[int, Interval(ge=0, le=10_000)] = 1500
    """ms of playing after a reset in which nobody is believed: the guard leaks for up to 1 s, in 2 of 22 scenes."""
    trace: Annotated[float, Interval(ge=0.005, le=0.5)] = 0.02
    """Probability of speech in the guard that is a trace of somebody. In tuning, 0.01 to 0.05 let no echo be
    confirmed (44 minutes): lower hears more of the short words, higher ducks less often for nothing."""
    trace_ms: Annotated[int, Interval(ge=32, le=500)] = 192
    """ms for which a trace counts; it comes and goes with the box's own syllables."""
    excess_db: Annotated[float, Interval(ge=0, le=20)] = 5.0
    """dB by which a person's sound is attenuated less than the echo lately. 0 to 5 make little difference."""
    memory_s: Annotated[float, Interval(ge=0.2, le=10)] = 2.0
    """s over which the attenuation of the echo is averaged; 1 to 3 make no difference."""


GUARD_HEARS_NOBODY = 0.3
"""Probability in the guard below which a window tells how much echo is attenuated (notes/audio.md 3.4)."""
AUDIBLE = 1e-6
"""Power at the microphone, -60 dBFS, below which a window tells nothing about attenuation."""
FLOOR = 1e-9
"""Power, -90 dBFS, that keeps digital silence out of logarithms."""


class EchoGate:
    """Owns both detectors, and what has been learned about the echo. Feed it every window in order."""

    def __init__(
        self, vad: VoiceActivityDetector, guard_vad: VoiceActivityDetector, settings: EchoGateSettings
    ) -> None:
        """Two detectors of the same kind, because each carries the memory of one track."""
        self._vad = vad
        self._guard_vad = guard_vad
        self._settings = settings
        self._tail = _windows(settings.tail_ms, vad.window)
        self._traces: deque[float] = deque(maxlen=_windows(settings.trace_ms, vad.window))
        self.reset()

    def probability(self, samples: Samples, echo: EchoTracks) -> float:
        """Probability, 0 to 1, that a person speaks in the next window.

        Args:
            samples: the cleaned track, as many samples as the detectors take.
            echo: the other tracks of the same stretch.
        """
        cleaned = self._vad.probability(samples)
        playing = _power(echo.reference) >= 10 ** (self._settings.playing_dbfs / 10)
        if self._quiet(playing=playing):
            return cleaned
        guard = self._guard_vad.probability(echo.guard)
        self._traces.append(guard)
        microphone = _power(echo.microphone)
        attenuation_db = 10 * log10((microphone + FLOOR) / (_power(samples) + FLOOR))
        if playing and guard < GUARD_HEARS_NOBODY and microphone > AUDIBLE:
            self._attenuation_db += self._weight * (attenuation_db - self._attenuation_db)
        if self._learned < _windows(self._settings.learning_ms, self._vad.window):
            self._learned += playing
            return 0.0
        return max(guard, cleaned) if self._believes(attenuation_db) else guard

    def reset(self) -> None:
        """Sound was lost, or the cancellers began again: nothing that was learned holds any more."""
        self._vad.reset()
        self._guard_vad.reset()
        self._traces.clear()
        self._silence = self._tail
        """Windows since something was played, up to the tail."""
        self._learned = 0
        """Windows of playing since then, up to those it takes to learn."""
        self._attenuation_db = 0.0
        """How much weaker the echo has been in the cleaned track than at the microphone, lately."""

    def _quiet(self, *, playing: bool) -> bool:
        """Whether no echo can be there, so that one detector is enough."""
        if playing:
            self._silence = 0
        elif self._silence < self._tail:
            self._silence += 1
            if self._silence == self._tail:
                self._traces.clear()
                # The guard's detector rests, and goes on in the silence where it stopped. It is not reset: from
                # nothing it gives noise up to 0.17 for 200 ms, which would be a trace of somebody.
        return self._silence == self._tail

    def _believes(self, attenuation_db: float) -> bool:
        """Whether the cleaned track of this window holds a person rather than echo."""
        s = self._settings
        return max(self._traces) >= s.trace and attenuation_db < self._attenuation_db - s.excess_db

    @property
    def _weight(self) -> float:
        """Of one window in the running attenuation."""
        return self._vad.window / CAPTURE_RATE / self._settings.memory_s


def _windows(ms: float, window: int) -> int:
    return ceil(ms * CAPTURE_RATE / 1000 / window)


def _power(sound: Samples) -> float:
    """Mean square."""
    return float(np.dot(sound, sound)) / len(sound)
