"""One model at work: its KV cache, its arithmetic and its choice of the next token."""

import ctypes
import math
from collections.abc import Sequence
from typing import Any

import llama_cpp.llama_cpp as C  # noqa: N812 - the whole C API hangs on it
import numpy as np
from numpy.typing import NDArray

from appliance.engines.llama_abort import AbortFlag
from appliance.engines.llama_native import Model, failure, forget_complaints
from appliance.engines.llama_settings import LlamaSettings

SEQUENCE = 0
"""The appliance reads one dialogue at a time. Always named: models with recurrent layers refuse "any"."""

ABORTED = 2
"""What `llama_decode` returns when the abort callback stopped it."""

TOP_K = 40
"""Candidates kept before the other samplers run, which would be slow on a whole vocabulary.
llama.cpp's own default."""

PENALTY_WINDOW = 64
"""Tokens that the repeat penalty looks back on. llama.cpp's own default."""

_ATOI = ctypes.cast(ctypes.CDLL(None).atoi, C.ggml_abort_callback)
"""Polled hundreds of times per token; see `AbortFlag`."""


class Context:
    """Owns the KV cache of one sequence, the scratch buffers and the sampler."""

    def __init__(self, model: Model, settings: LlamaSettings) -> None:
        """Reserve the memory.

        Raises:
            EngineError: there is not enough of it.
        """
        self._model = model
        self._handle = C.llama_init_from_model(model.handle, _context_params(settings))
        if not self._handle:
            raise failure("The language model does not fit into memory", "Lower llama.context_tokens")
        self._memory = C.llama_get_memory(self._handle)
        self._batch = C.llama_batch_init(settings.chunk_tokens, 0, 1)
        self._sampler = _sampler(settings, model.vocabulary_size)
        self._abort = AbortFlag()
        self.size = int(C.llama_n_ctx(self._handle))
        """Tokens that fit."""
        self.chunk = settings.chunk_tokens
        """Tokens that one `decode` takes at most."""
        self.can_shift = bool(C.llama_memory_can_shift(self._memory))
        """Whether tokens in the middle can be forgotten without reading those after them again."""
        self.can_roll_back = not (
            C.llama_model_is_recurrent(model.handle) or C.llama_model_is_hybrid(model.handle)
        )
        """Whether the last tokens can be forgotten without reading the first ones again."""

    def close(self) -> None:
        """Free everything. The context is not used again."""
        C.llama_sampler_free(self._sampler)
        C.llama_batch_free(self._batch)
        C.llama_free(self._handle)

    def length(self) -> int:
        """Tokens that are in the KV cache."""
        return int(C.llama_memory_seq_pos_max(self._memory, SEQUENCE)) + 1

    def decode(self, tokens: Sequence[int], position: int, abort: AbortFlag) -> bool:
        """Evaluate at most `chunk` tokens behind the first `position`; False when aborted.

        Raises:
            EngineError: llama.cpp failed. What the cache holds is then unknown.
        """
        batch = self._batch
        batch.n_tokens = len(tokens)
        for index, token in enumerate(tokens):
            batch.token[index] = token
            batch.pos[index] = position + index
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = SEQUENCE
            batch.logits[index] = index == len(tokens) - 1
        self._abort = abort  # llama.cpp keeps only its address
        C.llama_set_abort_callback(self._handle, _ATOI, ctypes.cast(abort.text, ctypes.c_void_p))
        result = int(C.llama_decode(self._handle, batch))
        if result not in {0, ABORTED}:
            raise failure(
                f"The language model failed with {result}",
                "If it happens again: appliance check",
                retryable=True,
            )
        if result == ABORTED:
            forget_complaints()  # it complains about being aborted, too
        return result == 0

    def remove(self, start: int, end: int) -> bool:
        """Forget the tokens from `start` up to `end`; False when this kind of model cannot."""
        return bool(C.llama_memory_seq_rm(self._memory, SEQUENCE, start, end))

    def shift(self, start: int, by: int) -> None:
        """Renumber the tokens from `start` on. Takes effect with the next decode."""
        C.llama_memory_seq_add(self._memory, SEQUENCE, start, -1, by)

    def clear(self) -> None:
        """Forget everything."""
        C.llama_memory_clear(self._memory, True)

    def begin_answer(self, so_far: Sequence[int] = ()) -> None:
        """Let the sampler forget the last answer, or all but the beginning of this one."""
        C.llama_sampler_reset(self._sampler)
        for token in so_far[-PENALTY_WINDOW:]:
            C.llama_sampler_accept(self._sampler, token)

    def sample(self) -> int:
        """Choose the token after the last one decoded.

        Raises:
            EngineError: the model computed nonsense (NaN).
        """
        best = float(self._scores().max())
        if not math.isfinite(best):  # max() hands on NaN, and sampling from NaN may abort the process
            raise failure("The language model computed NaN", "Run: appliance models verify", retryable=True)
        return int(C.llama_sampler_sample(self._sampler, self._handle, -1))

    def refuse(self, token: int) -> None:
        """Let the next `sample` choose any other token."""
        self._scores()[token] = -math.inf

    def _scores(self) -> NDArray[np.float32]:
        """How likely each token is to come next: the native memory itself."""
        logits = C.llama_get_logits_ith(self._handle, -1)
        return np.ctypeslib.as_array(logits, (self._model.vocabulary_size,))


def _context_params(settings: LlamaSettings) -> Any:
    params = C.llama_context_default_params()
    params.n_ctx = settings.context_tokens
    # One chunk is one pass: an abort loses the whole pass, and short passes leave room for other work.
    params.n_batch = params.n_ubatch = settings.chunk_tokens
    params.n_threads = params.n_threads_batch = settings.threads
    params.n_seq_max = 1
    if settings.gpu_layers == 0 or not C.llama_supports_gpu_offload():
        # On a CPU it saves 5 % of a token after 64 tokens of dialogue and costs 28 % after 900.
        params.flash_attn_type = C.LLAMA_FLASH_ATTN_TYPE_DISABLED
    params.swa_full = True  # sliding-window models can only roll back with the full cache
    params.no_perf = True
    return params


def _sampler(settings: LlamaSettings, vocabulary_size: int) -> Any:
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
