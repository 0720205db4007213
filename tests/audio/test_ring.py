"""Property tests: whatever the order of writing and reading, nothing is lost, doubled or invented."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.audio.memory import (
    CAPTURE_CAPACITY,
    CAPTURE_WRITTEN,
    EPOCH,
    GAIN,
    PLAYBACK_CAPACITY,
    PLAYBACK_READ,
    PLAYBACK_WRITTEN,
    AudioMemory,
    anonymous,
)
from appliance.audio.ring import KEPT, CaptureReader, CaptureWriter, PlaybackWriter, get, put
from appliance.core.audio import CAPTURE_RATE, AudioFrame, Samples

starts = st.sampled_from([0, 1, 63_999, 2**32 - 7, 2**40 + 3])


def numbered(index: int, count: int) -> Samples:
    """Samples that carry their own index, as far as a float can."""
    return np.asarray(np.arange(index, index + count) % 2**20, np.float32)


def capture_at(start: int) -> tuple[AudioMemory, CaptureWriter, CaptureReader]:
    memory = anonymous()
    memory.whole[CAPTURE_WRITTEN] = start
    return memory, CaptureWriter(memory), CaptureReader(memory)


@given(st.integers(1, 50), st.integers(0, 2**40), st.data())
def test_what_is_put_is_got_around_the_end(size: int, index: int, data: st.DataObject) -> None:
    ring = np.zeros(size, np.float32)
    count = data.draw(st.integers(0, size))
    put(ring, index, numbered(index, count))
    out = np.zeros(count, np.float32)
    get(ring, index, out)
    np.testing.assert_array_equal(out, numbered(index, count))


@given(starts, st.lists(st.one_of(st.integers(1, 4000).map(int), st.sampled_from([-1600, -160, -7]))))
def test_a_reader_that_keeps_up_gets_every_sample_once(start: int, steps: list[int]) -> None:
    """Positive steps write so many samples, negative ones read at most so many."""
    _, writer, reader = capture_at(start)
    expected = start
    for step in [*steps, *[-1600] * 300]:
        if step > 0 and writer.index + step - expected <= KEPT:
            writer.write(numbered(writer.index, step), 0.0)
        elif frame := reader.read(abs(step)):
            assert frame.start == expected
            np.testing.assert_array_equal(frame.samples, numbered(expected, len(frame.samples)))
            expected = frame.end
    assert expected == writer.index
    assert reader.dropped == 0


@given(starts, st.lists(st.tuples(st.integers(0, 3 * KEPT), st.integers(1, KEPT)), max_size=8))
def test_a_slow_reader_loses_the_oldest_and_knows_how_much(start: int, rounds: list[tuple[int, int]]) -> None:
    _, writer, reader = capture_at(start)
    got = 0
    for written, limit in rounds:
        for _ in range(written // 8000):
            writer.write(numbered(writer.index, 8000), 0.0)
        if frame := reader.read(limit):
            np.testing.assert_array_equal(frame.samples, numbered(frame.start, len(frame.samples)))
            got += len(frame.samples)
            assert got + reader.dropped == frame.end - start
            assert writer.index - frame.start <= KEPT


def test_a_reader_overtaken_while_it_copies_starts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    _, writer, reader = capture_at(0)
    writer.write(numbered(0, 1600), 0.0)

    def interrupted(ring: Samples, index: int, out: Samples) -> None:
        monkeypatch.undo()
        for _ in range(CAPTURE_CAPACITY // 1600 + 1):
            writer.write(numbered(writer.index, 1600), 0.0)
        get(ring, index, out)

    monkeypatch.setattr("appliance.audio.ring.get", interrupted)
    frame = reader.read(1600)
    assert frame is not None
    np.testing.assert_array_equal(frame.samples, numbered(frame.start, 1600))
    assert frame.start == reader.dropped == writer.index - KEPT


def test_a_jump_shows_in_the_start_of_the_next_frame() -> None:
    _, writer, reader = capture_at(0)
    writer.write(numbered(0, 160), 0.0)
    assert reader.read(160) is not None
    writer.jump(10_000)
    assert reader.read(160) is None
    writer.write(numbered(10_000, 160), 0.0)
    frame = reader.read(160)
    assert frame is not None
    assert frame.start == 10_000
    assert reader.dropped == 0


def test_positions_follow_the_last_stamp() -> None:
    memory, writer, reader = capture_at(0)
    assert reader.position(1234.5) == 0.0
    writer.write(numbered(0, 160), 100.0)
    writer.write(numbered(160, 160), 100.0101)
    assert reader.position(100.0101) == pytest.approx(0.01)
    assert reader.position(103.0101) == pytest.approx(3.01)
    later = CaptureWriter(memory)
    later.resume(105.0101)
    assert later.index == 160 + 5 * CAPTURE_RATE


def test_a_first_life_resumes_at_zero() -> None:
    _, writer, _ = capture_at(0)
    writer.resume(1e6)
    assert writer.index == 0


@given(starts, st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 40_000)), max_size=12))
def test_playback_hands_over_every_sample_once(start: int, rounds: list[tuple[int, int]]) -> None:
    memory = anonymous()
    memory.whole[PLAYBACK_WRITTEN] = memory.whole[PLAYBACK_READ] = start
    writer, written, read = PlaybackWriter(memory), start, start
    for offered, wanted in rounds:
        count = min(offered, writer.free)
        writer.write(numbered(written, count))
        written += count
        taken = np.zeros(min(wanted, written - read), np.float32)
        get(memory.playback, read, taken)
        np.testing.assert_array_equal(taken, numbered(read, len(taken)))
        read += len(taken)
        memory.whole[PLAYBACK_READ] = read
        assert writer.free == PLAYBACK_CAPACITY - (written - read)


def test_nothing_was_heard_of_a_silent_port() -> None:
    heard = PlaybackWriter(anonymous()).heard(5.0)
    assert (heard.samples, heard.idle) == (0, True)


def test_abandoned_sound_is_gone_at_once() -> None:
    memory = anonymous()
    writer = PlaybackWriter(memory)
    writer.write(numbered(0, 1000))
    assert not writer.heard(5.0).idle
    writer.abandon()
    assert writer.heard(5.0).idle
    assert writer.free == PLAYBACK_CAPACITY


def test_gain_is_a_shared_word() -> None:
    memory = anonymous()
    PlaybackWriter(memory).set_gain(0.25)
    assert memory.real[GAIN] == 0.25


def test_frames_carry_the_capture_rate() -> None:
    _, writer, reader = capture_at(0)
    writer.write(numbered(0, 320), 0.0)
    frame = reader.read(160)
    assert isinstance(frame, AudioFrame)
    assert (frame.rate, len(frame.samples)) == (16_000, 160)


def test_silence_takes_the_place_of_what_nobody_captured_and_is_handed_out_once() -> None:
    _, writer, reader = capture_at(0)
    writer.write(numbered(0, 160), 100.0)
    assert reader.read(1600) is not None
    assert reader.silence(100.005, 1600) is None, "that much was captured"
    frames = [reader.silence(101.0, 1600, 160) for _ in range(11)]
    found = [(frame.start, len(frame.samples)) for frame in frames if frame]
    assert found == [(start, 1600) for start in range(160, 14_560, 1600)] + [(14_560, 1440)]
    writer.resume(101.2)
    writer.write(numbered(writer.index, 160), 101.2)
    frame = reader.read(1600)
    assert frame is not None
    assert frame.start == 1.2 * CAPTURE_RATE


def test_time_may_begin_without_a_microphone() -> None:
    memory, writer, reader = capture_at(0)
    assert reader.silence(50.0, 1600) is None, "there is no time yet"
    memory.real[EPOCH] = 50.0
    assert reader.position(51.5) == 1.5
    frame = reader.silence(50.1, 16_000)
    assert frame is not None
    assert (frame.start, len(frame.samples)) == (0, 1600)
    writer.resume(52.0)
    assert writer.index == 2 * CAPTURE_RATE
    writer.write(numbered(writer.index, 160), 52.0)
    assert reader.position(52.5) == 2.5
