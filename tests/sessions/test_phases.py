from appliance.core.speech import Stage
from appliance.inference.story import JobStory
from appliance.sessions.phases import Phase, Span, spans
from appliance.sessions.trace import Stamps

STAMPS = Stamps(0, 1000, 1400, 1500, 1700, 1900, 2100, 4000)


def lengths(stamps: Stamps, *jobs: JobStory, shift_s: float = 0.0) -> dict[Phase, float]:
    return {phase: span.ms for phase, span in spans(stamps, jobs, shift_s).items()}


def voice(first: float) -> JobStory:
    return JobStory(Stage.TTS, "synthesize", "local", 1, asked=1.9, first=first)


def test_the_phases_follow_each_other_and_are_all_of_the_wait() -> None:
    found = lengths(STAMPS, voice(2.05))
    assert found == {
        Phase.PAUSE: 400,
        Phase.HEARING: 100,
        Phase.READING: 200,
        Phase.WRITING: 200,
        Phase.VOICE: 150,
        Phase.PLAYING: 50,
    }
    assert sum(found.values()) == STAMPS.since("first_audio", "speech_ended")


def test_what_was_prepared_in_the_pause_took_no_time() -> None:
    prepared = Stamps(0, 1000, 2600, 1300, 1500, 1600, 2620, 4000)
    found = lengths(prepared, voice(1.7))
    assert found[Phase.PAUSE] == 1600
    assert found[Phase.PLAYING] == 20
    assert sum(found.values()) == 1620


def test_without_the_voices_job_the_wait_is_the_loudspeakers() -> None:
    assert lengths(STAMPS)[Phase.PLAYING] == 200


def test_a_turn_of_which_nothing_was_heard_has_none() -> None:
    assert spans(Stamps(0, 1000, 1400), (), 0.0) == {}


def test_how_two_stretches_overlap() -> None:
    span = Span(100, 200)
    assert span.overlap_ms(0, 1000) == 100
    assert span.overlap_ms(150, 180) == 30
    assert span.overlap_ms(150, 1000) == 50
    assert span.overlap_ms(300, 400) == 0
