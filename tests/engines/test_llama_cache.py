from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.errors import Cancelled, EngineError
from appliance.core.speech import Stage
from appliance.engines.llama_abort import AbortFlag
from appliance.engines.llama_cache import WORTH_COPYING, TokenCache
from tests.engines.llm_conformance import Token


class Memory:
    """A KV cache that holds the tokens themselves. `at` says what else happens in the nth decode."""

    chunk = 4
    can_shift = True
    can_roll_back = True

    def __init__(self, at: dict[int, Callable[[], None]] | None = None) -> None:
        self.held: list[int] = []
        self.turning = False
        self._decodes = 0
        self._at = at or {}

    def length(self) -> int:
        return len(self.held)

    def decode(self, tokens: Sequence[int], position: int, abort: AbortFlag) -> bool:
        assert 0 < len(tokens) <= self.chunk
        assert position == len(self.held)
        self._decodes += 1
        self._at.get(self._decodes, int)()
        if abort.text.value == b"1":
            assert not self.turning, "keys would be turned twice"
            self.held += tokens[:1]
            return False
        self.turning = False
        self.held += tokens
        return True

    def remove(self, start: int, end: int) -> bool:
        del self.held[start : len(self.held) if end < 0 else end]
        return True

    def shift(self, start: int, by: int) -> None:
        self.turning = True

    def clear(self) -> None:
        self.held.clear()
        self.turning = False

    def copy(self, other: "Memory") -> None:
        self.held = list(other.held)

    def alone(self) -> AbstractContextManager[None]:
        return nullcontext()


class Recurrent(Memory):
    """Can only forget everything."""

    can_shift = False
    can_roll_back = False

    def remove(self, start: int, end: int) -> bool:
        if start == 0 or start >= len(self.held):
            return super().remove(start, end)
        return False


def cost(cache: TokenCache, tokens: list[int], abort: AbortFlag | None = None) -> int:
    before = cache.evaluated
    cache.read(tokens, abort or AbortFlag())
    return cache.evaluated - before


def test_only_what_is_new_is_read() -> None:
    cache = TokenCache(Memory())
    assert cost(cache, [1, 2, 3, 4, 5, 6]) == 6
    assert cost(cache, [1, 2, 3, 4, 5, 6]) == 0
    assert cost(cache, [1, 2, 3, 4, 5, 6, 7]) == 1
    assert cost(cache, [1, 2, 3, 9]) == 1
    assert cost(cache, [1, 2]) == 1, "what follows 2 is not known any more"
    assert cost(cache, []) == 0
    assert cache.tokens == []


def test_a_model_that_cannot_roll_back_reads_all_again() -> None:
    memory = Recurrent()
    cache = TokenCache(memory)
    assert cost(cache, [1, 2, 3]) == 3
    assert cost(cache, [1, 2, 3, 4]) == 1
    assert cost(cache, [1, 2, 3, 4]) == 0
    assert cost(cache, [1, 2, 3, 5]) == 4
    cache.forget(1, 2)
    assert cache.tokens == memory.held == [1, 2, 3, 5]


@pytest.mark.parametrize(("memory", "kept"), [(Memory, [1, 2, 3, 4]), (Recurrent, [])])
def test_after_an_abort_only_whole_chunks_are_known(memory: type[Memory], kept: list[int]) -> None:
    token = Token()
    native = memory({2: token.cancel})
    cache = TokenCache(native)
    with pytest.raises(Cancelled):
        cache.read([1, 2, 3, 4, 5, 6], AbortFlag(token))
    assert cache.tokens == native.held == kept
    assert cost(cache, [1, 2, 3, 4, 5, 6]) == 6 - len(kept)


def test_a_cancelled_job_does_not_begin() -> None:
    cache = TokenCache(Memory())
    with pytest.raises(Cancelled):
        cache.read([1], AbortFlag(Token(at=1)))
    assert cache.tokens == []


