"""What is counted of conversations."""

from appliance.core.cause import Cause, Why
from appliance.core.errors import EngineError
from appliance.core.speech import Outcome, Stage, Turn
from appliance.sessions.trace import Stamps
from appliance.tally import Tally


def counted(tally: Tally) -> dict[tuple[str, ...], float]:
    """Everything but zeros, by name and labels."""
    values = {(m.name, *(value for _, value in m.labels)): m.value for m in tally.metrics()}
    return {key: value for key, value in values.items() if value}


def test_nothing_has_happened_yet() -> None:
    assert counted(Tally()) == {}


def test_turns_failures_and_delays_are_counted() -> None:
    tally = Tally()
    for outcome in (Outcome.ANSWERED, Outcome.ANSWERED, Outcome.FAILED):
        stamps = Stamps(speech_ended=1000.0, first_audio=None if outcome is Outcome.FAILED else 1500.0)
        tally.turn(Turn(1, "what", "this", "this", outcome, Cause(Why.USUAL)), stamps)
    tally.failed(3, EngineError(Stage.TTS, "it broke"))
    assert counted(tally) == {
        ("appliance_turns_total", "answered"): 2,
        ("appliance_turns_total", "failed"): 1,
        ("appliance_failures_total", "tts"): 1,
        ("appliance_turn_causes_total", "usual"): 3,
        ("appliance_first_audio_seconds_sum",): 1.0,
        ("appliance_first_audio_seconds_count",): 2,
    }


def test_nothing_that_was_said_is_in_it() -> None:
    tally = Tally()
    tally.turn(Turn(1, "a secret", "hush", "hush", Outcome.ANSWERED), Stamps())
    assert "secret" not in str(list(tally.metrics()))
    assert "hush" not in str(list(tally.metrics()))
