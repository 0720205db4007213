import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.turns.pauses import MEMORY, PauseSettings, SpeakerPauses


def after(*pauses_ms: float, settings: PauseSettings | None = None) -> float | None:
    pauses = SpeakerPauses(settings or PauseSettings())
    for pause_ms in pauses_ms:
        pauses.learn(pause_ms)
    return pauses.typical_ms


def test_of_a_stranger_nothing_is_claimed() -> None:
    assert after() is None
    assert after(400, 500) is None
    assert after(400, 500, 600) is not None


def test_most_pauses_are_shorter_and_one_long_silence_changes_little() -> None:
    usual = [300, 350, 400, 450, 500, 550, 600]
    assert after(*usual) == 550
    assert after(*usual, 2900) == 600


def test_gaps_between_sounds_and_absences_teach_nothing() -> None:
    assert after(100, 199, 3001, 60_000, 10) is None


def test_the_old_is_forgotten() -> None:
    assert after(*[900] * 20, *[300] * 5) == 900
    assert after(*[900] * 20, *[300] * 30) == 300


def test_another_half_life_forgets_sooner() -> None:
    assert after(*[900] * 20, *[300] * 5, settings=PauseSettings(half_life=1.0)) == 300


@given(st.lists(st.floats(0, 10_000), max_size=3 * MEMORY))
def test_what_is_claimed_was_heard_and_lies_within_bounds(pauses_ms: list[float]) -> None:
    typical = after(*pauses_ms)
    if typical is not None:
        assert typical in pauses_ms
        assert 200 <= typical <= 3000


@given(st.lists(st.floats(200, 3000), min_size=3, max_size=MEMORY))
def test_a_higher_quantile_never_claims_less(pauses_ms: list[float]) -> None:
    low, high = (after(*pauses_ms, settings=PauseSettings(quantile=q)) for q in (0.5, 0.95))
    assert low is not None
    assert high is not None
    assert low <= high


def test_memory_is_bounded() -> None:
    pauses = SpeakerPauses(PauseSettings(half_life=1000.0))
    for pause_ms in [2900.0] * 1000 + [300.0] * MEMORY:
        pauses.learn(pause_ms)
    assert pauses.typical_ms == pytest.approx(300.0)
