"""The signal is found again in rooms that are far worse than those one talks in."""

import numpy as np
import pytest

from appliance.audio.echo_path import BAND_HZ, QUIET_S, WAVE_RMS, WAVE_S, Recording, find_echo, wave
from appliance.core.audio import CAPTURE_RATE, Samples

RATE = CAPTURE_RATE


def played() -> Samples:
    quiet = np.zeros(round(QUIET_S * RATE), np.float32)
    return np.concatenate([quiet, wave(RATE), quiet, quiet])


def room(rt60_s: float, delay_ms: float, seed: int = 1) -> Samples:
    """Direct sound, and reverberation that carries as much as it."""
    chance = np.random.default_rng(seed)
    late = np.arange(round(rt60_s * RATE))
    tail = chance.standard_normal(len(late)) * 10 ** (-3 * late / (rt60_s * RATE))
    response = np.concatenate([np.zeros(round(delay_ms * RATE / 1000)), tail / np.sqrt((tail**2).sum())])
    response[round(delay_ms * RATE / 1000)] += 1
    return np.asarray(response / np.sqrt((response**2).sum()), np.float32)


def heard(response: Samples, return_db: float, echo_to_noise_db: float, seed: int = 1) -> Recording:
    reference = played()
    size = 2 * len(reference)
    spectrum = np.fft.rfft(reference, size) * np.fft.rfft(response, size)
    echo = np.fft.irfft(spectrum, size)[: len(reference)] * 10 ** (return_db / 20)
    level = WAVE_RMS * 10 ** ((return_db - echo_to_noise_db) / 20)
    noise = np.random.default_rng(seed).standard_normal(len(reference)) * level
    return Recording((echo + noise).astype(np.float32), reference)


@pytest.mark.parametrize("rt60_s", [0.2, 0.6])
@pytest.mark.parametrize("delay_ms", [0.0, 7.0, 60.0, 240.0])
@pytest.mark.parametrize(("return_db", "echo_to_noise_db"), [(0, 40), (-10, -10), (-30, 10), (-30, -10)])
def test_delay_and_level_are_found(
    rt60_s: float, delay_ms: float, return_db: float, echo_to_noise_db: float
) -> None:
    echo = find_echo(heard(room(rt60_s, delay_ms), return_db, echo_to_noise_db))
    assert echo is not None
    assert echo.delay_ms == pytest.approx(delay_ms, abs=5)
    assert echo.return_loss_db == pytest.approx(-return_db, abs=2)
    assert echo.above_noise_db == pytest.approx(echo_to_noise_db, abs=3)


@pytest.mark.parametrize("seed", range(10))
def test_noise_alone_is_no_echo(seed: int) -> None:
    assert find_echo(heard(room(0.3, 10), -200, -150, seed)) is None


def test_silence_is_no_echo() -> None:
    reference = played()
    assert find_echo(Recording(np.zeros_like(reference), reference)) is None
    assert find_echo(Recording(np.zeros_like(reference), np.zeros_like(reference))) is None


def test_the_signal_is_short_soft_and_wide() -> None:
    sound = wave(48_000)
    assert len(sound) == WAVE_S * 48_000 <= 2 * 48_000
    assert np.abs(sound).max() < 0.6
    assert np.abs(sound[[0, -1]]).max() < 1e-3
    power = np.abs(np.fft.rfft(sound)) ** 2
    edges = [round(frequency * WAVE_S) for frequency in BAND_HZ]
    assert power[edges[0] : edges[1]].sum() > 0.999 * power.sum()
    octaves = [power[round(f * WAVE_S) : round(2 * f * WAVE_S)].sum() for f in (200, 400, 800, 1600, 3200)]
    assert max(octaves) < 1.5 * min(octaves)
