"""Knows which tokens the model has read, and has it read only what is new."""

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from appliance.core.errors import Cancelled, EngineError
from appliance.engines.llama_abort import AbortFlag

WORTH_COPYING = 32
"""Tokens that another dialogue must have in common beyond one's own for its cache to be copied: a copy moves the whole
cache (46 MB, some 15 ms, for SmolLM2), and 32 tokens take it 200 ms to read on one core."""


class Decoder(Protocol):
    """The native KV cache of one dialogue, and the arithmetic that fills it."""

    chunk: int
    """Tokens that one `decode` takes at most."""
    can_shift: bool
    """Whether tokens in the middle can be forgotten without reading those after them again."""
    can_roll_back: bool
    """Whether the last tokens can be forgotten without reading the first ones again."""

    def length(self) -> int:
        """Tokens that are in the KV cache."""

    def decode(self, tokens: Sequence[int], position: int, abort: AbortFlag) -> bool:
        """Evaluate `tokens` behind the first `position`; False when aborted."""

    def remove(self, start: int, end: int) -> bool:
        """Forget the tokens from `start` up to `end`, -1 for all; False when that cannot be done."""

    def shift(self, start: int, by: int) -> None:
        """Renumber the tokens from `start` on. Takes effect with the next decode."""

    def clear(self) -> None:
        """Forget everything."""

    def copy(self, other: Any) -> None:
        """Know what another decoder of the same kind knows."""

    def alone(self) -> AbstractContextManager[None]:
        """No other dialogue's decoder does anything meanwhile."""


class TokenCache:
    """Owns the list of tokens in the KV cache, and keeps the two equal through every failure.

    Other dialogues, on other threads, may take over what they have in common with it. So the list is at any time a
    beginning of what the KV cache holds: it is cut before that is, and grows after.
    """

    def __init__(self, decoder: Decoder) -> None:
        self.decoder = decoder
        self.lenders: Sequence[TokenCache] = ()
        """Caches of other dialogues of the same model."""
        self.tokens: list[int] = []
        """What the model has read, in order."""
        self.evaluated = 0
        """Tokens that had to be read since the cache exists."""
        self._scored = 0
        """Length at which the model last told how likely each next token is."""
        self._pure = sys.maxsize
        """Tokens from here on were read with words in sight that have been forgotten since."""

    def read(self, tokens: Sequence[int], abort: AbortFlag) -> None:
        """Make the cache hold exactly `tokens`, ready to choose the next.

        Raises:
            Cancelled: the flag was raised. What was read so far stays.
            EngineError: llama.cpp failed. Nothing is known any more.
        """
        self._borrow(tokens)
        common = _common(self.tokens, tokens)
        if not common == len(tokens) == len(self.tokens) == self._scored:
            self.truncate(max(0, min(common, len(tokens) - 1)))
        while len(self.tokens) < len(tokens):
            done = len(self.tokens)
            self.append(tokens[done : done + self.decoder.chunk], abort)

    def append(self, tokens: Sequence[int], abort: AbortFlag) -> None:
        """Read at most a chunk behind what is known. Raises as `read` does."""
        abort.raise_if_cancelled()
        try:
            finished = self.decoder.decode(tokens, len(self.tokens), abort)
        except EngineError:
            self.clear()
            raise
        if not finished:
            self._recover()
            raise Cancelled
        self.tokens += tokens
        self.evaluated += len(tokens)
        self._scored = len(self.tokens)

    def truncate(self, length: int) -> None:
        """Forget the tokens from `length` on; all of them where the model cannot forget a part."""
        if length >= len(self.tokens):
            return
        del self.tokens[length:]
        if not self.decoder.remove(length, -1):
            length = 0
            self.tokens.clear()
            self.decoder.clear()
        if length <= self._pure:
            self._pure = sys.maxsize

    def forget(self, start: int, end: int) -> None:
        """Drop tokens in the middle and keep what was read after them, where the model can do that."""
        if not self.decoder.can_shift or end >= len(self.tokens):
            return
        last = self.tokens[-1]
        self.truncate(len(self.tokens) - 1)
        kept = self.tokens[end:]
        self._pure = min(self._pure, start)
        del self.tokens[start:]
        self.decoder.remove(start, end)
        self.decoder.shift(end, start - end)
        self.tokens += kept
        # The next decode turns the keys to their new positions. Aborted half-way they would be turned
        # twice, so it happens now, with a flag that nobody raises.
        self.append([last], AbortFlag())

    def purify(self) -> None:
        """Drop what was read in sight of words forgotten since: the next speaker is somebody else."""
        self.truncate(self._pure)

    def clear(self) -> None:
        """Forget everything."""
        self.tokens.clear()
        self.decoder.clear()
        self._pure = sys.maxsize

    def _borrow(self, tokens: Sequence[int]) -> None:
        """Take over from another dialogue what it has in common with `tokens`, if that is much more than we have: a
        system prompt is read once. The last token stays to be read, for what may follow it."""
        if not (self.lenders and self.decoder.can_roll_back):
            return
        with self.decoder.alone():
            lender = max(self.lenders, key=lambda other: other.in_common(tokens))
            length = min(lender.in_common(tokens), len(tokens) - 1)
            if length < self.in_common(tokens) + WORTH_COPYING:
                return
            self.clear()
            self.decoder.copy(lender.decoder)
            if self.decoder.remove(length, -1):
                self.tokens += tokens[:length]
            else:
                self.decoder.clear()

    def in_common(self, tokens: Sequence[int]) -> int:
        """How many tokens from the beginning are the same, and were read in sight of nothing else."""
        return min(_common(self.tokens, tokens), self._pure)

    def _recover(self) -> None:
        """After an abort the chunk is lost. A recurrent state may be half-way through it."""
        known = len(self.tokens)
        rolled_back = self.decoder.can_roll_back and self.decoder.remove(known, -1)
        if not rolled_back or self.decoder.length() != known:
            self.clear()


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """Length of the common prefix."""
    return next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
