"""The capture and playback rings: one writer, one reader, indices that count for ever, no locks."""

from typing import Final

import numpy as np

from appliance.audio.memory import (
    CAPTURE_BASE,
    CAPTURE_CAPACITY,
    CAPTURE_LOGGED,
    CAPTURE_WRITTEN,
    EPOCH,
    GAIN,
    LOG,
    PLAYBACK_CAPACITY,
    PLAYBACK_FLUSH,
    PLAYBACK_HOLD,
    PLAYBACK_LOGGED,
    PLAYBACK_RATE,
    PLAYBACK_READ,
    PLAYBACK_WRITTEN,
    AudioMemory,
    Fence,
)
from appliance.core.audio import CAPTURE_RATE, AudioFrame, Samples
from appliance.core.gate import OPEN
from appliance.core.interfaces import Heard

KEPT: Final = CAPTURE_CAPACITY - CAPTURE_RATE
"""Samples a slow reader may lag behind. The last second of the ring is the writer's head start."""


def put(ring: Samples, index: int, samples: Samples) -> None:
    """Copy samples into a ring, to where `index` falls, around its end."""
    at = index % len(ring)
    first = len(ring) - at
    if len(samples) <= first:
        ring[at : at + len(samples)] = samples
    else:
        ring[at:] = samples[:first]
        ring[: len(samples) - first] = samples[first:]


def get(ring: Samples, index: int, out: Samples) -> None:
    """Copy samples out of a ring, from where `index` falls, around its end."""
    at = index % len(ring)
    first = len(ring) - at
    if len(out) <= first:
        out[:] = ring[at : at + len(out)]
    else:
        out[:first] = ring[at:]
        out[first:] = ring[: len(out) - first]


class CaptureWriter:
    """The audio process' end of the microphone. Never waits: the oldest samples give way."""

    def __init__(self, memory: AudioMemory) -> None:
        self._memory = memory
        self._fence = Fence()
        self.index: int = memory.whole[CAPTURE_WRITTEN]
        """Index of the next sample."""

    def resume(self, moment: float) -> None:
        """Jump to the index that belongs to a moment, going by the last stamp of an earlier life."""
        if anchor := _anchor(self._memory):
            index, stamp = anchor
            self.jump(round(index + (moment - stamp) * CAPTURE_RATE))

    def jump(self, index: int) -> None:
        """Continue at a later index; what lies between never existed."""
        self.index = max(self.index, index)
        whole = self._memory.whole
        whole[CAPTURE_BASE] = self.index
        self._fence.order()
        whole[CAPTURE_WRITTEN] = self.index

    def write(self, samples: Samples, moment: float, wired: Samples | None = None) -> None:
        """Add samples, the first of which was captured at `moment`, and those of the reference channel."""
        memory = self._memory
        put(memory.capture, self.index, samples)
        if wired is not None:
            put(memory.wired, self.index, wired)
        logged = memory.whole[CAPTURE_LOGGED]
        at = 2 * (logged % LOG)
        memory.capture_log[at] = self.index
        memory.capture_log[at + 1] = moment
        self.index += len(samples)
        self._fence.order()
        memory.whole[CAPTURE_LOGGED] = logged + 1
        memory.whole[CAPTURE_WRITTEN] = self.index


class CaptureReader:
    """The main process' end of the microphone."""

    def __init__(self, memory: AudioMemory) -> None:
        self._memory = memory
        self._fence = Fence()
        self._next: int = memory.whole[CAPTURE_WRITTEN]
        self.dropped = 0
        """Samples that were captured, and gone before anybody read them."""

    def read(self, limit: int, unit: int = 1) -> AudioFrame | None:
        """The next samples, at most `limit` and a multiple of `unit`; None when there are none yet."""
        whole = self._memory.whole
        written = whole[CAPTURE_WRITTEN]
        self._fence.order()
        self._next = max(self._next, whole[CAPTURE_BASE])
        self._drop_before(written - KEPT)
        available = min(written - self._next, limit) // unit * unit
        if available <= 0:  # below zero while the writer is in the middle of a jump
            return None
        samples = np.empty(available, np.float32)
        get(self._memory.capture, self._next, samples)
        self._fence.order()
        start = self._next
        self._drop_before(whole[CAPTURE_WRITTEN] - CAPTURE_CAPACITY)
        if self._next > start:  # overtaken by a writer one second ahead: only after a very long stall
            return self.read(limit, unit)
        self._next = start + len(samples)
        return AudioFrame(samples, CAPTURE_RATE, start)

    def position(self, moment: float) -> float:
        """Seconds on the audio clock at a moment of CLOCK_MONOTONIC; 0.0 before the first sample."""
        anchor = _anchor(self._memory)
        self._fence.order()
        if not anchor:
            return 0.0
        index, stamp = anchor
        return index / CAPTURE_RATE + moment - stamp

    def silence(self, moment: float, limit: int, unit: int = 1) -> AudioFrame | None:
        """Zeros in the place of what nobody captured up to a moment; None when that much was handed out already.

        Only while no audio process captures. When one does again, it goes on behind its own moment.
        """
        count = min(int(self.position(moment) * CAPTURE_RATE) - self._next, limit) // unit * unit
        if count <= 0:
            return None
        frame = AudioFrame(np.zeros(count, np.float32), CAPTURE_RATE, self._next)
        self._next = frame.end
        return frame

    def _drop_before(self, index: int) -> None:
        self.dropped += max(0, index - self._next)
        self._next = max(self._next, index)


