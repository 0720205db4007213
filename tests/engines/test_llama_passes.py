"""Passes with an evaluator that takes as long as the test wants: nothing here waits for a clock."""

import threading
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from appliance.core.errors import EngineError
from appliance.core.speech import Stage
from appliance.engines.llama_abort import AbortFlag
from appliance.engines.llama_context import Share
from appliance.engines.llama_passes import LEAST_SLICE, Passes

FOR_EVER_S = 60.0
"""s that nobody waits, unless something is wrong."""


class Model:
    """Keeps what it has read. Each pass waits until it is let through, and then does `then`."""

    chunk = 16

    def __init__(self, *, gated: bool = False) -> None:
        self.passes: list[list[Share]] = []
        self.read: dict[int, list[int]] = {}
        self.then: Callable[[AbortFlag], bool] = lambda abort: not abort.raised
        self.begun = threading.Semaphore(0)
        self.gate = threading.Semaphore(0 if gated else 10**6)
        self._at_work = threading.Lock()

    def decode(self, shares: Sequence[Share], abort: AbortFlag) -> bool:
        assert self._at_work.acquire(blocking=False), "one thread at a time"
        assert 0 < sum(len(share.tokens) for share in shares) <= self.chunk
        self.passes.append(list(shares))
        self.begun.release()
        assert self.gate.acquire(timeout=FOR_EVER_S)
        try:
            if not self.then(abort):
                return False
            for share in shares:
                known = self.read.setdefault(share.dialogue, [])
                assert share.position == len(known)
                known += share.tokens
            return True
        finally:
            self._at_work.release()

    def scores(self, share: int) -> NDArray[np.float32]:
        return np.array([self.passes[-1][share].tokens[-1]], np.float32)


class Asking:
    """Somebody who asks on a thread of its own."""

    def __init__(self, passes: Passes, share: Share, abort: AbortFlag | None = None) -> None:
        self.scores: NDArray[np.float32] | None = None
        self.error: EngineError | None = None
        self._ask = (share, abort or AbortFlag())
        self._passes = passes
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.scores = self._passes.decode(*self._ask)
        except EngineError as error:
            self.error = error

    def over(self) -> "Asking":
        self._thread.join(FOR_EVER_S)
        assert not self._thread.is_alive()
        return self


def asked(passes: Passes, many: int) -> None:
    """Return when so many wait for a pass or are in one."""
    with passes._news:
        assert passes._news.wait_for(lambda: len(passes._asks) == many, FOR_EVER_S)


def together(model: Model, passes: Passes, *shares: Share, aborts: Sequence[AbortFlag] = ()) -> list[Asking]:
    """Let them all wait behind a pass of somebody else, who then leaves."""
    first = Asking(passes, Share(99, [0], len(model.read.get(99, []))))
    assert model.begun.acquire(timeout=FOR_EVER_S)
    others = []
    for number, share in enumerate(shares):
        others.append(Asking(passes, share, aborts[number] if aborts else None))
        asked(passes, number + 2)
    passes._regulars.clear()
    model.gate.release()
    first.over()
    return others


def test_who_is_alone_has_the_whole_pass() -> None:
    model = Model()
    scores = Passes(model).decode(Share(0, list(range(16)), 0), AbortFlag())
    assert scores is not None
    assert scores.tolist() == [15]
    assert [len(share.tokens) for (share,) in model.passes] == [16]


def test_answers_are_decoded_in_one_pass_and_prompts_in_slices_beside_them() -> None:
    model = Model(gated=True)
    passes = Passes(model, gather_s=0.0)
    passes._slice = LEAST_SLICE
    asking = together(model, passes, Share(0, [7], 0), Share(1, list(range(10)), 0), Share(2, [8], 0))
    model.gate.release(9)
    assert [each.over().scores for each in asking] == [[7], [9], [8]]
    assert {share.dialogue: len(share.tokens) for share in model.passes[1]} == {0: 1, 1: LEAST_SLICE, 2: 1}
    assert [len(share.tokens) for (share,) in model.passes[2:]] == [6], (
        "alone again, it has all the rest at once"
    )
    assert model.read[1] == list(range(10))


