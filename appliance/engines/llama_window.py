"""Decides how much of a dialogue the model still sees."""

from bisect import bisect_left
from collections.abc import Sequence

from appliance.core.errors import EngineError
from appliance.core.speech import Message, Role, Stage
from appliance.engines.llama_cache import TokenCache
from appliance.engines.llama_encoder import Encoder, Prompt

UNSETTLED = 2
"""Messages at the end that may still change: a question goes on, an answer was heard in part. The first
half of what was seen is taken for settled even if there is no more."""


class Window:
    """Owns the place in the dialogue where the model's view begins.

    The system prompt is always seen. When the rest has grown too long, the oldest exchanges go until
    half of the room is free, so that it happens rarely, and what is gone stays gone.
    """

    def __init__(self, encoder: Encoder, cache: TokenCache, budget: int) -> None:
        """Let prompts have at most `budget` tokens."""
        self._encoder = encoder
        self._cache = cache
        self._budget = budget
        self._start = 0
        self._seen: list[Message] = []

    def prompt(self, messages: Sequence[Message], *, open_ended: bool = False) -> list[int]:
        """The tokens of what the model is to see; with `open_ended` the last message is not closed.

        Raises:
            EngineError: not even the system prompt and the last exchange fit.
        """
        system = list(messages[:1]) if messages and messages[0].role is Role.SYSTEM else []
        body = list(messages[len(system) :])
        start = self._resume(body)
        prompt = self._encoder.encode([*system, *body[start:]], self._cache.tokens, open_ended=open_ended)
        if len(prompt.tokens) > self._budget:
            later = self._shorten(system, body, start)
            self._forget(prompt, len(system), len(system) + later - start)
            start = later
            prompt = self._encoder.encode([*system, *body[start:]], self._cache.tokens, open_ended=open_ended)
        if len(prompt.tokens) > self._budget:
            raise _too_long(len(prompt.tokens), self._budget)
        self._start, self._seen = start, body[start:]
        return prompt.tokens

    def _resume(self, body: list[Message]) -> int:
        """Where the view begins if nothing more has to go: where it began, or at 0 for a new dialogue."""
        seen = len(self._seen)
        settled = self._seen[: max(seen - UNSETTLED, seen // 2)]
        # Whoever keeps the dialogue may have dropped its oldest messages too, so look further in front.
        starts = range(self._start, 0, -1) if settled else ()
        start = next((i for i in starts if body[i : i + len(settled)] == settled), 0)
        if start == 0:  # nothing is hidden from view, so nothing hidden may shine through
            self._cache.purify()
        return start

    def _forget(self, prompt: Prompt, first: int, later: int) -> None:
        """Take the messages from `first` up to `later` out of the cache, if they are in it."""
        start, end = prompt.starts[first], prompt.starts[later]
        if start < end and self._cache.tokens[:end] == prompt.tokens[:end]:
            self._cache.forget(start, end)

    def _shorten(self, system: list[Message], body: list[Message], start: int) -> int:
        """The first exchange from which on half of the budget is enough, at worst the last one."""
        later = [i for i, message in enumerate(body) if i > start and message.role is Role.USER]
        if not later:
            return start

        def fits(first: int) -> bool:
            return len(self._encoder.encode([*system, *body[first:]], ()).tokens) <= self._budget // 2

        return later[min(bisect_left(later, True, key=fits), len(later) - 1)]


def _too_long(tokens: int, budget: int) -> EngineError:
    return EngineError(
        Stage.LLM,
        f"The system prompt is too long: with the last question it has {tokens} tokens, {budget} fit",
        retryable=False,
        remedy="Shorten dialogue.system_prompt or raise llama.context_tokens",
    )
