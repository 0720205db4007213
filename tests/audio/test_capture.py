"""A simulated device with programmable stamps: nothing here takes real time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.audio.capture import SETTLING, Capture
from appliance.audio.device import Format
from appliance.audio.memory import (
    BATCH,
    CAPTURE_WRITTEN,
    LOST,
    OVERRUNS,
    PROMPT,
    RELAXED,
    AudioMemory,
    anonymous,
)
from appliance.audio.ring import CaptureReader
from appliance.core.audio import AudioFrame
from appliance.core.resample import PeriodResampler


class Microphone:
    """A device that delivers periods of 10 ms, at moments one may disturb."""

    def __init__(self, memory: AudioMemory | None = None, agreed: Format | None = None) -> None:
        self.memory = memory or anonymous()
        self.agreed = agreed or Format(16_000, 1)
        self.rings = 0
        self.moment = 100.0
        self.capture = Capture(self.memory, self.agreed, self.agreed.channels - 1, self._ring)
        self.reader = CaptureReader(self.memory)
        self.deliver(SETTLING, level=-1.0)

    def _ring(self) -> None:
        self.rings += 1

    def deliver(self, periods: int, level: float = 0.5, late_s: float = 0.0, drift: float = 1.0) -> None:
        """The last channel at `level`, the others at 9."""
        block = np.full((self.agreed.rate // 100, self.agreed.channels), 9.0, np.float32)
        block[:, -1] = level
        for _ in range(periods):
            self.capture.period(block.data.cast("B"), self.moment + late_s)
            self.moment += 0.01 * drift

    def lose(self, seconds: float) -> None:
        self.moment += seconds

    def read(self) -> AudioFrame:
        frame = self.reader.read(10**6)
        assert frame is not None
        return frame


def test_the_first_periods_are_not_believed_and_time_begins_after_them() -> None:
    microphone = Microphone()
    assert microphone.reader.read(10**6) is None
    microphone.deliver(2)
    frame = microphone.read()
    assert (frame.start, len(frame.samples)) == (0, 320)
    assert (frame.samples == 0.5).all()
    assert microphone.reader.position(100.0 + 0.01 * SETTLING) == pytest.approx(0.0)


def test_the_doorbell_rings_once_per_batch() -> None:
    microphone = Microphone()
    microphone.deliver(10)
    assert microphone.rings == 10 // PROMPT


def test_while_nobody_speaks_it_rings_less_often_and_at_once_when_somebody_does() -> None:
    microphone = Microphone()
    microphone.memory.whole[BATCH] = RELAXED
    microphone.deliver(2 * RELAXED + 3)
    assert microphone.rings == 2
    microphone.memory.whole[BATCH] = PROMPT
    microphone.deliver(1)
    assert microphone.rings == 3
    assert len(microphone.read().samples) == (2 * RELAXED + 4) * 160


def test_the_chosen_channel_is_heard() -> None:
    microphone = Microphone(agreed=Format(16_000, 6))
    microphone.deliver(2)
    assert (microphone.read().samples == 0.5).all()


def test_a_device_of_48_khz_is_resampled_and_its_moments_corrected_for_the_filter() -> None:
    microphone = Microphone(agreed=Format(48_000, 2))
    microphone.deliver(10)
    frame = microphone.read()
    assert len(frame.samples) == 1600
    np.testing.assert_allclose(frame.samples[100:], 0.5, atol=1e-3)
    delay_s = PeriodResampler(48_000, 16_000, 480).delay_s
    assert microphone.reader.position(microphone.moment) == pytest.approx(0.1 + delay_s)


@given(st.integers(1, 60), st.floats(0.005, 0.9), st.integers(0, 1))
def test_lost_sound_becomes_as_much_silence_where_it_was_lost(before: int, gap: float, parity: int) -> None:
    microphone = Microphone()
    microphone.deliver(before)
    microphone.lose(gap)
    microphone.deliver(20 + (before + parity) % 2 + parity)
    zeros = round(gap * 16_000)
    samples = microphone.read().samples
    assert (samples[: before * 160] == 0.5).all()
    assert (samples[before * 160 : before * 160 + zeros] == 0.0).all()
    assert (samples[before * 160 + zeros :] == 0.5).all()
    assert microphone.memory.whole[OVERRUNS] == 1
    assert microphone.memory.whole[LOST] == zeros


def test_a_long_absence_is_a_jump_and_no_silence() -> None:
    microphone = Microphone()
    microphone.deliver(2)
    microphone.read()
    microphone.lose(60)
    microphone.deliver(2)
    frame = microphone.read()
    assert frame.start == 320 + 60 * 16_000
    assert (frame.samples == 0.5).all()


@given(st.lists(st.floats(-0.0018, 0.0018), min_size=10, max_size=100))
def test_jitter_is_no_loss(lateness: list[float]) -> None:
    microphone = Microphone()
    for late_s in lateness:
        microphone.deliver(1, late_s=late_s)
    assert microphone.memory.whole[OVERRUNS] == 0


@pytest.mark.parametrize("drift", [1 - 2e-4, 1 + 2e-4])
def test_a_clock_that_drifts_is_no_loss(drift: float) -> None:
    microphone = Microphone()
    microphone.deliver(5000, drift=drift)
    assert microphone.memory.whole[OVERRUNS] == 0
    assert microphone.reader.position(microphone.moment) == pytest.approx(50, abs=1e-5)


def test_the_next_life_continues_the_audio_clock() -> None:
    first = Microphone()
    first.deliver(10)
    second = Microphone(first.memory)
    second.moment = first.moment + 5.0
    second.deliver(2)
    frame = second.read()
    assert frame.start == 1600 + 5 * 16_000
    assert first.memory.whole[OVERRUNS] == 0


def test_the_reference_channel_lies_beside_the_microphone_over_losses_too() -> None:
    memory = anonymous()
    capture = Capture(memory, Format(48_000, 3), 0, lambda: None, reference=2)
    block = np.zeros((480, 3), np.float32)
    block[:, 0], block[:, 2] = 0.5, 0.25
    for number in range(SETTLING + 40):
        capture.period(block.data.cast("B"), 1 + number / 100 + (0.05 if number > SETTLING + 20 else 0))
    written = memory.whole[CAPTURE_WRITTEN]
    assert written == 45 * 160
    np.testing.assert_allclose(memory.wired[100:written], memory.capture[100:written] / 2, atol=1e-6)
    assert not memory.wired[21 * 160 : 26 * 160].any()
