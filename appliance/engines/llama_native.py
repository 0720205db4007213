"""The part of llama.cpp's C API that the appliance uses, with Python types. Loaded in the engine process."""

import ctypes
from collections import deque
from pathlib import Path

import llama_cpp.llama_cpp as C  # noqa: N812 - the whole C API hangs on it

from appliance.core.errors import EngineError
from appliance.core.speech import Stage

LOG_LEVEL_ERROR = 4
"""GGML_LOG_LEVEL_ERROR of ggml.h."""

LONGEST_PIECE = 1024
"""Bytes. The longest tokens of today's vocabularies are runs of some hundred spaces."""

_errors: deque[str] = deque(maxlen=4)
"""What llama.cpp complained about last. Oldest complaints are dropped."""


@C.llama_log_callback  # type: ignore[untyped-decorator]  # the binding has no types
def _keep_errors(level: int, text: bytes, _data: object) -> None:
    if level == LOG_LEVEL_ERROR:
        _errors.append(text.decode(errors="replace").strip())


C.llama_log_set(_keep_errors, None)
C.llama_backend_init()


def forget_complaints() -> None:
    """What was logged so far does not belong to the next failure."""
    _errors.clear()


def failure(problem: str, remedy: str, *, retryable: bool = False) -> EngineError:
    """An error of this engine, with what llama.cpp logged about it."""
    said = "; ".join(_errors)
    forget_complaints()
    return EngineError(
        Stage.LLM, f"{problem} ({said})" if said else problem, retryable=retryable, remedy=remedy
    )


class Model:
    """Owns the weights and the vocabulary of one GGUF file."""

    def __init__(self, path: Path, gpu_layers: int) -> None:
        """Map the file.

        Raises:
            EngineError: the file is absent, damaged, or of a kind that this llama.cpp does not know.
        """
        if not path.is_file():
            raise failure(f"The language model is missing: {path}", "Run: appliance models pull")
        params = C.llama_model_default_params()
        params.n_gpu_layers = gpu_layers
        self.handle = C.llama_model_load_from_file(str(path).encode(), params)
        if not self.handle:
            raise failure(f"The language model cannot be read: {path}", "Run: appliance models verify")
        self._vocab = C.llama_model_get_vocab(self.handle)
        self.vocabulary_size = int(C.llama_vocab_n_tokens(self._vocab))
        self.bos = int(C.llama_vocab_bos(self._vocab))
        """Token that starts every prompt of models trained so; -1 when there is none."""
        self.adds_bos = bool(C.llama_vocab_get_add_bos(self._vocab))

    def close(self) -> None:
        """Unmap the file. The model is not used again."""
        C.llama_model_free(self.handle)

    def cache_bytes(self, tokens: int) -> int:
        """Memory that the KV cache of so many tokens takes: a key and a value of 16 bits per layer and head. Less in
        models with recurrent layers."""
        heads, of_all = int(C.llama_model_n_head_kv(self.handle)), int(C.llama_model_n_head(self.handle))
        width = int(C.llama_model_n_embd(self.handle)) * heads // max(1, of_all)
        return max(1, 2 * 2 * int(C.llama_model_n_layer(self.handle)) * width * tokens)

    def chat_template(self) -> str | None:
        """The Jinja source that came with the model, if one did."""
        source = C.llama_model_chat_template(self.handle, None)
        return None if source is None else str(source.decode())

    def special_texts(self) -> tuple[str, str]:
        """How the model writes the beginning and the end of a sequence."""
        return self._text(self.bos), self._text(int(C.llama_vocab_eos(self._vocab)))

    def _text(self, token: int) -> str:
        return str(C.llama_vocab_get_text(self._vocab, token).decode()) if token >= 0 else ""

    def tokenize(self, text: str, *, special: bool) -> list[int]:
        """The tokens of `text`. Only with `special` may they be control tokens."""
        raw = text.encode(errors="replace")
        room = len(raw) + 2  # no token is shorter than a byte; some vocabularies add a space in front
        tokens = (C.llama_token * room)()
        count = int(C.llama_tokenize(self._vocab, raw, len(raw), tokens, room, False, special))
        if count < 0:
            raise failure("Text cannot be turned into tokens", "Run: appliance models verify")
        return list(tokens[:count])

    def piece(self, token: int) -> bytes:
        """The bytes that a token stands for; none for a control token."""
        buffer = ctypes.create_string_buffer(LONGEST_PIECE)
        size = int(C.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, False))
        return buffer.raw[: max(0, size)]

    def ends_answer(self, token: int) -> bool:
        """Whether the model says with this token that it has finished."""
        return bool(C.llama_vocab_is_eog(self._vocab, token))
