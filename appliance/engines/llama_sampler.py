"""Which token comes next, of all that might."""

import ctypes
import math
from collections.abc import Sequence
from typing import Any

import llama_cpp.llama_cpp as C  # noqa: N812 - the whole C API hangs on it
import numpy as np
from numpy.typing import NDArray

from appliance.engines.llama_native import failure
from appliance.engines.llama_settings import LlamaSettings

TOP_K = 40
"""Candidates kept before the other samplers run, which would be slow on a whole vocabulary.
llama.cpp's own default."""

PENALTY_WINDOW = 64
"""Tokens that the repeat penalty looks back on. llama.cpp's own default."""

_CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
"""`llama_token_data` of llama.h."""


class Sampler:
    """Owns the native samplers of one dialogue, which remember what it has said."""

    def __init__(self, settings: LlamaSettings, vocabulary_size: int) -> None:
        self._chain = _chain(settings, vocabulary_size)
        self._numbers = np.arange(vocabulary_size, dtype=np.int32)
        self._candidates = np.zeros(vocabulary_size, _CANDIDATE)
        self._array = C.llama_token_data_array()
        self._array.data = self._candidates.ctypes.data_as(C.llama_token_data_p)

    def close(self) -> None:
        """Free the samplers."""
        C.llama_sampler_free(self._chain)

    def begin_answer(self, so_far: Sequence[int] = ()) -> None:
        """Forget the last answer, or all but the beginning of this one."""
        C.llama_sampler_reset(self._chain)
        for token in so_far[-PENALTY_WINDOW:]:
            C.llama_sampler_accept(self._chain, token)

    def choose(self, scores: NDArray[np.float32]) -> int:
        """Choose the next token by how likely each is. A score of -inf refuses it.

        Raises:
            EngineError: the model computed nonsense (NaN).
        """
        if not math.isfinite(
            float(scores.max())
        ):  # max() hands on NaN; sampling from it may abort the process
            raise failure("The language model computed NaN", "Run: appliance models verify", retryable=True)
        self._candidates["id"], self._candidates["logit"] = self._numbers, scores
        self._array.size, self._array.selected, self._array.sorted = len(scores), -1, False
        C.llama_sampler_apply(self._chain, ctypes.byref(self._array))
        token = int(self._candidates["id"][self._array.selected])
        C.llama_sampler_accept(self._chain, token)
        return token


def _chain(settings: LlamaSettings, vocabulary_size: int) -> Any:
    chain = C.llama_sampler_chain_init(C.llama_sampler_chain_default_params())
    links = [C.llama_sampler_init_top_k(TOP_K)]
    if settings.repeat_penalty > 1:
        penalty = (PENALTY_WINDOW, settings.repeat_penalty, 0.0, 0.0)  # frequency and presence are off
        links.append(C.llama_sampler_init_penalties(vocabulary_size, *penalty))
    if settings.temperature > 0:
        links.append(C.llama_sampler_init_top_p(settings.top_p, 1))
        links.append(C.llama_sampler_init_min_p(settings.min_p, 1))
        links.append(C.llama_sampler_init_temp(settings.temperature))
        links.append(C.llama_sampler_init_dist(settings.seed % 2**32))
    else:
        links.append(C.llama_sampler_init_greedy())
    for link in links:
        C.llama_sampler_chain_add(chain, link)
    return chain
