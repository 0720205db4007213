"""What the playback callback gives the device for each period."""

import numpy as np

from appliance.audio.device import Format
from appliance.audio.ledger import HOLE, Ledger
from appliance.audio.memory import (
    GAIN,
    PLAYBACK_FLUSH,
    PLAYBACK_HOLD,
    PLAYBACK_RATE,
    PLAYBACK_READ,
    PLAYBACK_WRITTEN,
    UNDERRUNS,
    AudioMemory,
    Fence,
)
from appliance.audio.memory import PLAYBACK_PERIOD as PERIOD
from appliance.audio.reference_ring import ReferenceWriter
from appliance.audio.ring import get
from appliance.core.audio import Samples
from appliance.core.gate import Gate
from appliance.core.resample import PeriodResampler


class Playback:
    """Takes sound from the ring, scales it, ends it without a click, and counts what it gave away."""

    def __init__(self, memory: AudioMemory, agreed: Format) -> None:
        self._memory = memory
        self._fence = Fence()
        self._ledger = Ledger(memory)
        self._reference = ReferenceWriter(memory)
        self._gate = Gate(PLAYBACK_RATE)
        self._gain = Gain(memory.real[GAIN])
        self._resampler = PeriodResampler(PLAYBACK_RATE, agreed.rate, PERIOD)
        self._channels = agreed.channels
        self._nothing = bytes(4 * len(self._resampler.out) * agreed.channels)
        self._block: Samples = np.zeros(PERIOD, np.float32)
        self._read: int = memory.whole[PLAYBACK_READ]
        self._silence = HOLE + 1
        """Samples of silence since the last sound. What a hold keeps silent does not count."""

    def period(self, out: memoryview, moment: float, *, starved: bool) -> None:
        """Fill one period of interleaved float32 channels, whose first sample leaves at `moment`.

        `starved` says that the device ran out of sound before this call.
        """
        whole = self._memory.whole
        moment += self._resampler.delay_s
        if self._silence > HOLE and whole[PLAYBACK_WRITTEN] == self._read:
            out[:] = self._nothing  # nearly all periods of a life: keep it short
            self._reference.skip(moment)
            return
        if self._silence >= PERIOD:
            self._gain.level = self._memory.real[GAIN]  # in silence there is nothing to glide from
        if starved and self._gate.tail:
            whole[UNDERRUNS] += 1
        read = self._read
        taken, silence = self._take()
        self._deliver(out, taken, moment)
        if taken:
            self._ledger.enter(taken, moment, self._silence)
        self._silence = silence
        if self._read != read:
            self._fence.order()
            whole[PLAYBACK_READ] = self._read

    def _take(self) -> tuple[int, int]:
        """Fill the block. Returns how many samples of it are sound, and the silence after them."""
        whole = self._memory.whole
        hold = whole[PLAYBACK_HOLD]
        self._fence.order()  # a stop drops first and ends the hold then: never see only its end
        flush = whole[PLAYBACK_FLUSH]
        if self._read < flush:
            taken = self._pass(flush, self._gate.tail)
            self._read = flush
            self._gate.rest()
            return taken, HOLE + 1
        room = self._gate.room(hold - self._ledger.played)
        written = whole[PLAYBACK_WRITTEN]
        taken = self._pass(written, room)
        if taken == PERIOD:
            return taken, 0
        if taken == room and self._read != written:  # held: from sound, time stands still
            return taken, 0 if taken or not self._silence else HOLE + 1
        self._gate.rest()
        return taken, PERIOD - taken if taken else self._silence + PERIOD

    def _pass(self, end: int, room: int) -> int:
        """Take what lies before `end` in the ring, `room` samples at most."""
        taken: int = min(end - self._read, room, PERIOD)
        if taken:
            self._fence.order()
            sound = self._block[:taken]
            get(self._memory.playback, self._read, sound)
            self._gate.shape(sound, room)
            self._read += taken
        return taken

    def _deliver(self, out: memoryview, taken: int, moment: float) -> None:
        if not taken and self._silence > PERIOD:  # the filter's memory is empty as well
            out[:] = self._nothing
            self._reference.skip(moment)
            return
        self._block[taken:] = 0.0
        self._gain.glide(self._block, self._memory.real[GAIN])
        self._reference.write(self._block, moment)
        sound = self._resampler.convert(self._block)
        channels = np.frombuffer(out, np.float32)
        for channel in range(self._channels):
            channels[channel :: self._channels] = sound


class Gain:
    """How loud the last sample was made; the next ones glide from there."""

    def __init__(self, level: float) -> None:
        self.level = level
        """What the last sample was multiplied by."""
        self._scale: Samples = np.zeros(PERIOD, np.float32)
        self._ramp: Samples = np.linspace(1 / PERIOD, 1, PERIOD, dtype=np.float32)

    def glide(self, block: Samples, level: float) -> None:
        """Scale a period in place, reaching `level` with its last sample."""
        if level == self.level == 1.0:
            return
        np.multiply(self._ramp, level - self.level, out=self._scale)
        self._scale += self.level
        block *= self._scale
        self.level = level
