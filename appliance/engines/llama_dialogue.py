"""One dialogue with a language model: what it has read of it, and how it goes on."""

from collections.abc import Iterator, Sequence

import numpy as np

from appliance.core.errors import EngineError
from appliance.core.interfaces import CancelToken
from appliance.core.speech import Message, Role, Stage
from appliance.engines.llama_abort import AbortFlag
from appliance.engines.llama_cache import TokenCache
from appliance.engines.llama_encoder import Encoder
from appliance.engines.llama_memory import Memory
from appliance.engines.llama_native import Model
from appliance.engines.llama_prompt import ChatTemplate
from appliance.engines.llama_sampler import Sampler
from appliance.engines.llama_settings import LlamaSettings
from appliance.engines.llama_text import AnswerText
from appliance.engines.llama_window import Window

GRACE_TOKENS = 24
"""Tokens beyond `answer_tokens` in which an answer may reach the end of its sentence."""

LONGEST_SHARE = 5
"""A message gets at most this fraction of the room for prompts: a question, its answer and a system
prompt of half the room then always fit together."""


class Dialogue:
    """Owns what the model has read of one dialogue, which stays from call to call.

    One call at a time: a `generate` is finished or dropped before the next call.
    """

    def __init__(self, model: Model, memory: Memory, template: ChatTemplate, settings: LlamaSettings) -> None:
        """Begin with nothing read.

        Raises:
            EngineError: the settings leave no room for a dialogue.
        """
        self._model = model
        self._memory = memory
        self._settings = settings
        self._sampler = Sampler(settings, model.vocabulary_size)
        self.cache = TokenCache(memory)
        """What was read."""
        budget = _budget(settings.context_tokens, settings.answer_tokens)
        encoder = Encoder(template, model, budget // LONGEST_SHARE)
        self._window = Window(encoder, self.cache, budget)
        self.last_evaluated = 0
        """Tokens that the last call had to read before the answer could begin."""

    def close(self) -> None:
        """Free what is native. It is not used again."""
        self._sampler.close()

    def prefill(self, messages: Sequence[Message], cancel: CancelToken) -> int:
        """Evaluate the dialogue ahead of its next message. Returns the number of tokens evaluated.

        Raises:
            Cancelled: what was read so far is kept.
            EngineError: llama.cpp failed, or the system prompt is too long.
        """
        with self._memory.at_work():
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
        with self._memory.at_work():
            yield from self._write(messages, AbortFlag(cancel))

    def exercise(self, tokens: int) -> None:
        """Read so many tokens at once, then one, and see that numbers come out.

        Raises:
            EngineError: they do not.
        """
        some = self._model.tokenize("Hello there. ", special=False) * tokens
        with self._memory.at_work():
            self.cache.clear()
            self.cache.append(some[:tokens], AbortFlag())
            self.cache.append([self._choose()], AbortFlag())
            self._choose()
            self.cache.clear()

    def _write(self, messages: Sequence[Message], abort: AbortFlag) -> Iterator[str]:
        goes_on = messages[-1].role is Role.ASSISTANT
        self._read(messages, abort, open_ended=goes_on)
        so_far = self._model.tokenize(messages[-1].text, special=False) if goes_on else ()
        self._sampler.begin_answer(so_far)
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
            self.cache.append([token], abort)

    def _read(self, messages: Sequence[Message], abort: AbortFlag, *, open_ended: bool = False) -> None:
        before = self.cache.evaluated
        try:
            self.cache.read(self._window.prompt(messages, open_ended=open_ended), abort)
        finally:
            self.last_evaluated = self.cache.evaluated - before

    def _choose(self, *, may_end: bool = True) -> int:
        try:
            token = self._sampler.choose(self._memory.scores)
            while not may_end and self._model.ends_answer(token):
                self._memory.scores[token] = -np.inf
                token = self._sampler.choose(self._memory.scores)
        except EngineError:
            self.cache.clear()  # what led to nonsense must not lead there again
            raise
        return token


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
