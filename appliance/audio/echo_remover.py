"""Takes the box's own voice out of what it hears, frame by frame, in echo mode `software`."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

import numpy as np

from appliance.audio.reference import ReferenceSource
from appliance.core.audio import CAPTURE_RATE, PERIOD, AudioFrame, EchoTracks, Samples


class Canceller(Protocol):
    """Learns how the reference arrives at the microphone, and takes it away."""

    def process(self, microphone: Samples, reference: Samples) -> tuple[Samples, Samples]:
        """What is left of the next samples (16 kHz, whole periods of 160): cleaned, and the guard's."""

    def reset(self) -> None:
        """Begin again with an unknown echo path."""


SILENCE: Final[Samples] = np.zeros(CAPTURE_RATE, np.float32)
"""What a canceller is given before its first sound: 1 s of nothing, which takes it 15 ms. WebRTC's AEC3, begun in
the middle of a steady sound, takes 11 dB of it away for as long as it lasts; begun in silence, 56 dB at once. For
speech it is 32 against 68 dB in the first half second (in the room of tests/transports/test_local_sound.py)."""

REST: Final = CAPTURE_RATE
"""Samples of silence played after which no echo can be left, however reverberant the room: 1 s."""
LATE: Final = PERIOD
"""Samples by which what is cleaned is late: 10 ms, in libspeexdsp's suppressor."""

CancellerFactory = Callable[[float | None], Canceller]
"""Makes a canceller for an echo of so many ms of delay; None: unknown."""


class EchoRemover:
    """Owns the canceller for one pair of devices, and the reference it compares with.

    It rests while nothing is played: there is no echo then, the words of a person go on to be understood as they
    were captured, without a canceller's suppression of noise, and the processor is spared.
    """

    def __init__(self, canceller: Canceller, reference: ReferenceSource) -> None:
        self._canceller = canceller
        self._reference = reference
        self._quiet = 0
        """Samples of silence since something was played, or since it began."""
        self._recent: Samples = np.zeros(2 * LATE, np.float32)
        """What was captured last."""

    def clean(self, frame: AudioFrame) -> AudioFrame:
        """The frame without the echo, and how that came about. Frames come in order, in whole periods.

        It is 10 ms late, whether the canceller rests or not.
        """
        reference = self._reference.beside(frame)
        if not reference.continues:
            self._begin()
        elif reference.samples.any():
            self._wake()
        else:
            self._quiet += len(frame.samples)
        captured = np.concatenate([self._recent, frame.samples])
        self._recent = captured[-2 * LATE :]
        if self._quiet > REST:
            return replace(frame, samples=captured[LATE:-LATE])
        cleaned, guard = self._canceller.process(frame.samples, reference.samples)
        tracks = EchoTracks(guard, frame.samples, reference.samples, begun=not reference.continues)
        return replace(frame, samples=cleaned, echo=tracks)

    def _begin(self) -> None:
        self._quiet = 0
        self._canceller.reset()
        self._canceller.process(SILENCE, SILENCE)

    def _wake(self) -> None:
        if self._quiet > REST:  # let what it still holds of long ago pass
            self._canceller.process(self._recent, np.zeros_like(self._recent))
        self._quiet = 0
