import numpy as np
import pytest

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.resample import resample
from appliance.pipeline.sound_signs import (
    LOOK,
    bands,
    dead_channels,
    gaps,
    level,
    overdriven,
    repeats,
    spectrum,
    voicing,
)

CHANCE = np.random.default_rng(0)


def noise(count: int, level: float = 0.1) -> Samples:
    return CHANCE.normal(0, level, count).astype(np.float32)


def vowel(hz: float, count: int = LOOK, amplitude: float = 0.2) -> Samples:
    time = np.arange(count) / CAPTURE_RATE
    return np.asarray(
        amplitude * sum(np.sin(2 * np.pi * hz * n * time) / n for n in range(1, 12)), np.float32
    )


def test_level() -> None:
    assert level(np.full(LOOK, 0.25, np.float32)) == pytest.approx(0.25)


def test_overdriven() -> None:
    assert overdriven(vowel(150)) == 0.0
    assert overdriven(np.clip(vowel(150) * 30, -1, 1)) > 0.3


def test_clipping_is_seen_through_a_resampler() -> None:
    clipped = np.clip(vowel(150, 3 * LOOK) * 30, -1, 1)
    assert overdriven(resample(clipped, 48_000, CAPTURE_RATE)[:LOOK]) > 0.3


@pytest.mark.parametrize("hz", [85.0, 120.0, 210.0, 330.0])
def test_voices_of_any_pitch_are_voiced(hz: float) -> None:
    assert voicing(spectrum(vowel(hz) + noise(LOOK, 0.02))) > 0.8


def test_noise_is_not() -> None:
    assert voicing(spectrum(noise(LOOK))) < 0.3
    assert voicing(spectrum(np.zeros(LOOK, np.float32))) == 0.0


def test_an_offset_is_no_voice() -> None:
    assert voicing(spectrum(noise(LOOK, 0.01) + np.float32(0.3))) < 0.3


def test_bands() -> None:
    below, above = bands(spectrum(vowel(1000.0, amplitude=0.5)))
    assert below > above > 0
    low, nothing = bands(
        spectrum(resample(resample(noise(LOOK), CAPTURE_RATE, 8000), 8000, CAPTURE_RATE)[:LOOK])
    )
    assert nothing < 1e-5 * low


@pytest.mark.parametrize("length", [60, 160, 1000])
def test_a_gap_is_counted_when_sound_is_back(length: int) -> None:
    sound = noise(2 * LOOK)
    sound[LOOK + 100 : LOOK + 100 + length] = 0.0
    assert gaps(sound, LOOK) == 1
    assert gaps(np.roll(sound, -LOOK), LOOK) == 0, "it came back in a look that was judged already"


def test_a_gap_between_two_looks() -> None:
    sound = noise(2 * LOOK)
    sound[LOOK - 80 : LOOK + 80] = 0.0
    assert gaps(sound, LOOK) == 1


def test_silence_is_no_gap_and_neither_is_a_pause_that_fades() -> None:
    sound = noise(2 * LOOK)
    sound[LOOK + 100 :] = 0.0
    assert gaps(sound, LOOK) == 0
    faded = noise(2 * LOOK, 0.0005)
    faded[LOOK + 100 : LOOK + 300] = 0.0
    assert gaps(faded, LOOK) == 0
    assert gaps(np.zeros(2 * LOOK, np.float32), LOOK) == 0


@pytest.mark.parametrize("lag", [160, 320])
def test_a_repeated_period(lag: int) -> None:
    sound = noise(2 * LOOK)
    assert repeats(sound) == 0
    sound[1000 : 1000 + lag] = sound[1000 - lag : 1000]
    assert repeats(sound) == 1


def test_silence_repeats_nothing_and_neither_does_a_constant() -> None:
    assert repeats(np.zeros(2 * LOOK, np.float32)) == 0
    assert repeats(np.full(2 * LOOK, 0.1, np.float32)) == 0


def test_dead_channels() -> None:
    voice = noise(CAPTURE_RATE)
    leak, nothing, offset = voice / 1000, np.zeros_like(voice), np.full_like(voice, 0.2)
    assert dead_channels(np.stack([voice, leak, nothing, offset, voice / 2], axis=1)) == (1, 2, 3)
    assert dead_channels(np.stack([voice], axis=1)) == ()
    assert dead_channels(np.stack([nothing, nothing], axis=1)) == ()
    assert dead_channels(np.zeros((0, 2), np.float32)) == ()
