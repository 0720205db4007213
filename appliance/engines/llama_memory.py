"""What the model knows of one dialogue: its KV cache in a context that others share."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import numpy as np
from numpy.typing import NDArray

from appliance.engines.llama_abort import AbortFlag
from appliance.engines.llama_context import Context, Share
from appliance.engines.llama_passes import Passes


class Memory:
    """A `llama_cache.Decoder`. For one thread; other memories of the context have theirs."""

    def __init__(self, number: int, context: Context, passes: Passes) -> None:
        self.number = number
        self.chunk = context.chunk
        self.can_shift = context.can_shift
        self.can_roll_back = context.can_roll_back
        self.scores: NDArray[np.float32] = np.zeros(0, np.float32)
        """How likely each token is to come after the last one that was read."""
        self._context = context
        self._passes = passes

    def length(self) -> int:
        """Tokens that are in it."""
        with self.alone():
            return self._context.length(self.number)

    def decode(self, tokens: Sequence[int], position: int, abort: AbortFlag) -> bool:
        """Evaluate `tokens` behind the first `position`; False when aborted."""
        scores = self._passes.decode(Share(self.number, tokens, position), abort)
        if scores is None:
            return False
        self.scores = scores
        return True

    def remove(self, start: int, end: int) -> bool:
        """Forget the tokens from `start` up to `end`, -1 for all; False when that cannot be done."""
        with self.alone():
            return self._context.remove(self.number, start, end)

    def shift(self, start: int, by: int) -> None:
        """Renumber the tokens from `start` on."""
        with self.alone():
            self._context.shift(self.number, start, by)

    def clear(self) -> None:
        """Forget everything."""
        self.remove(-1, -1)

    def copy(self, other: "Memory") -> None:
        """Know what another dialogue knows."""
        with self.alone():
            self._context.copy(other.number, self.number)

    def alone(self) -> AbstractContextManager[None]:
        """No other dialogue does anything meanwhile."""
        return self._passes.alone()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """In the end nobody waits for it any more."""
        try:
            yield
        finally:
            self._passes.leave(self.number)
