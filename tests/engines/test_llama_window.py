import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core.errors import EngineError
from appliance.core.speech import Message, Role
from appliance.engines.llama_abort import AbortFlag
from appliance.engines.llama_cache import TokenCache
from appliance.engines.llama_window import Window
from tests.engines.llm_conformance import assistant, system, user
from tests.engines.test_llama_cache import Memory, Recurrent
from tests.engines.test_llama_encoder import Letters, encoder, pairs

BUDGET = 600
STYLE = system("Be kind.")


class Reader:
    """A window over a cache that reads every prompt it is given, and says what that cost."""

    def __init__(self, memory: Memory | None = None) -> None:
        self.cache = TokenCache(memory or Memory())
        self.window = Window(encoder(longest=BUDGET // 5), self.cache, BUDGET)

    def read(self, messages: list[Message]) -> int:
        before = self.cache.evaluated
        tokens = self.window.prompt(messages)
        assert len(tokens) <= BUDGET
        self.cache.read(tokens, AbortFlag())
        return self.cache.evaluated - before

    @property
    def sees(self) -> str:
        return b"".join(Letters().piece(token) for token in self.cache.tokens).decode()


def talk(number: int) -> list[Message]:
    """One exchange of about 60 tokens."""
    return [user(f"Question number {number}?"), assistant(f"Answer number {number}.")]


def test_a_short_dialogue_is_seen_whole() -> None:
    reader = Reader()
    reader.read([STYLE, *talk(1), *talk(2), user("And?")])
    assert "Question number 1?" in reader.sees


def test_the_oldest_exchanges_go_and_the_system_prompt_stays() -> None:
    reader = Reader()
    dialogue = [STYLE]
    for number in range(50):
        dialogue += talk(number)
        reader.read(dialogue)
        assert STYLE.text in reader.sees
        assert f"Answer number {number}." in reader.sees
    assert "Question number 1?" not in reader.sees


def test_forgetting_is_rare_and_costs_one_token() -> None:
    reader = Reader()
    dialogue, costs = [STYLE], []
    reader.read(dialogue)
    for number in range(100):
        dialogue += talk(number)
        costs.append(reader.read(dialogue))
    assert max(costs) <= 90, "one exchange with its markup, and one token"


def test_half_of_the_room_is_free_after_forgetting() -> None:
    reader = Reader(Recurrent())
    assert reader.read([STYLE, *(message for number in range(30) for message in talk(number))]) <= BUDGET // 2


def test_what_is_gone_stays_gone() -> None:
    reader = Reader()
    dialogue = [STYLE, *(message for number in range(12) for message in talk(number))]
    reader.read(dialogue)
    start = reader.window._start
    assert start > 0
    # The question goes on, is answered, the answer is cut, and the keeper drops its oldest exchange.
    for later in (
        [*dialogue, user("And")],
        [*dialogue, user("And then?")],
        [*dialogue, user("And then?"), assistant("Nothing.")],
        [*dialogue, user("And then?"), assistant("No")],
    ):
        assert reader.read(later) < 60
        assert reader.window._start == start
    assert reader.read([STYLE, *dialogue[3:], *later[-2:]]) < 60
    assert reader.window._start == start - 2


def test_a_new_dialogue_is_seen_whole_and_inherits_nothing() -> None:
    reader = Reader()
    reader.read([STYLE, *(message for number in range(12) for message in talk(number))])
    assert reader.window._start > 0
    same_words = talk(9)
    cost = reader.read([STYLE, *same_words])
    assert cost >= len("".join(message.text for message in same_words))
    assert reader.window._start == 0


def test_two_huge_exchanges_do_not_cost_reading_again() -> None:
    reader = Reader()
    dialogue = [STYLE]
    for number in range(8):
        dialogue.append(user(f"{number} " + "long " * 30))
        assert reader.read(dialogue) <= 200
        dialogue.append(assistant(f"{number} " + "talk " * 30))
        assert reader.read(dialogue) <= 200


def test_an_over_long_question_is_read_from_its_end() -> None:
    reader = Reader()
    reader.read([STYLE, *talk(1), user("first " + "blah " * 500 + "last?")])
    assert "last?" in reader.sees
    assert "first" not in reader.sees


def test_a_system_prompt_that_leaves_no_room_is_an_error() -> None:
    reader = Reader()
    with pytest.raises(EngineError, match="system prompt is too long") as error:
        reader.read([system("x" * BUDGET), user("Hi.")])
    assert not error.value.retryable
    reader.read([STYLE, user("Hi.")])


def test_forgotten_exchanges_may_have_been_spelled_by_the_model() -> None:
    reader = Reader()
    dialogue: list[Message] = [STYLE]
    reader.read(dialogue)
    for number in range(30):
        dialogue.append(user(f"Question number {number}?"))
        assert reader.read(dialogue) <= 60
        text = f"Answer number {number}."
        reader.cache.read([*reader.cache.tokens, *pairs(text)], AbortFlag())
        dialogue.append(assistant(text[: 8 + number % 7]))


WORDS = st.text("ab c", min_size=1, max_size=150)


@given(st.lists(st.tuples(st.sampled_from([Role.USER, Role.ASSISTANT]), WORDS), max_size=40))
def test_every_dialogue_fits(messages: list[tuple[Role, str]]) -> None:
    reader = Reader()
    dialogue = [STYLE]
    for role, text in messages:
        dialogue.append(Message(role, text))
        reader.read(dialogue)
