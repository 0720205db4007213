"""Two clocks, noisy stamps, stumbles: whatever happens, the reference is where the microphone heard it."""

from collections.abc import Callable

import numpy as np
import pytest

from appliance.audio.memory import CAPTURE_WRITTEN, OVERRUNS, PLAYBACK_RATE, anonymous
from appliance.audio.reference import PlayedReference, Reference, WiredReference
from appliance.audio.ring import CaptureReader, CaptureWriter
from appliance.core.audio import CAPTURE_RATE, PERIOD, AudioFrame, Samples
from tests.audio.two_clocks import TwoClocks


def hiss(seconds: float) -> Samples:
    """Noise up to 4 kHz."""
    count = round(seconds * PLAYBACK_RATE)
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal(count) * 0.1)
    spectrum[len(spectrum) // 6 :] = 0
    return np.fft.irfft(spectrum, count).astype(np.float32)


def noise(seconds: float) -> Callable[[float], float]:
    """Stamps that wander by so much, one in a hundred of which is 6 ms late."""
    chance = np.random.default_rng(3)
    return lambda moment: (
        moment + float(chance.standard_normal()) * seconds + 0.006 * (chance.random() < 0.01)
    )


def late_ms(reference: Samples, heard: Samples) -> float:
    """How much later the reference is than what was heard, when the difference is small."""
    slope = np.gradient(reference.astype(np.float64)) * CAPTURE_RATE / 1000
    return float((heard - reference) @ slope / (slope @ slope))


def apart_db(reference: Samples, heard: Samples) -> float:
    return float(10 * np.log10(np.mean((heard - reference) ** 2) / np.mean(heard**2)))


@pytest.mark.parametrize(
    ("loudspeaker_ppm", "microphone_ppm", "noise_s", "within_ms"),
    [
        (0, 0, 0.0, 0.0005),
        (20, 0, 0.00002, 0.005),
        (50, 0, 0.00005, 0.01),
        (-50, 50, 0.00002, 0.005),
        (-20, 0, 0.0005, 0.08),
        (-100, 100, 0.00005, 0.01),
        (200, 0, 0.0002, 0.04),
    ],
)
def test_the_reference_is_where_it_was_heard(
    loudspeaker_ppm: float, microphone_ppm: float, noise_s: float, within_ms: float
) -> None:
    clocks = TwoClocks(loudspeaker_ppm, microphone_ppm, noise(noise_s) if noise_s else lambda moment: moment)
    reference = PlayedReference(clocks.memory)
    for frame in clocks.frames(15):
        reference.beside(frame)
    errors = []
    for frame in clocks.frames(10, hiss(12)):
        beside = reference.beside(frame)
        assert beside.continues
        if frame.start // PERIOD % 25 == 24:
            errors.append(late_ms(beside.samples, clocks.heard(frame)))
    assert np.abs(errors).max() < within_ms
    assert reference.drift_ppm == pytest.approx(microphone_ppm - loudspeaker_ppm, abs=max(1, 2e4 * noise_s))


def test_without_drift_the_reference_is_what_was_heard() -> None:
    clocks = TwoClocks()
    reference = PlayedReference(clocks.memory)
    for frame in clocks.frames(1, hiss(2)):
        beside = reference.beside(frame)
    assert apart_db(beside.samples, clocks.heard(frame)) < -60


def test_it_is_aligned_soon_after_it_is_opened() -> None:
    clocks = TwoClocks(100, 0, noise(0.00005))
    reference = PlayedReference(clocks.memory)
    for frame in clocks.frames(1, hiss(2)):
        beside = reference.beside(frame)
        if frame.start >= CAPTURE_RATE // 5:
            assert abs(late_ms(beside.samples, clocks.heard(frame))) < 0.05


def test_silence_is_exactly_silent_before_between_and_after() -> None:
    clocks = TwoClocks()
    reference = PlayedReference(clocks.memory)
    silent = [reference.beside(frame).samples for frame in clocks.frames(1)]
    sounding = [reference.beside(frame).samples for frame in clocks.frames(1, hiss(0.5))]
    again = [reference.beside(frame).samples for frame in clocks.frames(1)]
    assert not np.concatenate(silent).any()
    assert not np.concatenate(again).any()
    assert np.count_nonzero(np.concatenate(sounding)) == pytest.approx(CAPTURE_RATE / 2, abs=40)


def test_what_gain_and_stop_did_is_in_the_reference() -> None:
    clocks = TwoClocks()
    reference = PlayedReference(clocks.memory)
    frames = [(frame, reference.beside(frame)) for frame in clocks.frames(0.5, hiss(1.4))]
    clocks.writer.set_gain(0.1)
    frames += [(frame, reference.beside(frame)) for frame in clocks.frames(0.5)]
    clocks.writer.flush()
    frames += [(frame, reference.beside(frame)) for frame in clocks.frames(0.5)]
    sound = np.concatenate([beside.samples for _, beside in frames])
    heard = np.concatenate([clocks.heard(frame) for frame, _ in frames])
    assert apart_db(sound, heard) < -60
    assert not sound[-CAPTURE_RATE // 4 :].any()


def breaks(references: list[Reference]) -> list[int]:
    return [number for number, beside in enumerate(references) if not beside.continues]


def test_a_loudspeaker_that_stumbled_is_reported_once_and_followed() -> None:
    clocks = TwoClocks(50, 0)
    reference = PlayedReference(clocks.memory)
    before = [reference.beside(frame) for frame in clocks.frames(5)]
    clocks.late_s = 0.19
    after = [reference.beside(frame) for frame in clocks.frames(1)]
    assert breaks(before) == [0], "the beginning continues nothing"
    assert len(breaks(after)) == 1
    assert breaks(after)[0] < 25
    places = [clocks.heard(frame) for frame in clocks.frames(0.2)]
    assert len(places) == 20


def test_lost_sound_is_reported_where_silence_took_its_place() -> None:
    clocks = TwoClocks()
    reference = PlayedReference(clocks.memory)
    list(map(reference.beside, clocks.frames(1)))
    clocks.memory.whole[OVERRUNS] += 1
    assert breaks([reference.beside(frame) for frame in clocks.frames(1)]) == [0]


def test_sound_that_nobody_fetched_is_reported_and_the_place_kept() -> None:
    clocks = TwoClocks()
    reference = PlayedReference(clocks.memory)
    list(map(reference.beside, clocks.frames(1, hiss(3))))
    list(clocks.frames(0.3))
    late = [(frame, reference.beside(frame)) for frame in clocks.frames(0.3)]
    assert breaks([beside for _, beside in late]) == [0]
    assert abs(late_ms(late[0][1].samples, clocks.heard(late[0][0]))) < 0.001


def test_a_device_that_was_opened_again_is_found_where_it_is_now() -> None:
    clocks = TwoClocks(30, 0)
    reference = PlayedReference(clocks.memory)
    list(map(reference.beside, clocks.frames(5)))
    clocks.reopen(after_s=1.5)
    frames = list(clocks.frames(1.0, hiss(3)))
    references = [reference.beside(frame) for frame in frames]
    assert breaks(references)[0] == 0
    assert len(breaks(references)) <= 2
    assert abs(late_ms(references[-1].samples, clocks.heard(frames[-1]))) < 0.02


def test_a_reader_far_behind_gets_silence_and_no_nonsense() -> None:
    clocks = TwoClocks()
    reference = PlayedReference(clocks.memory)
    old = next(clocks.frames(0.01))
    for _ in clocks.frames(6, hiss(6)):
        pass
    assert not reference.beside(old).samples.any()


def test_a_wired_reference_is_read_sample_beside_sample() -> None:
    memory = anonymous()
    memory.whole[CAPTURE_WRITTEN] = 100
    writer, reader, reference = CaptureWriter(memory), CaptureReader(memory), WiredReference(memory)
    for number in range(5):
        sound = np.full(PERIOD, number, np.float32)
        writer.write(sound, 1 + number / 100, wired=sound + 10)
    first, second = reader.read(2 * PERIOD), reader.read(3 * PERIOD)
    assert first is not None
    assert second is not None
    np.testing.assert_array_equal(reference.beside(first).samples, first.samples + 10)
    beside = reference.beside(second)
    np.testing.assert_array_equal(beside.samples, second.samples + 10)
    assert beside.continues
    assert not reference.beside(AudioFrame(second.samples, CAPTURE_RATE, 5000)).continues
