from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from appliance.sessions.phases import Phase, Span, Yielding, spans, yielding
from appliance.sessions.trace import Stamps

STAMPS = Stamps(
    speech_started=0,
    speech_ended=1000,
    arrived=1030,
    endpoint=1400,
    transcript=1500,
    first_token=1700,
    first_clause=1900,
    first_sound=2050,
    first_audio=2100,
    reply_ended=4000,
)


def lengths(stamps: Stamps) -> dict[Phase, float]:
    return {phase: span.ms for phase, span in spans(stamps).items()}


def test_the_phases_follow_each_other_and_are_all_of_the_wait() -> None:
    found = lengths(STAMPS)
    assert found == {
        Phase.ARRIVING: 30,
        Phase.PAUSE: 370,
        Phase.HEARING: 100,
        Phase.READING: 200,
        Phase.WRITING: 200,
        Phase.VOICE: 150,
        Phase.PLAYING: 50,
    }
    assert sum(found.values()) == STAMPS.since("first_audio", "speech_ended")


def test_what_was_prepared_in_the_pause_took_no_time() -> None:
    found = lengths(replace(STAMPS, endpoint=2600, first_audio=2620))
    assert found[Phase.PAUSE] == 1570
    assert found[Phase.PLAYING] == 20
    assert sum(found.values()) == 1620


def test_without_a_voice_the_wait_is_the_loudspeakers() -> None:
    assert lengths(replace(STAMPS, first_sound=None))[Phase.PLAYING] == 200


def test_a_turn_of_which_nothing_was_heard_has_none() -> None:
    assert spans(replace(STAMPS, first_audio=None)) == {}


def test_an_interruption_is_noticed_judged_and_faded_out() -> None:
    stamps = Stamps(barge_in=5000, ducked=5060, hushed=5300, silent=5325)
    found = {phase: span.ms for phase, span in yielding(stamps).items()}
    assert found == {Yielding.NOTICING: 60, Yielding.JUDGING: 240, Yielding.FADING: 25}


def test_a_reply_that_waited_at_the_end_of_its_word_was_silent_before_the_verdict() -> None:
    stamps = Stamps(barge_in=5000, ducked=5060, hushed=5300, silent=5200)
    assert [span.ms for span in yielding(stamps).values()] == [60, 140, 0]


def test_a_button_is_noticed_at_once() -> None:
    assert [span.ms for span in yielding(Stamps(hushed=5300, silent=5325)).values()] == [0, 0, 25]


def test_without_sound_there_is_nothing_to_silence() -> None:
    assert yielding(Stamps(barge_in=5000, hushed=5300)) == {}


MOMENTS = st.none() | st.integers(0, 2**40).map(lambda sample: sample / 16)


@given(st.lists(MOMENTS, min_size=20, max_size=20))
def test_whatever_the_stamps_the_phases_are_all_of_the_wait_to_the_sample(
    moments: list[float | None],
) -> None:
    stamps = Stamps(*moments)
    if found := spans(stamps):
        wait = stamps.since("first_audio", "speech_ended") or 0.0
        assert sum(span.ms for span in found.values()) == max(wait, 0.0)
        assert all(span.ms >= 0 for span in found.values())
    if silence := yielding(stamps):
        ends = silence[Yielding.NOTICING].start, silence[Yielding.FADING].end
        assert sum(span.ms for span in silence.values()) == ends[1] - ends[0]
        assert all(span.ms >= 0 for span in silence.values())


def test_how_two_stretches_overlap() -> None:
    span = Span(100, 200)
    assert span.overlap_ms(0, 1000) == 100
    assert span.overlap_ms(150, 180) == 30
    assert span.overlap_ms(150, 1000) == 50
    assert span.overlap_ms(300, 400) == 0
