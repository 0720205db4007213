"""Removes the box's own voice from what it hears, twice: once so that the person stays, once so that no echo does.

libspeexdsp takes away what a linear filter can explain. It keeps 92 to 97 % of the speech of a person who talks over
the box, even 10 dB below the echo, but leaks while it learns. WebRTC's AEC3 leaks nothing, but mutes the person too:
35 to 58 % are left (notes/audio.md 3.3). Which of the two is believed is decided where speech is detected, in
`pipeline/echo_gate.py`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
from annotated_types import Interval

from appliance.audio.speex import Speex
from appliance.core.audio import CAPTURE_RATE, PERIOD, Samples
from appliance.core.errors import DeviceError

if TYPE_CHECKING:
    from pywebrtc_audio import EchoCanceller


@dataclass(frozen=True, slots=True)
class CancellerSettings:
    """How the software canceller is built."""

    taps_ms: Annotated[int, Interval(ge=64, le=500)] = 256
    """ms of echo that the linear filter can explain. Shorter ones learn faster and leak in reverberant rooms."""
    margin_ms: Annotated[int, Interval(ge=5, le=100)] = 30
    """ms by which the reference is given to the filter earlier than the known delay says: what the delay may
    be wrong by, or shrink by."""


class HybridCanceller:
    """Owns both cancellers of one microphone and one loudspeaker, and the reference between them."""

    def __init__(self, settings: CancellerSettings, delay_ms: float | None) -> None:
        """Begin with an unknown echo path.

        Args:
            settings: how it is built.
            delay_ms: from a sample's turn in the reference to its capture; None: unknown, the filters search.

        Raises:
            DeviceError: a library is not installed.
        """
        self._taps = settings.taps_ms * CAPTURE_RATE // 1000
        self._delay_ms = 0 if delay_ms is None else round(delay_ms)
        ahead_ms = max(0, self._delay_ms - settings.margin_ms)
        self._waiting = np.zeros(ahead_ms * CAPTURE_RATE // 1000, np.float32)
        self._linear = Speex(self._taps)
        self._guard = _webrtc(self._delay_ms)

    def process(self, microphone: Samples, reference: Samples) -> tuple[Samples, Samples]:
        """Remove the echo of `reference` from `microphone` (16 kHz, as long, whole periods of 160 samples).

        Returns:
            What is left after the linear canceller, and after the ruthless one. Both are as long as the
            input; their sound is 160 and 128 samples late.
        """
        if len(microphone) % PERIOD or len(microphone) != len(reference):
            raise ValueError(f"{len(microphone)} and {len(reference)} samples are not the same whole periods")
        sound = np.concatenate([self._waiting, reference])
        aligned, self._waiting = sound[: len(reference)], sound[len(reference) :]
        cleaned = np.empty(len(microphone), np.float32)
        for start in range(0, len(microphone), PERIOD):
            period = slice(start, start + PERIOD)
            self._linear.process(microphone[period], aligned[period], cleaned[period])
        # pywebrtc-audio 0.2.0 reads every array as if it were contiguous: a column of a matrix comes out wrong.
        near: Samples = np.ascontiguousarray(microphone)
        far: Samples = np.ascontiguousarray(reference)
        return cleaned, self._guard.process(near, far)

    def reset(self) -> None:
        """Sound was lost, or the path changed: begin again with an unknown echo path."""
        self._waiting[:] = 0
        self._linear = Speex(self._taps)
        self._guard.reset()


def _webrtc(delay_ms: int) -> "EchoCanceller":
    try:
        from pywebrtc_audio import EchoCanceller
    except ImportError as error:
        raise DeviceError(
            f"Software echo cancellation needs pywebrtc-audio, which cannot be loaded: {error}",
            "Run: make install, or set audio.echo to another mode",
        ) from error
    return EchoCanceller(sample_rate=CAPTURE_RATE, stream_delay_ms=delay_ms)
