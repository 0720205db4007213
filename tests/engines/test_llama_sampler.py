"""The choice of a token, without a model."""

import numpy as np
import pytest

pytest.importorskip("llama_cpp")

from appliance.core.errors import EngineError
from appliance.engines.llama_sampler import Sampler
from appliance.engines.llama_settings import LlamaSettings

GREEDY = LlamaSettings(temperature=0.0, repeat_penalty=1.0)


def scores(**likely: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Of a vocabulary of a hundred; `t7=3.0` is token 7."""
    row = np.zeros(100, np.float32)
    for token, score in likely.items():
        row[int(token[1:])] = score
    return row


def test_the_likeliest_and_then_the_next_best_where_that_is_refused() -> None:
    sampler = Sampler(GREEDY, 100)
    row = scores(t7=3.0, t9=2.0)
    assert [sampler.choose(row) for _ in range(3)] == [7, 7, 7]
    row[7] = -np.inf
    assert sampler.choose(row) == 9
    sampler.close()


def test_what_was_said_becomes_less_likely_until_the_next_answer() -> None:
    sampler = Sampler(LlamaSettings(temperature=0.0, repeat_penalty=2.0), 100)
    row = scores(t7=3.0, t9=2.0)
    assert [sampler.choose(row) for _ in range(2)] == [7, 9]
    sampler.begin_answer()
    assert sampler.choose(row) == 7
    sampler.begin_answer([7])
    assert sampler.choose(row) == 9
    sampler.close()


def test_chance_follows_its_seed_and_the_scores() -> None:
    def drawn(seed: int) -> list[int]:
        sampler = Sampler(LlamaSettings(temperature=1.0, top_p=1.0, min_p=0.0, seed=seed), 100)
        chosen = [sampler.choose(scores(t7=30.0, t9=30.0)) for _ in range(40)]
        sampler.close()
        return chosen

    assert drawn(1) == drawn(1) != drawn(2)
    assert set(drawn(1)) == {7, 9}


@pytest.mark.parametrize("nonsense", [np.nan, np.inf])
def test_nonsense_is_an_error(nonsense: float) -> None:
    sampler = Sampler(GREEDY, 100)
    with pytest.raises(EngineError, match="NaN"):
        sampler.choose(scores(t3=nonsense))
    sampler.close()
