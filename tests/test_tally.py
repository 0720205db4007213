"""What is counted of conversations."""

from appliance.core.cause import Cause, Why
from appliance.core.errors import EngineError
from appliance.core.speech import Outcome, Stage, Turn
from appliance.sessions.timeline import Stand, Timeline, Work
from appliance.sessions.trace import Stamps
from appliance.tally import Tally


def counted(tally: Tally) -> dict[tuple[str, ...], float]:
    """Everything but zeros and buckets, by name and labels."""
    found = [metric for metric in tally.metrics() if metric.suffix != "_bucket"]
    values = {(m.name + m.suffix, *(value for _, value in m.labels)): m.value for m in found}
    return {key: value for key, value in values.items() if value}


def test_nothing_has_happened_yet() -> None:
    assert counted(Tally()) == {}


def test_turns_and_failures_are_counted() -> None:
    tally = Tally()
    for outcome in (Outcome.ANSWERED, Outcome.ANSWERED, Outcome.FAILED):
        tally.turn(Turn(1, "what", "this", "this", outcome, Cause(Why.USUAL)), Stamps())
    tally.failed(3, EngineError(Stage.TTS, "it broke"))
    assert counted(tally) == {
        ("appliance_turns_total", "answered"): 2,
        ("appliance_turns_total", "failed"): 1,
        ("appliance_failures_total", "tts"): 1,
        ("appliance_turn_causes_total", "usual"): 3,
    }


def test_waits_are_measured_by_their_parts() -> None:
    tally = Tally()
    stamps = Stamps(
        speech_ended=1000.0,
        endpoint=1250.0,
        model_asked=1200.0,
        first_token=1300.0,
        first_audio=1500.0,
        hushed=3000.0,
        silent=3025.0,
    )
    stood = Work(
        "llm", "generate", "a model", 1200, 1300, 1400, 1600, waits=(Stand("own", "stt", 1200, 1300),)
    )
    tally.traced(Timeline("local", 1, "", "interrupted", "usual", stamps, (stood,)))
    tally.traced(Timeline("local", 2, "", "unheard", "went_on", Stamps()))
    found = counted(tally)
    assert found["appliance_first_audio_seconds_sum",] == 0.5
    assert found["appliance_first_audio_seconds_count",] == 1
    assert found["appliance_silence_seconds_sum",] == 0.025
    assert found["appliance_phase_seconds_sum", "pause"] == 0.25
    assert found["appliance_phase_seconds_sum", "reading"] == 0.05
    assert found["appliance_phase_seconds_count", "fading"] == 1
    assert found["appliance_took_seconds_sum", "first_token"] == 0.1
    assert found["appliance_job_stood_seconds_total", "llm", "own"] == 0.1
    parts = [value for key, value in found.items() if key[0] == "appliance_phase_seconds_sum"]
    assert sum(parts) == 0.5 + 0.025


def test_nothing_that_was_said_is_in_it() -> None:
    tally = Tally()
    tally.turn(Turn(1, "a secret", "hush", "hush", Outcome.ANSWERED), Stamps())
    assert "secret" not in str(list(tally.metrics()))
    assert "hush" not in str(list(tally.metrics()))
