"""The native side of a model at work: a KV cache for each dialogue, and the arithmetic that fills them."""

import ctypes
from collections.abc import Sequence
from typing import Any, NamedTuple

import llama_cpp.llama_cpp as C  # noqa: N812 - the whole C API hangs on it
import numpy as np
from numpy.typing import NDArray

from appliance.engines.llama_abort import AbortFlag
from appliance.engines.llama_native import Model, failure, forget_complaints
from appliance.engines.llama_settings import LlamaSettings

ABORTED = 2
"""What `llama_decode` returns when the abort callback stopped it."""

_ATOI = ctypes.cast(ctypes.CDLL(None).atoi, C.ggml_abort_callback)
"""Polled hundreds of times per token; see `AbortFlag`."""


class Share(NamedTuple):
    """What one dialogue has in a pass."""

    dialogue: int
    """Which, from 0. Always named: models with recurrent layers refuse "any"."""
    tokens: Sequence[int]
    """To be read behind what is known of it."""
    position: int
    """Number of tokens that are known."""


class Context:
    """Owns the KV caches and the scratch buffers. Not for two threads at once.

    Each dialogue has a cache of its own, of the whole length: one that sleeps then costs the others nothing. In a
    common one every token looks at the places of all: 21 ms instead of 16 with four dialogues, 28 with eight.
    """

    def __init__(self, model: Model, settings: LlamaSettings, dialogues: int) -> None:
        """Reserve the memory.

        Raises:
            EngineError: there is not enough of it.
        """
        self._model = model
        self._handle = C.llama_init_from_model(model.handle, _context_params(settings, dialogues))
        if not self._handle:
            raise failure("The language model does not fit into memory", "Lower llama.context_tokens")
        self._memory = C.llama_get_memory(self._handle)
        self._batch = C.llama_batch_init(settings.chunk_tokens, 0, 1)
        self._abort = AbortFlag()
        self.size = int(C.llama_n_ctx_seq(self._handle))
        """Tokens of one dialogue that fit."""
        self.chunk = settings.chunk_tokens
        """Tokens that one `decode` takes at most, of all dialogues together."""
        self.can_shift = bool(C.llama_memory_can_shift(self._memory))
        """Whether tokens in the middle can be forgotten without reading those after them again."""
        self.can_roll_back = not (
            C.llama_model_is_recurrent(model.handle) or C.llama_model_is_hybrid(model.handle)
        )
        """Whether the last tokens can be forgotten without reading the first ones again."""

    def close(self) -> None:
        """Free everything. The context is not used again."""
        C.llama_batch_free(self._batch)
        C.llama_free(self._handle)

    def decode(self, shares: Sequence[Share], abort: AbortFlag) -> bool:
        """Evaluate at most `chunk` tokens in one pass; False when aborted.

        Raises:
            EngineError: llama.cpp failed. What the caches of these dialogues hold is then unknown.
        """
        self._fill(shares)
        self._abort = abort  # llama.cpp keeps only its address
        C.llama_set_abort_callback(self._handle, _ATOI, ctypes.cast(abort.text, ctypes.c_void_p))
        result = int(C.llama_decode(self._handle, self._batch))
        if result not in {0, ABORTED}:
            raise failure(
                f"The language model failed with {result}",
                "If it happens again: appliance check",
                retryable=True,
            )
        if result == ABORTED:
            forget_complaints()  # it complains about being aborted, too
        return result == 0

    def scores(self, share: int) -> NDArray[np.float32]:
        """How likely each token is to come after share number `share` of the last pass: a copy."""
        logits = C.llama_get_logits_ith(self._handle, self._ends[share])
        return np.ctypeslib.as_array(logits, (self._model.vocabulary_size,)).copy()

    def length(self, dialogue: int) -> int:
        """Tokens that are in its KV cache."""
        return int(C.llama_memory_seq_pos_max(self._memory, dialogue)) + 1

    def remove(self, dialogue: int, start: int, end: int) -> bool:
        """Forget its tokens from `start` up to `end`, -1 for all; False when this kind of model cannot."""
        return bool(C.llama_memory_seq_rm(self._memory, dialogue, start, end))

    def shift(self, dialogue: int, start: int, by: int) -> None:
        """Renumber its tokens from `start` on. Takes effect with the next decode."""
        C.llama_memory_seq_add(self._memory, dialogue, start, -1, by)

    def copy(self, source: int, target: int) -> None:
        """Let `target` know what `source` knows, and nothing else."""
        self.remove(target, -1, -1)
        C.llama_memory_seq_cp(self._memory, source, target, -1, -1)

    def _fill(self, shares: Sequence[Share]) -> None:
        batch, index = self._batch, 0
        self._ends = list[int]()
        for dialogue, tokens, position in shares:
            for offset, token in enumerate(tokens):
                batch.token[index] = token
                batch.pos[index] = position + offset
                batch.n_seq_id[index] = 1
                batch.seq_id[index][0] = dialogue
                batch.logits[index] = offset == len(tokens) - 1
                index += 1
            self._ends.append(index - 1)
        batch.n_tokens = index


def _context_params(settings: LlamaSettings, dialogues: int) -> Any:
    params = C.llama_context_default_params()
    params.n_ctx = settings.context_tokens * dialogues
    # One chunk is one pass: an abort loses the whole pass, and short passes leave room for other work.
    params.n_batch = params.n_ubatch = settings.chunk_tokens
    params.n_threads = params.n_threads_batch = settings.threads
    params.n_seq_max = dialogues
    params.kv_unified = False
    if settings.gpu_layers == 0 or not C.llama_supports_gpu_offload():
        # On a CPU it saves 5 % of a token after 64 tokens of dialogue and costs 28 % after 900.
        params.flash_attn_type = C.LLAMA_FLASH_ATTN_TYPE_DISABLED
    params.swa_full = True  # sliding-window models can only roll back with the full cache
    params.no_perf = True
    return params
