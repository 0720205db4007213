"""What the loudspeaker played while the microphone heard, sample beside sample: what a canceller needs to know.

The two devices run on clocks of their own. Each one's stamps give a line through time (`clock_line`); together
they say which sample was leaving the loudspeaker when another one was captured, to a few hundredths of a
millisecond, and the sound is read there, between its samples (`fractional`).
"""

from dataclasses import dataclass
from math import floor, inf
from typing import Final, Protocol

import numpy as np

from appliance.audio.clock_line import ClockLine
from appliance.audio.fractional import HALF, FractionalReader, Places
from appliance.audio.memory import CAPTURE_BASE, OVERRUNS, PLAYBACK_RATE, AudioMemory
from appliance.audio.reference_ring import ReferenceReader
from appliance.audio.ring import StampReader, get
from appliance.core.audio import CAPTURE_RATE, AudioFrame, Samples

JUMP: Final = PLAYBACK_RATE * 2 // 1000
"""Samples: when the place is off by more than 2 ms, a device jumped, and nothing continues."""
PULL: Final = 1e-3
"""Most by which the pace gives way to a place that is off by less: 1 µs per ms, no canceller notices."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The companion of a captured frame."""

    samples: Samples
    """16 kHz, as long as the frame: what was leaving the loudspeaker while it was captured."""
    continues: bool
    """It follows on the last one; if not, a device jumped or was opened again: whoever has learnt how
    long sound takes from one to the other must begin again."""


class ReferenceSource(Protocol):
    """Where the reference comes from: the device, or the playback callback."""

    def beside(self, frame: AudioFrame) -> Reference:
        """The companion of the next captured frame. Frames come in order; the first continues nothing."""


class WiredReference:
    """A channel of the microphone itself on which it tells what it played: one clock, nothing to align."""

    def __init__(self, memory: AudioMemory) -> None:
        self._memory = memory
        self._breaks = Breaks(memory)

    def beside(self, frame: AudioFrame) -> Reference:
        """See `ReferenceSource`."""
        samples = np.empty(len(frame.samples), np.float32)
        get(self._memory.wired, frame.start, samples)
        return Reference(samples, not self._breaks.before(frame))


class PlayedReference:
    """What the playback callback gave the loudspeaker, brought to the microphone's clock."""

    def __init__(self, memory: AudioMemory) -> None:
        self._breaks = Breaks(memory)
        self._stamps = StampReader(memory)
        self._given = ReferenceReader(memory)
        self._captured, self._played = ClockLine(CAPTURE_RATE), ClockLine(PLAYBACK_RATE)
        self._reader = FractionalReader()
        self._place = -inf
        """Index of playback at which the next frame begins."""

    @property
    def drift_ppm(self) -> float:
        """How much slower the loudspeaker's clock runs than the microphone's."""
        return self._played.drift_ppm - self._captured.drift_ppm

    def beside(self, frame: AudioFrame) -> Reference:
        """See `ReferenceSource`."""
        broken = self._breaks.before(frame)
        if broken:
            self._captured.restart()
        self._learn()
        if not (self._captured.known and self._played.known):
            return Reference(np.zeros(len(frame.samples), np.float32), continues=False)
        begin, end = (self._played.index(self._captured.moment(at)) for at in (frame.start, frame.end))
        if abs(begin - self._place) > JUMP:
            broken, self._place = True, begin
        pull = float(np.clip((end - self._place) / (end - begin), 1 - PULL, 1 + PULL))
        pace = (end - begin) / len(frame.samples) * pull
        places = self._place + pace * np.arange(len(frame.samples))
        self._place += pace * len(frame.samples)
        return Reference(self._read(places), continues=not broken)

    def _learn(self) -> None:
        for index, moment in self._stamps.read():
            self._captured.add(index, moment)
        for index, moment in self._given.stamps():
            self._played.add(index, moment)

    def _read(self, places: Places) -> Samples:
        first = floor(places[0]) - HALF + 1
        sound = self._given.read(first, floor(places[-1]) - floor(places[0]) + 2 * HALF)
        if sound is None or not sound.any():  # silence needs no reading between its samples: most of the day
            return np.zeros(len(places), np.float32)
        return self._reader.read(sound, places - (first + HALF - 1))


class Breaks:
    """Notices where captured sound does not follow on what came before."""

    def __init__(self, memory: AudioMemory) -> None:
        self._whole = memory.whole
        self._next = -1
        self._seen = self._marks()

    def before(self, frame: AudioFrame) -> bool:
        """Whether sound was lost between the last frame and this one, even if silence took its place."""
        last, self._seen = self._seen, self._marks()
        broken = frame.start != self._next or last != self._seen
        self._next = frame.end
        return broken

    def _marks(self) -> tuple[int, int]:
        return self._whole[CAPTURE_BASE], self._whole[OVERRUNS]
