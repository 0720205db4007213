import numpy as np

from appliance.audio.memory import (
    CAPTURE_CAPACITY,
    CAPTURE_WRITTEN,
    GAIN,
    LOG,
    PLAYBACK_CAPACITY,
    REFERENCE_PERIODS,
    Fence,
    anonymous,
)


def test_regions_have_their_sizes_and_do_not_overlap() -> None:
    memory = anonymous()
    memory.whole[CAPTURE_WRITTEN] = 2**40
    memory.notice = "x" * 10_000
    memory.route = "y" * 10_000
    memory.reference[:] = 5.0
    memory.wired[:] = 6.0
    for entry in range(2 * REFERENCE_PERIODS):
        memory.reference_log[entry] = 7.0
    memory.capture[:] = 1.0
    memory.playback[:] = 2.0
    for entry in range(2 * LOG):
        memory.capture_log[entry] = 3.0
    for entry in range(4 * LOG):
        memory.playback_log[entry] = 4.0
    assert memory.whole[CAPTURE_WRITTEN] == 2**40
    assert memory.real[GAIN] == 1.0
    assert len(memory.capture) == CAPTURE_CAPACITY
    assert len(memory.playback) == PLAYBACK_CAPACITY
    assert (memory.capture == 1.0).all()
    assert (memory.playback == 2.0).all()
    assert set(memory.notice) == {"x"}
    assert set(memory.route) == {"y"}
    assert (memory.reference == 5.0).all()
    assert (memory.wired == 6.0).all()
    np.testing.assert_array_equal(memory.reference_log, 7.0)
    np.testing.assert_array_equal(memory.capture_log, 3.0)
    np.testing.assert_array_equal(memory.playback_log, 4.0)


def test_a_notice_is_cut_to_its_place_without_half_characters() -> None:
    memory = anonymous()
    memory.notice = "é" * 5000
    assert set(memory.notice) == {"é"}
    memory.notice = "short"
    assert memory.notice == "short"


def test_a_fence_can_be_passed_again_and_again() -> None:
    fence = Fence()
    fence.order()
    fence.order()
