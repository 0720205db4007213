"""What the capture callback does with each period of sound from the device."""

import math
from collections.abc import Callable
from typing import Final

import numpy as np

from appliance.audio.device import Format
from appliance.audio.memory import BATCH, LOST, OVERRUNS, RELAXED, AudioMemory
from appliance.audio.ring import CaptureWriter
from appliance.core.audio import CAPTURE_RATE, PERIOD, PERIOD_MS, Samples
from appliance.core.resample import PeriodResampler

SETTLING: Final = 20
"""Periods thrown away after opening: their time stamps wobble by ±10 ms (measured on PipeWire)."""
LOSS_S: Final = 0.004
"""A stamp this much later than the last one foretold means lost sound. Honest stamps wander 0.02 ms."""
FILL: Final = CAPTURE_RATE
"""Samples: a longer gap is no stumble but an absence, and becomes a jump of the index."""
_PERIOD_S: Final = PERIOD_MS / 1000


class Capture:
    """Brings sound to 16 kHz mono, keeps its index true to the device's clock, and hands it over."""

    def __init__(
        self,
        memory: AudioMemory,
        agreed: Format,
        channel: int,
        ring_doorbell: Callable[[], None],
        reference: int | None = None,
    ) -> None:
        """Begin to listen to a channel, and to another on which the device tells what it plays."""
        self._whole = memory.whole
        self._writer = CaptureWriter(memory)
        self._ring_doorbell = ring_doorbell
        period = agreed.rate * PERIOD_MS // 1000
        self._silence: Samples = np.zeros(PERIOD, np.float32)
        batch: Samples = np.zeros((RELAXED, period, agreed.channels), np.float32)
        self._slots = tuple(memoryview(block).cast("B") for block in batch)
        self._microphone = Channel(batch, agreed.rate, channel)
        self._reference = None if reference is None else Channel(batch, agreed.rate, reference)
        self._moments = [0.0] * RELAXED
        self._seen = 0
        self._filled = 0
        self._due = math.inf

    def period(self, block: memoryview, moment: float) -> None:
        """Take one period of interleaved float32, whose first sample was captured at `moment`."""
        self._seen += 1
        if self._seen <= SETTLING:
            return
        place = self._filled
        self._slots[place][:] = block
        self._moments[place] = moment - self._microphone.delay_s
        if self._seen == SETTLING + 1:
            self._writer.resume(self._moments[place])
        self._filled += 1
        if self._filled >= self._whole[BATCH] or self._filled == RELAXED:
            self._hand_over()

    def _hand_over(self) -> None:
        for place in range(self._filled):
            moment = self._moments[place]
            if moment - self._due > LOSS_S:
                self._make_up_for(round((moment - self._due) * CAPTURE_RATE))
            self._due = moment + _PERIOD_S
            wired = self._reference.convert(place) if self._reference else None
            self._writer.write(self._microphone.convert(place), moment, wired)
        self._filled = 0
        self._ring_doorbell()

    def _make_up_for(self, lost: int) -> None:
        self._whole[OVERRUNS] += 1
        self._whole[LOST] += lost
        if lost > FILL:
            self._writer.jump(self._writer.index + lost)
            return
        while lost > 0:
            part = self._silence[:lost]
            self._writer.write(part, self._due, part if self._reference else None)
            self._due += len(part) / CAPTURE_RATE
            lost -= len(part)


class Channel:
    """One channel of what the device delivers, on its way to 16 kHz."""

    def __init__(self, batch: Samples, rate: int, channel: int) -> None:
        self._sounds = tuple(batch[:, :, channel])
        self._resampler = PeriodResampler(rate, CAPTURE_RATE, batch.shape[1])
        self.delay_s = self._resampler.delay_s
        """Seconds between a sample going in and the same moment coming out."""

    def convert(self, place: int) -> Samples:
        """The next period, from a place in the batch. The next call overwrites it."""
        return self._resampler.convert(self._sounds[place])
