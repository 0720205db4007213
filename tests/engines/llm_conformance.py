"""What every language model must do. Subclass and say how to create one that is deterministic."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence

import pytest

from appliance.core.errors import Cancelled
from appliance.core.interfaces import CancelToken, LanguageModel
from appliance.core.speech import Message, Role


class Token:
    """A cancel token that cancels itself at the look number `at` (from 1) that an engine takes at it."""

    def __init__(self, at: int | None = None) -> None:
        self.cancelled = False
        self._looks_left = at
        self._actions: list[Callable[[], None]] = []

    def raise_if_cancelled(self) -> None:
        if self._looks_left is not None:
            self._looks_left -= 1
            if self._looks_left <= 0:
                self.cancel()
        if self.cancelled:
            raise Cancelled

    def on_cancel(self, action: Callable[[], None]) -> None:
        if self.cancelled:
            action()
        self._actions.append(action)

    def cancel(self) -> None:
        self.cancelled = True
        for action in self._actions:
            action()


def system(text: str) -> Message:
    return Message(Role.SYSTEM, text)


def user(text: str) -> Message:
    return Message(Role.USER, text)


def assistant(text: str) -> Message:
    return Message(Role.ASSISTANT, text)


STYLE = system("You talk with people aloud. Answer in one short sentence.")
FRANCE = [STYLE, user("What is the capital of France?")]
COFFEE = [STYLE, user("May I have a large latte with oat milk?"), assistant("Sure."), user("How much is it?")]


def answer(engine: LanguageModel, dialogue: Sequence[Message]) -> str:
    return "".join(engine.generate(dialogue, Token()))


class Parrot:
    """The smallest language model: says what was asked last, word by word."""

    def __init__(self) -> None:
        self._read: list[str] = []

    def probe(self) -> None:
        pass

    def warm(self) -> None:
        pass

    def close(self) -> None:
        pass

    def prefill(self, messages: Sequence[Message], cancel: CancelToken) -> int:
        words = [word for message in messages for word in message.text.split()]
        known = next((i for i, (a, b) in enumerate(zip(self._read, words, strict=False)) if a != b), None)
        new = words[min(len(words), len(self._read)) if known is None else known :]
        self._read = words[: len(words) - len(new)]
        for word in new:
            cancel.raise_if_cancelled()
            self._read.append(word)
        return len(new)

    def generate(self, messages: Sequence[Message], cancel: CancelToken) -> Iterator[str]:
        self.prefill(messages, cancel)
        said = messages[-1].text.split() if messages[-1].role is Role.ASSISTANT else []
        words = next(m.text.split() for m in reversed(messages) if m.role is Role.USER)
        for index, word in enumerate(words[len(said) :] or words[-1:]):
            cancel.raise_if_cancelled()
            yield f" {word}" if index else word


class LanguageModelConformance(ABC):
    @abstractmethod
    def create(self) -> LanguageModel:
        """A new engine, not used by anybody."""

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls) -> Iterator[LanguageModel]:
        """One for all tests of the class: whatever a test leaves behind must not matter to the next."""
        engine = cls().create()
        engine.probe()
        engine.warm()
        yield engine
        engine.close()

    @pytest.fixture(scope="class")
    @classmethod
    def fresh_answer(cls, engine: LanguageModel) -> str:
        """What is answered to FRANCE by an engine that has never read anything else."""
        fresh = cls().create()
        text = answer(fresh, FRANCE)
        fresh.close()
        return text

    def test_an_answer_is_clean_text_in_pieces(self, engine: LanguageModel) -> None:
        pieces = list(engine.generate(FRANCE, Token()))
        text = "".join(pieces)
        assert len(pieces) > 1
        assert all(pieces)
        assert text
        assert text == text.strip()

    def test_the_same_dialogue_has_the_same_answer(self, engine: LanguageModel, fresh_answer: str) -> None:
        assert answer(engine, FRANCE) == answer(engine, FRANCE) == fresh_answer

    def test_other_dialogues_leave_nothing_behind(self, engine: LanguageModel, fresh_answer: str) -> None:
        answer(engine, COFFEE)
        assert answer(engine, FRANCE) == fresh_answer

    def test_reading_ahead_changes_no_answer(self, engine: LanguageModel, fresh_answer: str) -> None:
        engine.prefill([STYLE], Token())
        engine.prefill([STYLE, user("What is the cat")], Token())
        engine.prefill(FRANCE, Token())
        assert answer(engine, FRANCE) == fresh_answer

    def test_what_was_read_is_not_read_again(self, engine: LanguageModel) -> None:
        engine.prefill([STYLE], Token())
        assert engine.prefill(COFFEE, Token()) > 0
        assert engine.prefill(COFFEE, Token()) == 0
        assert engine.prefill([STYLE], Token()) <= 1

    def test_nobody_has_said_anything_yet(self, engine: LanguageModel) -> None:
        engine.prefill([], Token())
        assert answer(engine, [user("Hello there, friend.")])

    def test_an_answer_that_was_cut_off_goes_on_where_it_stopped(
        self, engine: LanguageModel, fresh_answer: str
    ) -> None:
        words = fresh_answer.split()
        for heard in (1, len(words) // 2, len(words) - 1):
            cut = assistant(" ".join(words[:heard]))
            pieces = list(engine.generate([*FRANCE, cut], Token()))
            assert f"{cut.text} {''.join(pieces)}" == fresh_answer
        assert answer(engine, FRANCE) == fresh_answer

    def test_more_can_be_said_than_was_meant(self, engine: LanguageModel, fresh_answer: str) -> None:
        more = answer(engine, [*FRANCE, assistant(fresh_answer)])
        assert more
        assert more == more.strip()
        longer = [*FRANCE, assistant(f"{fresh_answer} {more}"), user("And what is it known for?")]
        assert answer(engine, longer)

    def test_an_answer_can_be_cancelled_at_any_moment(self, engine: LanguageModel, fresh_answer: str) -> None:
        for look in (1, 2, 3, 5):
            engine.prefill([STYLE], Token())
            pieces: list[str] = []
            with pytest.raises(Cancelled):
                pieces.extend(engine.generate(FRANCE, Token(at=look)))
            assert fresh_answer.startswith("".join(pieces))
            assert answer(engine, FRANCE) == fresh_answer

    def test_reading_ahead_can_be_cancelled(self, engine: LanguageModel, fresh_answer: str) -> None:
        engine.prefill(COFFEE, Token())
        with pytest.raises(Cancelled):
            engine.prefill(FRANCE, Token(at=1))
        assert answer(engine, FRANCE) == fresh_answer

    def test_cancelling_too_late_stops_nothing(self, engine: LanguageModel, fresh_answer: str) -> None:
        late = Token()
        engine.prefill(COFFEE, late)
        answers = engine.generate(FRANCE, Token())
        first = next(answers)
        late.cancel()
        assert first + "".join(answers) == fresh_answer

    def test_an_answer_can_be_left_unfinished(self, engine: LanguageModel, fresh_answer: str) -> None:
        abandoned = engine.generate(FRANCE, Token())
        next(abandoned)
        assert answer(engine, COFFEE)
        del abandoned
        assert answer(engine, FRANCE) == fresh_answer

    def test_a_dialogue_may_be_longer_than_the_model_can_see(self, engine: LanguageModel) -> None:
        endless = [STYLE, *[user("And then what happened?"), assistant("Then we went on and on.")] * 150]
        assert engine.prefill(endless, Token()) > 0
        assert answer(engine, [*endless, user("How did it end?")])
