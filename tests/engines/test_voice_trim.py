from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.audio import Samples
from appliance.engines.voice_trim import AUDIBLE, DECAY_S, FADE_S, LEAD_S, Trim

RATE = 1_000
LEAD, DECAY, FADE = (round(seconds * RATE) for seconds in (LEAD_S, DECAY_S, FADE_S))

stretches = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from([0.0, AUDIBLE / 2, 0.1, -0.7])), max_size=8
).map(lambda parts: np.concatenate([np.zeros(0), *(np.full(n, v) for n, v in parts)]).astype(np.float32))
"""Speech and silence in turn, each up to twice as long as what is kept of it."""


def trimmed(stretch: Samples) -> Samples:
    """What is meant, of a stretch that is all there."""
    audible = np.flatnonzero(np.abs(stretch) > AUDIBLE)
    if not len(audible):
        return stretch[:0]
    sound = stretch[max(0, audible[0] - LEAD) : audible[-1] + 1 + DECAY].copy()
    ramp = np.linspace(0.0, 1.0, min(FADE, len(sound)), dtype=np.float32)
    sound[: len(ramp)] *= ramp
    sound[len(sound) - len(ramp) :] *= ramp[::-1]
    return sound


def in_pieces(stretch: Samples, cuts: list[int], *, take: bool = True) -> tuple[Trim, list[Samples]]:
    trim, taken = Trim(RATE), []
    for start, end in pairwise([0, *sorted(cuts), len(stretch)]):
        trim.add(stretch[start:end])
        if take:
            taken.append(trim.take())
    return trim, [*taken, trim.finish()]


@given(stretches, st.data())
def test_however_it_comes_the_sound_is_the_same(stretch: Samples, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(stretch)), max_size=10))
    trim, pieces = in_pieces(stretch, cuts)
    np.testing.assert_array_equal(np.concatenate(pieces), trimmed(stretch))
    assert trim.taken == len(trimmed(stretch))
    _, kept = in_pieces(stretch, cuts, take=False)
    np.testing.assert_array_equal(np.concatenate(kept), trimmed(stretch))


def test_only_what_may_still_be_trimmed_or_faded_is_held_back() -> None:
    trim = Trim(RATE)
    trim.add(np.zeros(50, np.float32))
    assert trim.certain == 0
    trim.add(np.full(100, 0.5, np.float32))
    assert trim.certain == LEAD + 100 - FADE
    trim.add(np.zeros(200, np.float32))
    assert trim.certain == LEAD + 100 + DECAY - FADE
    trim.add(np.full(1, 0.5, np.float32))
    assert trim.certain == LEAD + 100 + 200 + 1 - FADE
    assert trim.start == 50 - LEAD


@pytest.mark.parametrize("stretch", [np.zeros(0, np.float32), np.zeros(400, np.float32)])
def test_silence_is_no_sound(stretch: Samples) -> None:
    trim, pieces = in_pieces(stretch, [len(stretch) // 2])
    assert len(np.concatenate(pieces)) == 0
    assert trim.taken == 0


def test_a_long_silence_is_not_kept() -> None:
    trim = Trim(RATE)
    for _ in range(100):
        trim.add(np.zeros(1000, np.float32))
    assert len(trim._held) <= LEAD
