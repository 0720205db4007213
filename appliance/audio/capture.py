"""What the capture callback does with each period of sound from the device."""

from collections.abc import Callable
from typing import Final

import numpy as np

from appliance.audio.memory import CAPTURE_PERIODS, LOST, OVERRUNS, AudioMemory
from appliance.audio.ring import CaptureWriter
from appliance.core.audio import CAPTURE_RATE, PERIOD, PERIOD_MS, Samples
from appliance.core.resample import PeriodResampler

SETTLING: Final = 20
"""Periods thrown away after opening: their time stamps wobble by ±10 ms (measured on PipeWire)."""
LOSS_S: Final = 0.004
"""A stamp this much later than the last one foretold means lost sound. Honest stamps wander 0.02 ms."""
FILL: Final = CAPTURE_RATE
"""Samples: a longer gap is no stumble but an absence, and becomes a jump of the index."""
DOORBELL_PERIODS: Final = 2
"""Periods between two rings: waking the main process costs more than the sound itself."""
_PERIOD_S: Final = PERIOD_MS / 1000


class Capture:
    """Brings sound to 16 kHz mono, keeps its index true to the device's clock, and hands it over."""

    def __init__(
        self, memory: AudioMemory, device_rate: int, channel: int, ring_doorbell: Callable[[], None]
    ) -> None:
        self._whole = memory.whole
        self._writer = CaptureWriter(memory)
        self._channel = channel
        self._ring_doorbell = ring_doorbell
        self._resampler = PeriodResampler(device_rate, CAPTURE_RATE, device_rate * PERIOD_MS // 1000)
        self._period: Samples = np.zeros(PERIOD, np.float32)
        self._silence: Samples = np.zeros(PERIOD, np.float32)
        self._seen = 0
        self._due = 0.0

    def period(self, block: Samples, moment: float) -> None:
        """Take one period of all channels, whose first sample was captured at `moment`."""
        self._whole[CAPTURE_PERIODS] += 1
        self._seen += 1
        if self._seen <= SETTLING:
            return
        moment -= self._resampler.delay_s
        if self._seen == SETTLING + 1:
            self._writer.resume(moment)
        elif moment - self._due > LOSS_S:
            self._make_up_for(round((moment - self._due) * CAPTURE_RATE))
        self._due = moment + _PERIOD_S
        self._resampler.process(block[:, self._channel], self._period)
        self._writer.write(self._period, moment)
        if self._seen % DOORBELL_PERIODS == 0:
            self._ring_doorbell()

    def _make_up_for(self, lost: int) -> None:
        self._whole[OVERRUNS] += 1
        self._whole[LOST] += lost
        if lost > FILL:
            self._writer.jump(self._writer.index + lost)
            return
        while lost > 0:
            part = self._silence[:lost]
            self._writer.write(part, self._due)
            self._due += len(part) / CAPTURE_RATE
            lost -= len(part)
