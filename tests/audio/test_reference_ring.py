import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from appliance.audio.memory import PLAYBACK_PERIOD, REFERENCE_PERIODS, anonymous
from appliance.audio.reference_ring import HEAD_START, ReferenceReader, ReferenceWriter
from appliance.core.audio import Samples


def numbered(period: int) -> Samples:
    """Samples that carry their own index, counted from 1."""
    first = period * PLAYBACK_PERIOD + 1
    return np.arange(first, first + PLAYBACK_PERIOD).astype(np.float32)


@given(st.lists(st.booleans(), max_size=30), st.integers(-1000, 15_000), st.integers(1, 5000))
def test_what_sounded_is_read_and_the_rest_is_silence(sounding: list[bool], first: int, count: int) -> None:
    memory = anonymous()
    writer, reader = ReferenceWriter(memory), ReferenceReader(memory)
    track = np.zeros(40_000, np.float32)
    for period, sounds in enumerate(sounding):
        if sounds:
            writer.write(numbered(period), 1.0)
            track[period * PLAYBACK_PERIOD : (period + 1) * PLAYBACK_PERIOD] = numbered(period)
        else:
            writer.skip(1.0)
    expected = np.concatenate([np.zeros(1000, np.float32), track])[first + 1000 : first + 1000 + count]
    read = reader.read(first, count)
    np.testing.assert_array_equal(np.zeros(count, np.float32) if read is None else read, expected)


def test_what_was_overwritten_is_silence() -> None:
    memory = anonymous()
    writer, reader = ReferenceWriter(memory), ReferenceReader(memory)
    for period in range(REFERENCE_PERIODS + 7):
        writer.write(numbered(period), 1.0)
    assert reader.read(0, 7 * PLAYBACK_PERIOD) is None
    oldest = 7 + HEAD_START
    read = reader.read(oldest * PLAYBACK_PERIOD, PLAYBACK_PERIOD)
    assert read is not None
    np.testing.assert_array_equal(read, numbered(oldest))


def test_an_old_sound_is_not_taken_for_the_silence_in_its_place() -> None:
    memory = anonymous()
    writer, reader = ReferenceWriter(memory), ReferenceReader(memory)
    writer.write(numbered(0), 1.0)
    for _ in range(REFERENCE_PERIODS):
        writer.skip(1.0)
    assert reader.read(REFERENCE_PERIODS * PLAYBACK_PERIOD, PLAYBACK_PERIOD) is None


def test_every_stamp_is_told_once_even_of_silence() -> None:
    memory = anonymous()
    writer, reader = ReferenceWriter(memory), ReferenceReader(memory)
    writer.write(numbered(0), 7.0)
    writer.skip(7.01)
    assert reader.stamps() == [(0, 7.0), (PLAYBACK_PERIOD, 7.01)]
    assert reader.stamps() == []
    writer.skip(7.02)
    assert reader.stamps() == [(2 * PLAYBACK_PERIOD, 7.02)]
