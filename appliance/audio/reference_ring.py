"""What the loudspeaker was really given and when: written by the playback callback, read beside the microphone."""

from typing import Final

import numpy as np

from appliance.audio.memory import (
    PLAYBACK_PERIOD,
    PLAYBACK_PERIODS,
    REFERENCE_PERIODS,
    AudioMemory,
    Fence,
)
from appliance.core.audio import Samples

HEAD_START: Final = 20
"""Periods at the end of the ring that are not read: the writer may be at them before they are copied."""


class ReferenceWriter:
    """The playback callback's end. Silent periods cost it two stores: their stamps keep the clocks known."""

    def __init__(self, memory: AudioMemory) -> None:
        self._memory = memory
        self._fence = Fence()
        self._blocks = memory.reference.reshape(REFERENCE_PERIODS, PLAYBACK_PERIOD)

    def write(self, block: Samples, moment: float) -> None:
        """Add a period, the first sample of which leaves at `moment`."""
        period = self._memory.whole[PLAYBACK_PERIODS]
        np.copyto(self._blocks[period % REFERENCE_PERIODS], block)
        self._publish(period, moment, period + 1)

    def skip(self, moment: float) -> None:
        """Add a period of silence."""
        self._publish(self._memory.whole[PLAYBACK_PERIODS], moment, 0)

    def _publish(self, period: int, moment: float, sounding: int) -> None:
        at = 2 * (period % REFERENCE_PERIODS)
        log = self._memory.reference_log
        log[at], log[at + 1] = moment, sounding
        self._fence.order()
        self._memory.whole[PLAYBACK_PERIODS] = period + 1


class ReferenceReader:
    """The main process' end."""

    def __init__(self, memory: AudioMemory) -> None:
        self._memory = memory
        self._fence = Fence()
        self._blocks = memory.reference.reshape(REFERENCE_PERIODS, PLAYBACK_PERIOD)
        self._stamped: int = memory.whole[PLAYBACK_PERIODS]

    def stamps(self) -> list[tuple[int, float]]:
        """What was stamped since the last call: index of a period's first sample, and its moment."""
        written = self._memory.whole[PLAYBACK_PERIODS]
        self._fence.order()
        first = max(self._stamped, written - REFERENCE_PERIODS + HEAD_START, 0)
        self._stamped = written
        log = self._memory.reference_log
        return [
            (period * PLAYBACK_PERIOD, log[2 * (period % REFERENCE_PERIODS)])
            for period in range(first, written)
        ]

    def read(self, first: int, count: int) -> Samples | None:
        """Samples from an index of the device's on; zeros where there is nothing. None: all silent."""
        written = self._memory.whole[PLAYBACK_PERIODS]
        self._fence.order()
        begin, end = first // PLAYBACK_PERIOD, -(-(first + count) // PLAYBACK_PERIOD)
        alive = range(max(begin, written - REFERENCE_PERIODS + HEAD_START, 0), min(end, written))
        sounding = [period for period in alive if self._sounds(period)]
        if not sounding:
            return None
        sound = np.zeros((end - begin, PLAYBACK_PERIOD), np.float32)
        for period in sounding:
            sound[period - begin] = self._blocks[period % REFERENCE_PERIODS]
        at = first - begin * PLAYBACK_PERIOD
        return sound.reshape(-1)[at : at + count]

    def _sounds(self, period: int) -> bool:
        return bool(self._memory.reference_log[2 * (period % REFERENCE_PERIODS) + 1] == period + 1)
