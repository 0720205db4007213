"""The language model: any chat model in a GGUF file, run by llama.cpp."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.core.errors import EngineError
from appliance.core.interfaces import CancelToken
from appliance.core.speech import Message, Stage
from appliance.engines.llama_prompt import ChatTemplate
from appliance.engines.llama_settings import LlamaSettings

if TYPE_CHECKING:
    from appliance.engines.llama_native import Model

MEMORY_SHARE = 16
"""Of the machine's memory, dialogues beside the first get at most this fraction: half a GB of 8, where 1.7 billion
parameters need 0.24 GB for 2048 tokens."""

NO_ROLL_BACK = "{model} cannot take back what it has read: every interruption costs reading all again."


class Llama:
    """Owns one model, and the dialogues that it keeps in mind.

    Those are its seats: each can be at work while others are, and does one thing at a time. The engine's own methods
    are those of the first one.
    """

    def __init__(self, model: Path, settings: LlamaSettings) -> None:
        """Load the model.

        Raises:
            EngineError: the file is absent, damaged, or not a chat model; memory is short.
        """
        from appliance.engines.llama_context import Context
        from appliance.engines.llama_dialogue import Dialogue
        from appliance.engines.llama_memory import Memory
        from appliance.engines.llama_native import Model
        from appliance.engines.llama_passes import Passes

        self._settings = settings
        self._model = Model(model, settings.gpu_layers)
        template = _template(self._model, model)
        many = dialogues(settings, self._model.cache_bytes(settings.context_tokens))
        self._context = Context(self._model, settings, many)
        passes = Passes(self._context)
        memories = [Memory(number, self._context, passes) for number in range(many)]
        self.seats = tuple(Dialogue(self._model, memory, template, settings) for memory in memories)
        """What can be at work at the same time, with the methods of a language model."""
        for seat in self.seats:
            seat.cache.lenders = [other.cache for other in self.seats if other is not seat]
        self.warnings = () if self._context.can_roll_back else (NO_ROLL_BACK.format(model=model.name),)
        """What a person should know about this model, in sentences."""

    @property
    def last_evaluated(self) -> int:
        """Tokens that the last call had to read before the answer could begin."""
        return self.seats[0].last_evaluated

    def probe(self) -> None:
        """Read two tokens at once, then one, and see that numbers come out.

        Raises:
            EngineError: they do not.
        """
        self.seats[0].exercise(2)

    def warm(self) -> None:
        """Read one full chunk: pages of the file, scratch buffers and kernels are then in memory."""
        self.seats[0].exercise(self._settings.chunk_tokens)

    def close(self) -> None:
        """Free the model."""
        for seat in self.seats:
            seat.close()
        self._context.close()
        self._model.close()

    def prefill(self, messages: Sequence[Message], cancel: CancelToken) -> int:
        """See `Dialogue.prefill`."""
        return self.seats[0].prefill(messages, cancel)

    def generate(self, messages: Sequence[Message], cancel: CancelToken) -> Iterator[str]:
        """See `Dialogue.generate`."""
        return self.seats[0].generate(messages, cancel)


def dialogues(settings: LlamaSettings, cache_bytes: int) -> int:
    """How many there can be: as many as are wanted, and as there is memory for."""
    share = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MEMORY_SHARE
    return 1 + min(settings.dialogues - 1, share // cache_bytes)


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
