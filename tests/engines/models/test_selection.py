import json
from dataclasses import asdict

import pytest

from appliance.core.errors import ModelError
from appliance.core.speech import Stage
from appliance.engines.models.manifest import NEEDED
from appliance.engines.models.selection import best_available
from appliance.engines.models.store import ModelStore
from tests.engines.models.conftest import MELODY, fill_hub
from tests.engines.models.server import Server


@pytest.fixture
def bundled(store: ModelStore, server: Server) -> ModelStore:
    fill_hub(server)
    store.pull(store.missing("bundled"))
    return store


def test_all_there(bundled: ModelStore) -> None:
    selection = best_available(bundled, "bundled")
    assert selection.line == ""
    assert [choice.model for choice in selection.llm] == ["llm"]
    assert selection.llm[0].path == bundled.path("llm")
    assert json.loads(json.dumps(asdict(selection), default=str))["tts"][0]["model"] == "robot"


def test_the_bundled_models_stand_in_and_one_line_says_so(bundled: ModelStore) -> None:
    selection = best_available(bundled, "best")
    assert [loss.role for loss in selection.losses] == [Stage.STT, Stage.TTS]
    assert selection.line == (
        "Without the models of 'best': hearing by ear (a note), voice by robot (a note). "
        "Get them: appliance models pull --profile best"
    )


def test_lesser_models_stand_behind_the_best(bundled: ModelStore) -> None:
    bundled.pull(["voice"])
    assert [choice.model for choice in best_available(bundled, "best").tts] == ["voice", "robot"]


def test_nothing_for_a_role(store: ModelStore) -> None:
    with pytest.raises(ModelError, match="No model for speech detection and answers") as raised:
        best_available(store, "best")
    assert raised.value.remedy == "Run: appliance models pull --profile bundled"


def test_the_end_of_a_turn_may_be_left_to_silence(bundled: ModelStore) -> None:
    selection = best_available(bundled, "polite")
    assert selection.turn_end == ()
    assert selection.line.startswith(
        "Without the models of 'polite': turn taking by silence alone (who pauses"
    )
    assert best_available(bundled, "bundled").losses == (), "a profile need not want it"


def test_a_model_hears_the_end_of_a_turn(bundled: ModelStore, server: Server) -> None:
    fill_hub(server, MELODY)
    assert bundled.missing("polite") == ("melody",)
    assert bundled.missing("polite", NEEDED) == ()
    bundled.pull(bundled.missing("polite"))
    selection = best_available(bundled, "polite")
    assert [choice.path for choice in selection.turn_end] == [bundled.path("melody")]
    assert selection.line == ""