def test_after_a_failure_nothing_is_known() -> None:
    def fail() -> None:
        raise EngineError(Stage.LLM, "broken")

    native = Memory({2: fail})
    cache = TokenCache(native)
    with pytest.raises(EngineError):
        cache.read([1, 2, 3, 4, 5, 6], AbortFlag())
    assert cache.tokens == native.held == []
    assert cost(cache, [1, 2]) == 2


def test_the_middle_is_forgotten_for_one_token() -> None:
    native = Memory()
    cache = TokenCache(native)
    cache.read([1, 2, 3, 4, 5, 6, 7], AbortFlag())
    before = cache.evaluated
    cache.forget(1, 4)
    assert cache.tokens == native.held == [1, 5, 6, 7]
    assert cache.evaluated - before == 1
    assert not native.turning
    assert cost(cache, [1, 5, 6, 7, 8]) == 1


def test_the_next_speaker_inherits_nothing() -> None:
    cache = TokenCache(Memory())
    cache.read([1, 2, 3, 4, 5], AbortFlag())
    cache.purify()
    assert cache.tokens == [1, 2, 3, 4, 5]
    cache.forget(1, 3)
    cache.read([1, 4, 5, 6], AbortFlag())
    cache.purify()
    assert cache.tokens == [1]
    cache.read([1, 4, 5], AbortFlag())
    cache.purify()
    assert cache.tokens == [1, 4, 5]


def borrowing(lender: TokenCache, decoder: Memory) -> TokenCache:
    cache = TokenCache(decoder)
    cache.lenders = [TokenCache(Memory()), lender]
    return cache


def test_what_another_dialogue_begins_with_is_copied() -> None:
    rules, native = list(range(WORTH_COPYING)), Memory()
    lender = TokenCache(Memory())
    lender.read([*rules, 50, 51, 52], AbortFlag())
    cache = borrowing(lender, native)
    assert cost(cache, [*rules, 60, 61]) == 2
    assert cache.tokens == native.held == [*rules, 60, 61]
    assert lender.tokens == [*rules, 50, 51, 52]
    assert cost(borrowing(lender, Memory()), [*rules, 50]) == 1, "what follows is not known by copying"


def test_little_is_not_worth_a_copy_and_some_models_cannot() -> None:
    rules = list(range(WORTH_COPYING))
    for decoder, known in ((Memory, rules[:-1]), (Recurrent, rules)):
        lender = TokenCache(decoder())
        lender.read(known, AbortFlag())
        assert cost(borrowing(lender, decoder()), [*known, 90]) == len(known) + 1


def test_nothing_is_borrowed_that_was_read_in_sight_of_forgotten_words() -> None:
    rules = list(range(WORTH_COPYING))
    lender = TokenCache(Memory())
    lender.read([*rules, *range(50, 90)], AbortFlag())
    lender.forget(len(rules), len(rules) + 5)
    assert cost(borrowing(lender, Memory()), [*rules, *range(55, 90)]) == 35


STEPS = st.one_of(
    st.tuples(st.just("read"), st.lists(st.integers(0, 3), max_size=15), st.integers(0, 5)),
    st.tuples(st.just("forget"), st.integers(0, 15), st.integers(0, 15)),
    st.tuples(st.just("purify"), st.just(0), st.just(0)),
)


@pytest.mark.parametrize("memory", [Memory, Recurrent])
@given(steps=st.lists(STEPS, max_size=20))
def test_the_list_and_the_native_cache_stay_equal(
    memory: type[Memory], steps: list[tuple[str, object, int]]
) -> None:
    native = memory()
    cache = TokenCache(native)
    for kind, argument, number in steps:
        if kind == "read" and isinstance(argument, list):
            try:
                cache.read(argument, AbortFlag(Token(at=number or None)))
                assert cache.tokens == argument
            except Cancelled:
                pass
        elif kind == "forget" and isinstance(argument, int) and argument <= number:
            cache.forget(argument, number)
        else:
            cache.purify()
        assert cache.tokens == native.held
        assert not native.turning