def test_several_prompts_share_a_pass_equally() -> None:
    model = Model(gated=True)
    asking = together(
        model, passes := Passes(model, gather_s=0.0), *(Share(n, [n] * 12, 0) for n in range(2))
    )
    model.gate.release(9)
    assert all(each.over().scores is not None for each in asking)
    assert [len(share.tokens) for share in model.passes[1]] == [8, 8]
    assert passes._asks == []


def test_a_pass_waits_for_those_who_were_in_the_last_one_but_not_for_those_who_left() -> None:
    model = Model(gated=True)
    passes = Passes(model, gather_s=FOR_EVER_S)
    passes._regulars = {0, 1, 2}
    one = Asking(passes, Share(0, [1], 0))
    asked(passes, 1)
    other = Asking(passes, Share(1, [1], 0))
    asked(passes, 2)
    assert model.passes == []
    passes.leave(2)
    model.gate.release()
    one.over()
    other.over()
    assert [share.dialogue for share in model.passes[0]] == [0, 1]


def test_who_is_alone_is_aborted_at_once() -> None:
    model = Model(gated=True)
    abort = AbortFlag()
    asking = Asking(Passes(model), Share(0, [1, 2], 0), abort)
    assert model.begun.acquire(timeout=FOR_EVER_S)
    abort.text.value = b"1"
    model.gate.release()
    assert asking.over().scores is None
    assert asking.error is None


def test_in_company_the_others_get_what_they_asked_for() -> None:
    model = Model(gated=True)
    aborts = [AbortFlag(), AbortFlag()]
    passes = Passes(model, gather_s=0.0)
    passes._slice = LEAST_SLICE
    asking = together(model, passes, Share(0, [5], 0), Share(1, list(range(10)), 0), aborts=aborts)
    assert model.begun.acquire(timeout=FOR_EVER_S)
    aborts[1].text.value = b"1"
    model.gate.release(9)
    assert asking[0].over().scores == [5]
    assert asking[1].over().scores is None
    assert len(model.passes) == 2, "nothing more was read for whoever left"


def test_a_failure_is_told_to_all_who_were_in_the_pass() -> None:
    model = Model(gated=True)
    passes = Passes(model, gather_s=0.0)
    asking = together(model, passes, Share(0, [5], 0), Share(1, [6], 0))
    assert model.begun.acquire(timeout=FOR_EVER_S)

    def fail(_: AbortFlag) -> bool:
        raise EngineError(Stage.LLM, "broken")

    model.then = fail
    model.gate.release()
    assert [str(each.over().error) for each in asking] == [str(EngineError(Stage.LLM, "broken"))] * 2
    model.then = lambda _: True
    model.gate.release()
    assert passes.decode(Share(0, [1], 0), AbortFlag()) is not None


def test_slices_follow_the_pace() -> None:
    model = Model()
    passes = Passes(model)
    passes.decode(Share(0, [1] * 16, 0), AbortFlag())
    assert passes._slice == model.chunk, "this one takes no time"


@pytest.mark.parametrize("gather_s", [0.0, 0.001])
@settings(max_examples=25, deadline=None)
@given(prompts=st.lists(st.integers(1, 40), min_size=1, max_size=5), answers=st.integers(0, 6))
def test_each_reads_all_of_its_own_in_order(gather_s: float, prompts: list[int], answers: int) -> None:
    model = Model()
    passes = Passes(model, gather_s)

    def talk(number: int, prompt: int) -> None:
        tokens = [1000 * number + index for index in range(prompt + answers)]
        done = 0
        while done < len(tokens):
            some = tokens[done : done + (16 if done < prompt else 1)]
            scores = passes.decode(Share(number, some, done), AbortFlag())
            assert scores == [some[-1]]
            done += len(some)
        passes.leave(number)

    threads = [threading.Thread(target=talk, args=each) for each in enumerate(prompts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(FOR_EVER_S)
    assert {n: len(model.read[n]) for n in range(len(prompts))} == {
        n: prompt + answers for n, prompt in enumerate(prompts)
    }
