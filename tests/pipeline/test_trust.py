import pytest

from appliance.core.errors import EngineError, Failure
from appliance.core.speech import Stage, Transcript
from appliance.pipeline import trust


def test_what_makes_sense_passes_unchanged() -> None:
    said = Transcript("hello", 0.5)
    assert trust.transcript(said) is said
    assert trust.words("hel") == "hel"
    assert trust.delta("lo", 3) == "lo"


@pytest.mark.parametrize("given", [None, b"", 1, ["a"]])
def test_what_is_no_text_does_not(given: object) -> None:
    for look in (trust.words, trust.transcript, lambda value: trust.delta(value, 0)):
        with pytest.raises(EngineError):
            look(given)


def test_an_answer_has_an_end() -> None:
    with pytest.raises(EngineError, match="without an end"):
        trust.delta("x" * 10, trust.MOST_LETTERS - 5)


@pytest.mark.parametrize(
    ("failure", "retryable", "again"),
    [
        (Failure.BROKEN, True, True),
        (Failure.BROKEN, False, False),
        (Failure.DIED, False, True),
        (Failure.HUNG, True, True),
        (Failure.REPLACED, True, True),
        (Failure.OUT_OF_ORDER, True, False),
        (Failure.OVERLOADED, True, False),
        (Failure.MISSING, False, False),
    ],
)
def test_what_is_tried_again(failure: Failure, retryable: bool, again: bool) -> None:
    error = EngineError(Stage.LLM, "oh", retryable=retryable, failure=failure)
    assert trust.worth_repeating(error) is again


def test_a_probability_is_one() -> None:
    assert [trust.probability(value) for value in (0, 0.5, 1)] == [0.0, 0.5, 1.0]
    for given in (-0.1, 1.1, float("nan"), None, "yes"):
        with pytest.raises(EngineError, match="no probability"):
            trust.probability(given)
