"""Levels for a picture: of what is heard now, not of what waits."""

import numpy as np
import pytest

from appliance.transports.loudness import Loudness, rms

RATE = 1000


def test_the_room_is_what_was_captured_last() -> None:
    loudness = Loudness(RATE)
    loudness.captured(np.full(10, 0.5, np.float32))
    loudness.captured(np.full(10, -0.25, np.float32))
    assert loudness.at(0) == (0.25, 0.0)


def test_the_box_is_as_loud_as_the_sound_that_leaves_now() -> None:
    loudness = Loudness(RATE)
    loudness.queue(np.repeat(np.array([0.1, 0.2, 0.3], np.float32), 20))
    assert [loudness.at(heard)[1] for heard in (0, 19, 20, 45, 60)] == pytest.approx(
        [0.1, 0.1, 0.2, 0.3, 0.0]
    )
    assert loudness.at(25, gain=0.1)[1] == pytest.approx(0.02)


def test_what_is_dropped_is_never_loud() -> None:
    loudness = Loudness(RATE)
    loudness.queue(np.full(100, 0.5, np.float32))
    loudness.stop(30)
    assert loudness.at(30) == (0.0, 0.0)
    loudness.queue(np.full(20, 0.25, np.float32))
    assert loudness.at(30)[1] == pytest.approx(0.25)


def test_only_so_much_is_kept_and_the_newest_counts() -> None:
    loudness = Loudness(RATE)
    loudness.queue(np.full(10 * RATE, 0.5, np.float32))
    assert loudness.at(10 * RATE - 1)[1] == pytest.approx(0.5)


def test_nothing_is_silent() -> None:
    assert rms(np.empty(0, np.float32)) == 0.0
