from hypothesis import given
from hypothesis import strategies as st

from appliance.timelines.scale import ticks


def test_figures_are_round() -> None:
    assert ticks(-250.0, 830.0, 6) == [-200, 0, 200, 400, 600, 800]
    assert ticks(0.0, 1000.0, 4) == [0, 250, 500, 750, 1000]
    assert ticks(0.0, 3.0, 6) == [0, 0.5, 1, 1.5, 2, 2.5, 3]


def test_no_time_at_all_has_one_figure_at_most() -> None:
    assert ticks(0.0, 0.0, 6) == [0]
    assert ticks(0.5, 0.5, 6) == []


@given(st.floats(-1e10, 1e10), st.floats(0, 1e10), st.integers(1, 20))
def test_they_lie_within_and_are_few(start: float, length: float, most: int) -> None:
    found = ticks(start, start + length, most)
    assert len(found) <= most + 1
    assert found == sorted(found)
    assert all(start - 1e-3 <= moment <= start + length + 1e-3 for moment in found)
