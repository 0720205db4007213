"""Streamed conversion equals one that knew the whole sound."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.audio import Samples
from appliance.core.resample_stream import StreamResampler


def tone(rate: int, samples: int) -> Samples:
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(samples) / rate)).astype(np.float32)


@pytest.mark.parametrize(
    ("rate", "target"), [(22_050, 48_000), (16_000, 48_000), (24_000, 48_000), (48_000, 48_000)]
)
@given(sizes=st.lists(st.integers(0, 3000), min_size=1, max_size=12))
def test_any_cutting_gives_the_same_sound(rate: int, target: int, sizes: list[int]) -> None:
    sound = tone(rate, sum(sizes))
    stream = StreamResampler(rate, target)
    edges = np.cumsum(sizes)[:-1]
    parts = [stream.process(part) for part in np.split(sound, edges)]
    result = np.concatenate([*parts, stream.finish()])
    assert len(result) == int(np.ceil(len(sound) * target / rate))
    inner = slice(200, -200)
    assert np.abs(result - tone(target, len(result)))[inner].max(initial=0) < 0.02
