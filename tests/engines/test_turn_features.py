"""The spectrogram, held against the definition written out in full."""

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.core.audio import Samples
from appliance.engines.turn_features import BANDS, COLUMNS, FRAME, HOP, LENGTH, TurnFeatures, mel_filters


def by_definition(samples: Samples) -> NDArray[np.float64]:
    """Whisper's features of eight seconds, in double precision and without a trick."""
    sound = np.concatenate([np.zeros(LENGTH), samples])[-LENGTH:].astype(np.float64)
    sound = (sound - sound.mean()) / np.sqrt(sound.var() + 1e-7)
    mirrored = np.pad(sound, FRAME // 2, mode="reflect")
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)
    spectra = [np.fft.rfft(hann * mirrored[start : start + FRAME]) for start in range(0, LENGTH, HOP)]
    bands = mel_filters().astype(np.float64) @ (np.abs(np.array(spectra)) ** 2).T
    logs = np.log10(np.maximum(bands, 1e-10))
    return np.asarray((np.maximum(logs, logs.max() - 8.0) + 4.0) / 4.0)


def noise(samples: int, level: float = 0.1) -> Samples:
    return (level * np.random.default_rng(0).standard_normal(samples)).astype(np.float32)


@pytest.mark.parametrize(
    "samples",
    [
        noise(0),
        noise(1),
        noise(30_000),
        noise(LENGTH),
        noise(LENGTH + 12_345),
        noise(30_000, 1e-4),
        np.concatenate([noise(30_000), np.zeros(5000, np.float32)]),
    ],
    ids=["nothing", "one sample", "2 s", "8 s", "more", "very soft", "with a pause"],
)
def test_they_are_what_whisper_defines(samples: Samples) -> None:
    features = TurnFeatures()(samples)
    assert features.shape == (1, BANDS, COLUMNS)
    np.testing.assert_allclose(features[0], by_definition(samples), atol=1e-4)


def test_one_look_leaves_nothing_to_the_next() -> None:
    features = TurnFeatures()
    expected = features(noise(500)).copy()
    features(noise(LENGTH))
    np.testing.assert_array_equal(features(noise(500)), expected)


def test_bands_are_triangles_of_equal_area_that_grow_wider() -> None:
    filters = mel_filters()
    assert filters.shape == (BANDS, FRAME // 2 + 1)
    peaks = filters.argmax(axis=1)
    assert (np.diff(peaks) >= 0).all()
    widths = (filters > 0).sum(axis=1)
    assert widths[-1] > 4 * widths[0]
    areas = filters.sum(axis=1) * 40  # Hz per bin
    np.testing.assert_allclose(areas[40:], 1.0, atol=0.07)  # lower ones are too narrow for the grid


def test_a_tone_stands_where_its_pitch_is() -> None:
    times = np.arange(LENGTH) / 16_000
    loudest = [
        int(TurnFeatures()(np.sin(2 * np.pi * hz * times).astype(np.float32))[0, :, 400].argmax())
        for hz in (200, 1000, 4000)
    ]
    assert loudest == sorted(set(loudest))
