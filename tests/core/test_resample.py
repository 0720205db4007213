import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.audio import Samples
from appliance.core.resample import PeriodResampler, resample

PAIRS = [
    (48_000, 16_000, 480),
    (44_100, 16_000, 441),
    (22_050, 48_000, 441),
    (16_000, 48_000, 160),
    (24_000, 48_000, 240),
    (48_000, 44_100, 480),
]
every_pair = pytest.mark.parametrize(("from_rate", "to_rate", "block"), PAIRS)


def sine(frequency: float, rate: int, samples: int, delay_s: float = 0.0) -> Samples:
    moments = np.arange(samples) / rate - delay_s
    return np.asarray(np.sin(2 * np.pi * frequency * moments), np.float32)


def stream(resampler: PeriodResampler, signal: Samples, block: int) -> Samples:
    return np.concatenate([resampler.process(part) for part in signal.reshape(-1, block)])


def decibels(power: float) -> float:
    return float(10 * np.log10(power + 1e-20))


@every_pair
@pytest.mark.parametrize("share", [0.01, 0.0625, 0.2, 0.37])
def test_a_sine_comes_out_as_the_same_sine_later(
    from_rate: int, to_rate: int, block: int, share: float
) -> None:
    frequency = share * min(from_rate, to_rate)
    resampler = PeriodResampler(from_rate, to_rate, block)
    out = stream(resampler, sine(frequency, from_rate, 40 * block), block)
    error = out - sine(frequency, to_rate, len(out), resampler.delay_s)
    settled = slice(len(out) // 10, None)
    assert decibels(0.5) - decibels(float(np.mean(error[settled] ** 2))) > 70


@pytest.mark.parametrize(("from_rate", "to_rate", "block"), PAIRS[:2])
def test_what_the_lower_rate_cannot_hold_disappears(from_rate: int, to_rate: int, block: int) -> None:
    resampler = PeriodResampler(from_rate, to_rate, block)
    out = stream(resampler, sine(0.56 * to_rate, from_rate, 40 * block), block)
    assert decibels(float(np.mean(out[len(out) // 10 :] ** 2))) < -70


@every_pair
def test_delay_is_about_a_millisecond(from_rate: int, to_rate: int, block: int) -> None:
    assert PeriodResampler(from_rate, to_rate, block).delay_s < 0.0011


@given(st.integers(0, 2**32 - 1), st.sampled_from(PAIRS))
def test_blocks_leave_no_seams(seed: int, pair: tuple[int, int, int]) -> None:
    """Twelve blocks are converted like one block twelve times as long."""
    from_rate, to_rate, block = pair
    noise = np.random.default_rng(seed).standard_normal(12 * block).astype(np.float32)
    pieces = stream(PeriodResampler(from_rate, to_rate, block), noise, block)
    whole = PeriodResampler(from_rate, to_rate, 12 * block).process(noise)
    np.testing.assert_allclose(pieces, whole, atol=1e-5)


def test_the_same_rate_is_the_same_sound_without_delay() -> None:
    noise = np.random.default_rng(1).standard_normal(480).astype(np.float32)
    resampler = PeriodResampler(16_000, 16_000, 160)
    assert resampler.delay_s == 0
    np.testing.assert_array_equal(stream(resampler, noise, 160), noise)


def test_convert_reuses_its_output_and_process_does_not() -> None:
    resampler = PeriodResampler(48_000, 16_000, 480)
    block = np.ones(480, np.float32)
    assert resampler.convert(block) is resampler.convert(block) is resampler.out
    assert resampler.process(block) is not resampler.out


def test_blocks_must_come_out_whole() -> None:
    with pytest.raises(ValueError, match="no whole number"):
        PeriodResampler(44_100, 16_000, 440)


def test_blocks_must_outlast_the_filter() -> None:
    with pytest.raises(ValueError, match="shorter than the filter"):
        PeriodResampler(48_000, 16_000, 48)


@pytest.mark.parametrize("from_rate", [8_000, 22_050, 44_100, 48_000])
def test_a_whole_clip_keeps_its_place(from_rate: int) -> None:
    clip = sine(440, from_rate, from_rate + 7)
    out = resample(clip, from_rate, 16_000)
    assert len(out) == int(np.ceil(len(clip) * 16_000 / from_rate))
    error = out - sine(440, 16_000, len(out))
    assert decibels(0.5) - decibels(float(np.mean(error[500:-500] ** 2))) > 90


def test_a_clip_at_the_right_rate_is_left_alone() -> None:
    clip = sine(440, 16_000, 100)
    assert resample(clip, 16_000, 16_000) is clip


def test_an_empty_clip_stays_empty() -> None:
    assert len(resample(np.zeros(0, np.float32), 44_100, 16_000)) == 0
