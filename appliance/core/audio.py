"""Sound as it travels inside the appliance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Mono sound, shape (n,), full scale is ±1.0."""

CAPTURE_RATE = 16_000
"""Hz. Every captured sample inside the appliance has this rate; ports convert once, at the edge."""

PERIOD_MS = 10
"""ms. The beat of the audio process: one callback, one ring slot, one gain step."""

PERIOD = CAPTURE_RATE * PERIOD_MS // 1000
"""Samples of capture per period."""


@dataclass(frozen=True, slots=True)
class EchoTracks:
    """What a software canceller knows about a frame besides its result. All at 16 kHz, as long as the frame."""

    guard: Samples
    """What a second, ruthless canceller left: never the box's own voice, and not always the person's."""
    microphone: Samples
    """As captured, echo and all."""
    reference: Samples
    """What the loudspeaker played, where it would be heard if sound and converters took no time."""
    begun: bool = False
    """The cancellers have just begun, or begun again: they know nothing about the room yet."""


@dataclass(frozen=True, slots=True)
class AudioFrame:
    """A stretch of mono sound and its place on the audio clock."""

    samples: Samples
    """float32, shape (n,)."""
    rate: int
    """Hz."""
    start: int
    """Index of the first sample since the port opened. A jump means that sound was lost."""
    echo: EchoTracks | None = None
    """Present where the box removes its own echo by software; `samples` is then free of most of it."""

    @property
    def end(self) -> int:
        """Index one past the last sample."""
        return self.start + len(self.samples)

    @property
    def seconds(self) -> float:
        """Duration."""
        return len(self.samples) / self.rate
