import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.engines.level import CAUTIOUS_GAIN, LARGEST_GAIN, VOICE_LEVEL, level_gain
from tests.engines.stt_conformance import quiet


@given(st.floats(1e-3, 1.0))
def test_a_voice_in_a_quiet_room_is_brought_to_its_level(amplitude: float) -> None:
    voice = np.sin(np.arange(8_000, dtype=np.float32) * 0.2) * np.float32(amplitude * 2**0.5)
    sound = np.concatenate([quiet(0.5) * np.float32(amplitude), voice])
    assert level_gain(sound) == pytest.approx(np.clip(VOICE_LEVEL / amplitude, 0, LARGEST_GAIN), rel=0.02)


@given(st.integers(0, 20_000), st.floats(0.0, 1.0))
def test_without_a_voice_the_gain_is_cautious(length: int, amplitude: float) -> None:
    noise = np.random.default_rng(0).uniform(-amplitude, amplitude, length).astype(np.float32)
    assert 1 / CAUTIOUS_GAIN <= level_gain(noise) <= CAUTIOUS_GAIN
