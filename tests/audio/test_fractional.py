import numpy as np
import pytest

from appliance.audio.fractional import HALF, FractionalReader, Places
from appliance.audio.memory import PLAYBACK_RATE
from appliance.core.audio import CAPTURE_RATE, Samples

COUNT = 480


def tone(places: Places, hz: float) -> Samples:
    return np.asarray(np.sin(2 * np.pi * hz / PLAYBACK_RATE * places), np.float32)


def read(hz: float, places: Places) -> Samples:
    """A tone, read at places counted from its own beginning."""
    sound = tone(np.arange(1.0 - HALF, 3 * COUNT + 2 * HALF), hz)
    return FractionalReader().read(sound, places)


@pytest.mark.parametrize(("hz", "within"), [(100, 2e-4), (1000, 2e-4), (4000, 6e-4), (6000, 1e-3)])
@pytest.mark.parametrize("pace", [2.9994, 3.0, 3.0006])
@pytest.mark.parametrize("first", [0.0, 0.25, 0.999])
def test_a_tone_is_read_between_its_samples_at_any_pace(
    hz: float, within: float, pace: float, first: float
) -> None:
    places = first + pace * np.arange(COUNT)
    np.testing.assert_allclose(read(hz, places), tone(places, hz), atol=within)


def test_what_the_microphone_cannot_hold_is_gone() -> None:
    places = 3.0 * np.arange(COUNT)
    assert np.abs(read(CAPTURE_RATE / 2 + 1000, places)).max() < 1e-3
