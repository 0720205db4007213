"""The language model: any chat model in a GGUF file, run by llama.cpp."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.core.errors import EngineError
from appliance.core.interfaces import CancelToken
from appliance.core.speech import Message, Role, Stage
from appliance.engines.llama_abort import AbortFlag
from appliance.engines.llama_cache import TokenCache
from appliance.engines.llama_encoder import Encoder
from appliance.engines.llama_prompt import ChatTemplate
from appliance.engines.llama_settings import LlamaSettings
from appliance.engines.llama_text import AnswerText
from appliance.engines.llama_window import Window

if TYPE_CHECKING:
    from appliance.engines.llama_native import Model

GRACE_TOKENS = 24
"""Tokens beyond `answer_tokens` in which an answer may reach the end of its sentence."""

LONGEST_SHARE = 5
"""A message gets at most this fraction of the room for prompts: a question, its answer and a system
prompt of half the room then always fit together."""

NO_ROLL_BACK = "{model} cannot take back what it has read: every interruption costs reading all again."


class Llama:
    """Owns one model and its KV cache, in which the dialogue so far stays from call to call.

    One call at a time: a `generate` is finished or dropped before the next call.
    """

    def __init__(self, model: Path, settings: LlamaSettings) -> None:
        """Load the model.

        Raises:
            EngineError: the file is absent, damaged, or not a chat model; memory is short.
        """
        from appliance.engines.llama_context import Context
        from appliance.engines.llama_native import Model

        self._settings = settings
        self._model = Model(model, settings.gpu_layers)
        self._context = Context(self._model, settings)
        self._cache = TokenCache(self._context)
        budget = _budget(self._context.size, settings.answer_tokens)
        encoder = Encoder(_template(self._model, model), self._model, budget // LONGEST_SHARE)
        self._window = Window(encoder, self._cache, budget)
        self.last_evaluated = 0
        """Tokens that the last call had to read before the answer could begin."""
        self.warnings = () if self._context.can_roll_back else (NO_ROLL_BACK.format(model=model.name),)
        """What a person should know about this model, in sentences."""

    def probe(self) -> None:
        """Read two tokens at once, then one, and see that numbers come out.

        Raises:
            EngineError: they do not.
        """
        self._exercise(2)

    def warm(self) -> None:
        """Read one full chunk: pages of the file, scratch buffers and kernels are then in memory."""
        self._exercise(self._settings.chunk_tokens)

    def close(self) -> None:
        """Free the model."""
        self._context.close()
        self._model.close()

    def prefill(self, messages: Sequence[Message], cancel: CancelToken) -> int:
        """Evaluate the dialogue ahead of its next message. Returns the number of tokens evaluated.

        Raises:
            Cancelled: what was read so far is kept.
            EngineError: llama.cpp failed, or the system prompt is too long.
        """
        self._read(messages, AbortFlag(cancel))
        return self.last_evaluated

    def generate(self, messages: Sequence[Message], cancel: CancelToken) -> Iterator[str]:
        """Yield the answer to the last message, in pieces of text as they are decoded.

        If that is an answer itself, it was cut off and goes on: at least a word, and nothing of it again.

        Raises:
            Cancelled: within one token of cancelling.
            EngineError: llama.cpp failed, or the system prompt is too long.
        """
        if not messages or messages[-1].role is Role.SYSTEM:
            raise EngineError(Stage.LLM, "Nobody asked anything", retryable=False)
        abort = AbortFlag(cancel)
        goes_on = messages[-1].role is Role.ASSISTANT
        self._read(messages, abort, open_ended=goes_on)
        self._context.begin_answer(self._model.tokenize(messages[-1].text, special=False) if goes_on else ())
        text = AnswerText(self._settings.answer_sentences)
        for count in range(self._settings.answer_tokens + GRACE_TOKENS):
            if count == self._settings.answer_tokens:
                text.end_soon()
            token = self._choose(may_end=text.begun or not goes_on)
            if self._model.ends_answer(token):
                return
            if new := text.add(self._model.piece(token)):
                yield new
            if text.complete:
                return
            self._cache.append([token], abort)

    def _read(self, messages: Sequence[Message], abort: AbortFlag, *, open_ended: bool = False) -> None:
        before = self._cache.evaluated
        try:
            self._cache.read(self._window.prompt(messages, open_ended=open_ended), abort)
        finally:
            self.last_evaluated = self._cache.evaluated - before

    def _choose(self, *, may_end: bool = True) -> int:
        try:
            token = self._context.sample()
            while not may_end and self._model.ends_answer(token):
                self._context.refuse(token)
                token = self._context.sample()
        except EngineError:
            self._cache.clear()  # what led to nonsense must not lead there again
            raise
        return token

    def _exercise(self, tokens: int) -> None:
        some = self._model.tokenize("Hello there. ", special=False) * tokens
        self._cache.clear()
        self._cache.read(some[:tokens], AbortFlag())
        self._cache.append([self._choose()], AbortFlag())
        self._choose()
        self._cache.clear()


def _budget(context_tokens: int, answer_tokens: int) -> int:
    """Tokens that prompts may have."""
    budget = context_tokens - answer_tokens - GRACE_TOKENS
    if budget < context_tokens // 2:
        raise EngineError(
            Stage.LLM,
            f"Answers of {answer_tokens} tokens leave too little of {context_tokens} for the dialogue",
            retryable=False,
            remedy="Lower llama.answer_tokens or raise llama.context_tokens",
        )
    return budget


def _template(model: "Model", path: Path) -> ChatTemplate:
    source = model.chat_template()
    if source is None:
        raise EngineError(
            Stage.LLM,
            f"The language model has no chat template, so it was not made for dialogues: {path}",
            retryable=False,
            remedy="Choose a model whose name says instruct or chat: appliance models list",
        )
    return ChatTemplate(source, *model.special_texts())
