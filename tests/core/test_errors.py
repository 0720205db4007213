import pickle
from inspect import getmembers, isclass

import pytest

from appliance.core import errors
from appliance.core.errors import ApplianceError, Cancelled, ConfigError, EngineError, Failure, in_brief
from appliance.core.speech import Stage

KINDS = [kind for _, kind in getmembers(errors, isclass) if issubclass(kind, ApplianceError)]


def test_an_error_says_what_is_wrong_and_then_what_mends_it() -> None:
    assert (
        str(ConfigError("The port is taken.", "Choose another")) == "The port is taken.\n  → Choose another"
    )


def test_without_a_remedy_there_is_no_arrow() -> None:
    assert str(ConfigError("The port is taken.")) == "The port is taken."


def test_bad_configuration_ends_with_the_code_on_which_systemd_does_not_restart() -> None:
    assert ConfigError.exit_code == 78


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_tells_the_shell_that_something_is_wrong(kind: type[ApplianceError]) -> None:
    assert 0 < kind.exit_code < 126


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind is not EngineError], ids=lambda kind: kind.__name__
)
def test_errors_survive_the_way_between_processes(kind: type[ApplianceError]) -> None:
    error = pickle.loads(pickle.dumps(kind("broken", "mend it")))
    assert type(error) is kind
    assert (error.problem, error.remedy) == ("broken", "mend it")


@pytest.mark.parametrize("retryable", [True, False])
def test_an_engine_error_survives_it_with_all_it_knows(retryable: bool) -> None:
    error = pickle.loads(
        pickle.dumps(
            EngineError(Stage.TTS, "no voice", retryable=retryable, remedy="mend it", failure=Failure.HUNG)
        )
    )
    assert (error.stage, error.problem, error.retryable) == (Stage.TTS, "no voice", retryable)
    assert (error.remedy, error.failure) == ("mend it", Failure.HUNG)
    assert str(error) == "no voice\n  → mend it"


def test_every_kind_of_error_has_a_kind_of_failure() -> None:
    named = {kind.failure for kind in KINDS if kind not in {ApplianceError, EngineError}}
    assert named == {Failure.SETTINGS, Failure.MODEL, Failure.DEVICE, Failure.INPUT}
    assert EngineError(Stage.TTS, "no voice").failure is Failure.BROKEN


def test_being_cancelled_is_no_error() -> None:
    assert not issubclass(Cancelled, ApplianceError)


def test_a_foreign_exception_in_brief_quotes_nobody() -> None:
    with pytest.raises(KeyError) as raised:
        raise KeyError("secret")
    told = in_brief(raised.value)
    assert told.startswith("KeyError in test_errors.py, line ")
    assert "secret" not in told
    assert in_brief(KeyError("secret")) == "KeyError"
