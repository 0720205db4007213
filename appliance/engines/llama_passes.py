"""What several dialogues ask of one model at the same time, done together: continuous batching.

Each dialogue is written on a thread of its own, as if it were alone. Whoever finds nobody leading when its tokens are
to be evaluated leads the next pass, with the tokens of all who ask by then, and hands out the results.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from appliance.core import clock
from appliance.core.errors import EngineError
from appliance.engines.llama_abort import AbortFlag
from appliance.engines.llama_context import Share

GATHER_S = 0.005
"""s that a pass waits for those who took part in the last one: choosing a token and handing out its text takes 0.5 to
1 ms each. Who does not come within it (its reader is slow) is not waited for again."""

SLICE_S = 0.05
"""s of a pass that prompts may take while others are being answered: at 20 tokens a second those still come four
times as fast as they are spoken."""

LEAST_SLICE = 4
"""Tokens of prompts in any pass."""


class Evaluator(Protocol):
    """The arithmetic, for one thread at a time."""

    chunk: int
    """Tokens that one pass takes at most."""

    def decode(self, shares: Sequence[Share], abort: AbortFlag) -> bool:
        """Evaluate them; False when aborted."""

    def scores(self, share: int) -> NDArray[np.float32]:
        """How likely each token is to come after share number `share` of the last pass: a copy."""


@dataclass(eq=False, slots=True)
class _Ask:
    """Tokens that a dialogue wants evaluated."""

    share: Share
    abort: AbortFlag
    done: int = 0
    """Tokens."""
    over: bool = False
    scores: NDArray[np.float32] | None = None
    """After the last token; None if it was aborted."""
    error: EngineError | None = None

    def next(self, most: int) -> Share:
        dialogue, tokens, position = self.share
        return Share(dialogue, tokens[self.done : self.done + most], position + self.done)

    @property
    def left(self) -> int:
        return len(self.share.tokens) - self.done


class Passes:
    """Owns the order in which the model is used. For any number of threads."""

    def __init__(self, evaluator: Evaluator, gather_s: float = GATHER_S) -> None:
        self._evaluator = evaluator
        self._gather_s = gather_s
        self._native = threading.RLock()
        self._news = threading.Condition()
        self._asks: list[_Ask] = []
        """One per dialogue at most. In order of arrival."""
        self._led = False
        self._regulars: set[int] = set()
        """Dialogues that took part in the last pass, and may come again at once."""
        self._slice = max(LEAST_SLICE, evaluator.chunk // 4)
        """Tokens of prompts that take `SLICE_S`, as far as is known."""

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Use the model otherwise than by `decode`: no pass runs meanwhile."""
        with self._native:
            yield

    def decode(self, share: Share, abort: AbortFlag) -> NDArray[np.float32] | None:
        """Have at most a chunk of tokens evaluated, in one pass or several. Returns the scores of what may follow;
        None when aborted: it is then unknown how many of the tokens were read.

        Alone, it is aborted at once; in company, after the pass.

        Raises:
            EngineError: the model failed. What it knows of this dialogue is then unknown.
        """
        ask = _Ask(share, abort)
        with self._news:
            self._asks.append(ask)
            self._news.notify_all()
            try:
                while not ask.over:
                    if self._led:
                        self._news.wait()
                    else:
                        self._lead()
            finally:
                self._asks.remove(ask)
        if ask.error:
            raise ask.error
        return ask.scores

    def leave(self, dialogue: int) -> None:
        """It has nothing more to ask for the time being: nobody waits for it."""
        with self._news:
            self._regulars.discard(dialogue)
            self._news.notify_all()

    def _lead(self) -> None:
        self._led = True
        try:
            self._gather()
            asks = [ask for ask in self._asks if not ask.over]
            shares = [ask.next(most) for ask, most in zip(asks, self._portions(asks), strict=True)]
            self._news.release()
            try:
                self._pass(asks, shares)
            finally:
                self._news.acquire()
            self._regulars = {ask.share.dialogue for ask in asks}
        finally:
            self._led = False
            self._news.notify_all()

    def _gather(self) -> None:
        until = clock.monotonic() + self._gather_s
        while self._regulars - {ask.share.dialogue for ask in self._asks}:
            if (left_s := until - clock.monotonic()) <= 0 or not self._news.wait(left_s):
                return

    def _portions(self, asks: Sequence[_Ask]) -> list[int]:
        """How many tokens of each the next pass has: of answers all, of prompts what leaves time for answers."""
        prompts = sum(ask.left > 1 for ask in asks)
        answers = len(asks) - prompts
        room = min(self._slice, self._evaluator.chunk - answers) if answers else self._evaluator.chunk
        return [1 if ask.left == 1 else min(ask.left, max(1, room // prompts)) for ask in asks]

    def _pass(self, asks: Sequence[_Ask], shares: Sequence[Share]) -> None:
        try:
            with self._native:
                began = clock.monotonic()
                finished = self._evaluator.decode(shares, asks[0].abort if len(asks) == 1 else AbortFlag())
                tokens, took_s = sum(len(share.tokens) for share in shares), clock.monotonic() - began
                for number, (ask, share) in enumerate(zip(asks, shares, strict=True)):
                    ask.done += len(share.tokens)
                    if finished and not ask.left:
                        ask.scores = self._evaluator.scores(number)
                    ask.over = not finished or not ask.left or ask.abort.raised
        except EngineError as error:
            for ask in asks:
                ask.over, ask.error = True, error
            return
        if finished and tokens > LEAST_SLICE:
            slice_ = round(SLICE_S * tokens / max(took_s, 1e-6))
            self._slice = min(max(LEAST_SLICE, slice_), self._evaluator.chunk)
