import pytest

from appliance.core.cause import Cause, Why
from appliance.core.errors import Failure
from appliance.core.speech import Stage
from appliance.diagnosis.sentences import FAILED, SLOW, sentence


@pytest.mark.parametrize("why", Why)
@pytest.mark.parametrize("stage", [*Stage, None])
def test_every_cause_is_one_sentence(why: Why, stage: Stage | None) -> None:
    told = sentence(Cause(why, 1234, 2000, stage, Failure.HUNG, 7))
    assert told[0].isupper()
    assert told.endswith(".")
    assert "{" not in told


@pytest.mark.parametrize("failure", Failure)
def test_every_failure_is_one_sentence(failure: Failure) -> None:
    told = sentence(Cause(Why.FAILED, stage=Stage.LLM, failure=failure))
    assert told.startswith("Failed, because ")
    assert "the language model" in told


def test_figures_are_told() -> None:
    told = sentence(Cause(Why.QUEUE, 2345, 3000, Stage.STT))
    assert told == "Slow, because the recogniser was busy with somebody else (2.3 s)."
    assert sentence(Cause(Why.WRITING, 900, 1500, Stage.LLM, count=14)).count("14") == 1


def test_nothing_is_left_without_words() -> None:
    assert set(SLOW) | {Why.FAILED} == set(Why)
    assert {Failure.DIED, Failure.HUNG, Failure.OUT_OF_ORDER} <= set(FAILED)
