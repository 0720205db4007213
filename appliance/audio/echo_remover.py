"""Takes the box's own voice out of what it hears, frame by frame, in echo mode `software`."""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from appliance.audio.reference import ReferenceSource
from appliance.core.audio import AudioFrame, EchoTracks, Samples


class Canceller(Protocol):
    """Learns how the reference arrives at the microphone, and takes it away."""

    def process(self, microphone: Samples, reference: Samples) -> tuple[Samples, Samples]:
        """What is left of the next samples (16 kHz, whole periods of 160): cleaned, and the guard's."""

    def reset(self) -> None:
        """Begin again with an unknown echo path."""


CancellerFactory = Callable[[float | None], Canceller]
"""Makes a canceller for an echo of so many ms of delay; None: unknown."""


class EchoRemover:
    """Owns the canceller for one pair of devices, and the reference it compares with."""

    def __init__(self, canceller: Canceller, reference: ReferenceSource) -> None:
        self._canceller = canceller
        self._reference = reference

    def clean(self, frame: AudioFrame) -> AudioFrame:
        """The frame without the echo, and how that came about. Frames come in order, in whole periods."""
        reference = self._reference.beside(frame)
        if not reference.continues:
            self._canceller.reset()
        cleaned, guard = self._canceller.process(frame.samples, reference.samples)
        begun = not reference.continues
        tracks = EchoTracks(guard, frame.samples, reference.samples, begun)
        return replace(frame, samples=cleaned, echo=tracks)
