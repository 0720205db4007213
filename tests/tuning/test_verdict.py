"""What is chosen of what was measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.engines.onnx_session import Provider
from appliance.tuning import verdict
from appliance.tuning.verdict import CHUNK_LIMIT_S, Advice, ModelTrial

costs = st.dictionaries(st.integers(1, 64), st.floats(1e-3, 100), min_size=1)


@pytest.mark.parametrize(
    ("cores", "counts"), [(1, [1]), (2, [1, 2]), (5, [1, 2, 3, 4]), (9, [1, 2, 3, 4, 6, 8])]
)
def test_counts_of_threads_that_are_worth_a_trial(cores: int, counts: list[int]) -> None:
    assert verdict.thread_counts(cores) == counts


def test_more_threads_must_gain_more_than_noise() -> None:
    assert verdict.fewest({1: 1.0, 2: 0.60, 4: 0.56, 8: 0.9}) == 2


@given(costs)
def test_what_is_chosen_is_nearly_the_best_and_nothing_smaller_is(costs: dict[int, float]) -> None:
    chosen = verdict.fewest(costs)
    assert costs[chosen] <= verdict.NEAR * min(costs.values())
    assert all(costs[other] > verdict.NEAR * min(costs.values()) for other in costs if other < chosen)


def test_the_reason_names_the_figures() -> None:
    advice = verdict.threads("llm", 1, {1: 0.4, 2: 0.25}, "a first clause")
    assert str(advice) == "llm.threads = 2 instead of 1: a first clause takes 400 ms with 1, 250 ms with 2"
    assert "as it is" in str(verdict.threads("llm", 2, {1: 0.4, 2: 0.25}, "a first clause"))


def test_the_voice_leaves_the_processor_only_for_something_clearly_sooner() -> None:
    assert verdict.provider(Provider.CPU, {Provider.CPU: 0.100, Provider.CUDA: 0.095}).value is Provider.CPU
    sooner = verdict.provider(Provider.CPU, {Provider.CPU: 0.1, Provider.CUDA: 0.02})
    assert str(sooner) == (
        "piper.provider = cuda instead of cpu: a clause of speech takes 100 ms with cpu, 20 ms with cuda"
    )


def test_a_chunk_can_be_interrupted_soon() -> None:
    trials = {
        32: ModelTrial(300, 30),
        64: ModelTrial(500, 30),
        128: ModelTrial(900, 30),
        256: ModelTrial(999, 30),
    }
    advice = verdict.chunk(64, trials)
    assert advice.value == 128, "256 are read faster, but for 256 ms"
    assert "after 142 ms" in advice.reason


def test_a_model_that_is_too_large_is_read_in_the_smallest_chunks_and_said_to_be() -> None:
    advice = verdict.chunk(64, {32: ModelTrial(50, 5), 64: ModelTrial(60, 5)})
    assert advice.value == 32
    assert "large for this machine" in advice.reason


@given(st.dictionaries(st.sampled_from([32, 64, 128, 256]), st.floats(1, 1e5), min_size=1))
def test_no_chunk_is_longer_than_allowed_where_any_is_short_enough(rates: dict[int, float]) -> None:
    trials = {tokens: ModelTrial(rate, 10) for tokens, rate in rates.items()}
    chosen = verdict.chunk(64, trials).value
    if any(trial.chunk_s(tokens) <= CHUNK_LIMIT_S for tokens, trial in trials.items()):
        assert trials[chosen].chunk_s(chosen) <= CHUNK_LIMIT_S


@pytest.mark.parametrize(
    ("was", "gpu", "cpu", "value"), [(-1, 50, 20, -1), (20, 50, 20, -1), (-1, 10, 20, 0)]
)
def test_a_gpu_is_used_where_it_is_faster(was: int, gpu: float, cpu: float, value: int) -> None:
    advice = verdict.processor(was, ModelTrial(1000, gpu), ModelTrial(1000, cpu))
    assert advice.value == value
    assert advice.changes == (value == 0)


def test_the_largest_model_that_keeps_up() -> None:
    fast, good, slow = ModelTrial(800, 60), ModelTrial(300, 20), ModelTrial(60, 6)
    advice = verdict.largest("small", [("huge", slow), ("middle", good), ("small", fast)])
    assert advice == Advice("models", "profile", "middle", "small", advice.reason if advice else "")
    none = verdict.largest("huge", [("huge", slow), ("large", ModelTrial(70, 7))])
    assert none
    assert none.value == "large", "none keeps up: the fastest"
    assert verdict.largest("small", [("small", fast)]) is None