class StampReader:
    """Follows the time stamps of captured sound."""

    def __init__(self, memory: AudioMemory) -> None:
        self._memory = memory
        self._fence = Fence()
        self._seen: int = memory.whole[CAPTURE_LOGGED]

    def read(self) -> list[tuple[int, float]]:
        """What was stamped since the last call, as far as it is still there: index of a sample, its moment."""
        logged = self._memory.whole[CAPTURE_LOGGED]
        self._fence.order()
        entries = range(max(self._seen, logged - LOG // 2), logged)
        self._seen = logged
        log = self._memory.capture_log
        return [(int(log[2 * (entry % LOG)]), log[2 * (entry % LOG) + 1]) for entry in entries]


class PlaybackWriter:
    """The main process' end of the loudspeaker. Never overwrites: whoever writes checks `free` first."""

    def __init__(self, memory: AudioMemory) -> None:
        self._memory = memory
        self._fence = Fence()

    @property
    def free(self) -> int:
        """Samples that fit."""
        whole = self._memory.whole
        free: int = PLAYBACK_CAPACITY - (whole[PLAYBACK_WRITTEN] - whole[PLAYBACK_READ])
        return free

    def write(self, samples: Samples) -> None:
        """Queue samples, no more than are `free`."""
        written = self._memory.whole[PLAYBACK_WRITTEN]
        put(self._memory.playback, written, samples)
        self._fence.order()
        self._memory.whole[PLAYBACK_WRITTEN] = written + len(samples)

    def hold(self, at: int | None) -> None:
        """Play no further than sample `at` of all that was played; None: go on. From the next period on."""
        self._memory.whole[PLAYBACK_HOLD] = OPEN if at is None else max(0, at)

    def flush(self) -> None:
        """Drop what is queued, from the next period on, and hold no more."""
        self._memory.whole[PLAYBACK_FLUSH] = self._memory.whole[PLAYBACK_WRITTEN]
        self._fence.order()
        self.hold(None)

    def abandon(self) -> None:
        """Drop what is queued at once, and hold no more. Only while no audio process lives that would read it."""
        self.flush()
        self._memory.whole[PLAYBACK_READ] = self._memory.whole[PLAYBACK_WRITTEN]

    def set_gain(self, gain: float) -> None:
        """Scale the sound from the next period on."""
        self._memory.real[GAIN] = gain

    def heard(self, moment: float) -> Heard:
        """What has left the loudspeaker by a moment of CLOCK_MONOTONIC; `started` and `ended` are such moments too."""
        whole, log = self._memory.whole, self._memory.playback_log
        empty = whole[PLAYBACK_READ] == whole[PLAYBACK_WRITTEN]
        self._fence.order()
        logged = whole[PLAYBACK_LOGGED]
        for entry in range(logged - 1, max(0, logged - LOG // 2) - 1, -1):
            at = 4 * (entry % LOG)
            first, before, samples, started = log[at : at + 4]
            if first <= moment:
                gone = min(samples, int((moment - first) * PLAYBACK_RATE))
                last = entry == logged - 1 and gone == samples
                ended = first + gone / PLAYBACK_RATE
                return Heard(int(before) + int(gone), started, idle=empty and last, ended=ended)
        return Heard(0, 0.0, idle=empty and not logged)


def _anchor(memory: AudioMemory) -> tuple[float, float] | None:
    """Index of a sample and its moment: the newest stamp, or where time began. None before there is either."""
    logged = memory.whole[CAPTURE_LOGGED]
    if not logged:
        return (0.0, memory.real[EPOCH]) if memory.real[EPOCH] else None
    at = 2 * ((logged - 1) % LOG)
    return memory.capture_log[at], memory.capture_log[at + 1]
