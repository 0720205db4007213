import numpy as np
import pytest

from appliance.core.audio import CAPTURE_RATE, PERIOD, PERIOD_MS, AudioFrame


def test_a_frame_knows_where_it_ends_and_how_long_it_lasts() -> None:
    frame = AudioFrame(np.zeros(480, np.float32), 48_000, start=1000)
    assert frame.end == 1480
    assert frame.seconds == pytest.approx(0.01)


def test_frames_that_follow_each_other_meet() -> None:
    first = AudioFrame(np.zeros(160, np.float32), CAPTURE_RATE, start=0)
    second = AudioFrame(np.zeros(7, np.float32), CAPTURE_RATE, start=first.end)
    assert second.start == 160
    assert second.end == 167


def test_an_empty_frame_takes_no_time() -> None:
    frame = AudioFrame(np.zeros(0, np.float32), CAPTURE_RATE, start=5)
    assert (frame.end, frame.seconds) == (5, 0.0)


def test_a_period_is_a_whole_number_of_samples() -> None:
    assert PERIOD * 1000 == CAPTURE_RATE * PERIOD_MS
