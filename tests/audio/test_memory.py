import numpy as np

from appliance.audio.desk import Progress
from appliance.audio.device import Way
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
    for way, letter in ((Way.IN, "x"), (Way.OUT, "y")):
        memory.desks[way].say(Progress.OPEN, letter * 10_000, letter * 10_000, letter * 10_000)
        memory.desks[way].refused = 3
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
    for way, letter in ((Way.IN, "x"), (Way.OUT, "y")):
        desk = memory.desks[way]
        assert set(desk.notice) == set(desk.device) == set(desk.route) == {letter}
        assert (desk.progress, desk.refused, desk.edition) == (Progress.OPEN, 3, 1)
    assert (memory.reference == 5.0).all()
    assert (memory.wired == 6.0).all()
    np.testing.assert_array_equal(memory.reference_log, 7.0)
    np.testing.assert_array_equal(memory.capture_log, 3.0)
    np.testing.assert_array_equal(memory.playback_log, 4.0)


def test_a_fence_can_be_passed_again_and_again() -> None:
    fence = Fence()
    fence.order()
    fence.order()
