"""One story per decision of the machine, each named by the sentence it proves."""

from appliance.core.speech import Stage
from appliance.turns.commands import Action, Command
from appliance.turns.events import (
    AnnouncementMade,
    Backchannel,
    DeadlinePassed,
    Event,
    FloorTaken,
    LoudspeakerLost,
    MicrophoneLost,
    MutePressed,
    NothingSaid,
    NotUnderstood,
    PhraseEnded,
    ReplyEnded,
    ReplyShown,
    ReplyStarted,
    SpeechConfirmed,
    SpeechDropped,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    StageFailed,
    Stalled,
    StopPressed,
    TextTyped,
    Unclear,
    UnmutePressed,
    UtteranceEnded,
)
from appliance.turns.machine import State, Table
from tests.turns.talk import Talk

A = Action
STARTED, CONFIRMED, DROPPED = SpeechStarted(0), SpeechConfirmed(0), SpeechDropped()
PAUSED, RESUMED, ENDED = SpeechPaused(1), SpeechResumed(), UtteranceEnded(0, 1)
LATE, MUTE, UNMUTE = DeadlinePassed(), MutePressed(), UnmutePressed()
QUESTION = (STARTED, CONFIRMED, PAUSED, ENDED)


def thinking(table: Table) -> Talk:
    """A first question has been asked."""
    talk = Talk(table)
    talk.tell(*QUESTION)
    return talk


def speaking(table: Table) -> Talk:
    """The answer to it is being heard."""
    talk = thinking(table)
    talk.tell(ReplyStarted(1))
    return talk


def test_every_button_leaves_off_in_the_same_way(table: Table) -> None:
    for state in set(State) - {State.MUTED}:
        muted, leaving = table[state, MutePressed]
        assert muted is State.MUTED
        assert table[state, StopPressed] == (State.LISTENING, leaving), state
        assert table[state, TextTyped] == (State.THINKING, (*leaving, A.ANSWER_TYPED)), state


def test_the_box_says_something_of_its_own_accord_when_nobody_speaks(table: Table) -> None:
    talk = Talk(table)
    assert talk.does(AnnouncementMade("Lunch is ready.")) == [A.DISCARD, A.ANNOUNCE]
    assert talk.is_in(State.THINKING)


def test_a_door_is_not_a_question(table: Table) -> None:
    talk = Talk(table)
    assert talk.does(STARTED, DROPPED) == []
    assert talk.is_in(State.LISTENING)


def test_speech_is_followed_as_soon_as_it_is_certain_and_not_before(table: Table) -> None:
    talk = Talk(table)
    assert talk.does(STARTED) == []
    assert talk.does(CONFIRMED) == [A.FOLLOW]
    assert talk.is_in(State.HEARING)


def test_a_pause_within_a_sentence_is_waited_for(table: Table) -> None:
    talk = Talk(table)
    assert talk.does(STARTED, CONFIRMED, PAUSED) == [A.FOLLOW, A.DRAFT]
    assert talk.is_in(State.WAITING)
    assert talk.does(RESUMED) == [A.TEAR_UP]
    assert talk.is_in(State.HEARING)
    assert talk.does(PAUSED, ENDED) == [A.DRAFT, A.ANSWER]


def test_a_question_is_answered_when_it_has_ended(table: Table) -> None:
    talk = Talk(table)
    assert talk.tell(*QUESTION) == [Command(A.FOLLOW, 0), Command(A.DRAFT, 0), Command(A.ANSWER, 1)]
    assert talk.is_in(State.THINKING)


def test_somebody_who_never_pauses_is_answered_too(table: Table) -> None:
    talk = Talk(table)
    assert talk.does(STARTED, CONFIRMED, ENDED) == [A.FOLLOW, A.ANSWER]
    assert talk.is_in(State.THINKING)


def test_a_reply_heard_to_its_end_was_an_answer(table: Table) -> None:
    talk = thinking(table)
    assert talk.does(ReplyStarted(1)) == []
    assert talk.is_in(State.SPEAKING)
    assert talk.does(ReplyEnded(1)) == [A.CLOSE_ANSWERED]
    assert talk.is_in(State.LISTENING)


def test_a_cough_does_not_stop_the_answer(table: Table) -> None:
    talk = speaking(table)
    assert talk.does(STARTED) == [A.DUCK]
    assert talk.is_in(State.YIELDING)
    assert talk.does(DROPPED) == [A.UNDUCK]
    assert talk.is_in(State.SPEAKING)
    assert talk.does(ReplyEnded(1)) == [A.CLOSE_ANSWERED]


def test_an_interruption_silences_the_answer_and_becomes_the_next_question(table: Table) -> None:
    talk = speaking(table)
    assert talk.does(STARTED, CONFIRMED) == [A.DUCK, A.FOLLOW]
    assert talk.is_in(State.YIELDING)
    assert talk.does(FloorTaken()) == [A.HUSH, A.UNDUCK, A.CANCEL, A.CLOSE_CUT]
    assert talk.is_in(State.HEARING)
    assert talk.tell(PAUSED, ENDED) == [Command(A.DRAFT, 1), Command(A.ANSWER, 2)]


def test_a_single_word_that_interrupts_is_answered_as_soon_as_it_is_over(table: Table) -> None:
    talk = speaking(table)
    talk.tell(STARTED, CONFIRMED)
    assert talk.does(PAUSED) == [A.WEIGH]
    assert talk.is_in(State.WEIGHING)
    assert talk.does(FloorTaken()) == [A.HUSH, A.UNDUCK, A.CANCEL, A.CLOSE_CUT, A.DRAFT]
    assert talk.is_in(State.WAITING)
    assert talk.tell(ENDED) == [Command(A.ANSWER, 2)]


def test_an_uh_huh_does_not_stop_the_answer(table: Table) -> None:
    talk = speaking(table)
    talk.tell(STARTED, CONFIRMED, PAUSED)
    assert talk.does(Backchannel()) == [A.UNDUCK, A.DISCARD]
    assert talk.is_in(State.SPEAKING)
    assert talk.does(ReplyEnded(1)) == [A.CLOSE_ANSWERED]


def test_whoever_goes_on_after_an_uh_huh_is_listened_to(table: Table) -> None:
    talk = speaking(table)
    talk.tell(STARTED, CONFIRMED, PAUSED)
    assert talk.does(RESUMED) == []
    assert talk.is_in(State.YIELDING)
    assert talk.does(FloorTaken()) == [A.HUSH, A.UNDUCK, A.CANCEL, A.CLOSE_CUT]


def test_what_nobody_understood_over_the_answer_is_asked_about(table: Table) -> None:
    talk = speaking(table)
    talk.tell(STARTED, CONFIRMED, PAUSED)
    assert talk.does(Unclear()) == [A.HUSH, A.UNDUCK, A.CANCEL, A.DISCARD, A.ASK]
    assert talk.is_in(State.ASKING)
    assert talk.does(PhraseEnded(1)) == [A.CLOSE_CUT]
    assert talk.is_in(State.LISTENING)


def test_that_question_can_be_interrupted_and_never_hangs(table: Table) -> None:
    for event, actions, state in (
        (CONFIRMED, [A.HUSH, A.CLOSE_CUT, A.FOLLOW], State.HEARING),
        (LATE, [A.HUSH, A.CLOSE_CUT], State.LISTENING),
        (MUTE, [A.HUSH, A.CLOSE_CUT, A.DISCARD], State.MUTED),
    ):
        talk = speaking(table)
        talk.tell(STARTED, CONFIRMED, PAUSED, Unclear(), STARTED)
        assert talk.does(event) == actions
        assert talk.is_in(state)


def test_words_that_come_too_late_to_be_judged_are_an_interruption(table: Table) -> None:
    for heard in ((STARTED, CONFIRMED), (STARTED, CONFIRMED, PAUSED)):
        talk = speaking(table)
        talk.tell(*heard)
        assert talk.does(ENDED) == [A.HUSH, A.UNDUCK, A.CANCEL, A.CLOSE_CUT, A.ANSWER]
        assert talk.is_in(State.THINKING)


def test_speech_that_began_before_the_reply_interrupts_it_as_well(table: Table) -> None:
    talk = thinking(table)
    assert talk.does(STARTED, ReplyStarted(1)) == []
    assert talk.does(CONFIRMED) == [A.HUSH, A.CANCEL, A.CLOSE_CUT, A.FOLLOW]
    assert talk.is_in(State.HEARING)


def test_a_cough_does_not_stop_the_thinking(table: Table) -> None:
    talk = thinking(table)
    assert talk.does(STARTED, DROPPED) == []
    assert talk.is_in(State.THINKING)


def test_whoever_goes_on_before_the_answer_has_the_floor_again(table: Table) -> None:
    talk = thinking(table)
    assert talk.does(STARTED, CONFIRMED) == [A.HUSH, A.CANCEL, A.CLOSE_CUT, A.FOLLOW]
    assert talk.is_in(State.HEARING)
    assert talk.tell(PAUSED, ENDED) == [Command(A.DRAFT, 1), Command(A.ANSWER, 2)]


def test_noise_without_words_is_passed_over_in_silence(table: Table) -> None:
    talk = thinking(table)
    assert talk.does(NothingSaid(1)) == [A.CLOSE_CUT]
    assert talk.is_in(State.LISTENING)


def test_speech_that_began_during_such_noise_is_heard(table: Table) -> None:
    talk = thinking(table)
    talk.tell(STARTED, NothingSaid(1))
    assert talk.does(CONFIRMED) == [A.FOLLOW]
    assert talk.is_in(State.HEARING)


def test_words_that_cannot_be_trusted_are_asked_for_again_and_nothing_is_blamed(table: Table) -> None:
    talk = thinking(table)
    assert talk.tell(NotUnderstood(1)) == [Command(A.APOLOGISE, 1)]
    assert talk.is_in(State.APOLOGISING)
    assert talk.does(PhraseEnded(1)) == [A.CLOSE_FAILED]
    assert talk.is_in(State.LISTENING)


def test_a_stage_that_breaks_is_apologised_for_by_name(table: Table) -> None:
    talk = thinking(table)
    apology = Command(A.APOLOGISE, 1, Stage.STT, failures=1)
    assert talk.tell(StageFailed(1, Stage.STT)) == [Command(A.CANCEL, 1, Stage.STT), apology]
    assert talk.does(PhraseEnded(1)) == [A.CLOSE_FAILED]


def test_what_was_queued_before_the_break_is_heard_and_then_the_apology(table: Table) -> None:
    talk = speaking(table)
    assert talk.does(StageFailed(1, Stage.LLM)) == [A.CANCEL, A.APOLOGISE]
    assert talk.is_in(State.APOLOGISING)
    assert talk.does(ReplyEnded(1)) == []
    assert talk.does(PhraseEnded(1)) == [A.CLOSE_FAILED]


def test_an_apology_is_not_ducked(table: Table) -> None:
    talk = speaking(table)
    talk.tell(STARTED)
    assert talk.does(StageFailed(1, Stage.TTS)) == [A.UNDUCK, A.CANCEL, A.DISCARD, A.APOLOGISE]
    assert talk.is_in(State.APOLOGISING)
    assert talk.does(DROPPED, STARTED) == []
    talk = speaking(table)
    talk.tell(STARTED, CONFIRMED, PAUSED)
    assert talk.does(StageFailed(1, Stage.TTS)) == [A.UNDUCK, A.CANCEL, A.DISCARD, A.APOLOGISE]


def test_an_apology_can_be_interrupted(table: Table) -> None:
    talk = thinking(table)
    talk.tell(StageFailed(1, Stage.LLM), STARTED)
    assert talk.does(CONFIRMED) == [A.HUSH, A.CLOSE_FAILED, A.FOLLOW]
    assert talk.is_in(State.HEARING)


def test_an_apology_that_never_ends_is_given_up(table: Table) -> None:
    talk = thinking(table)
    talk.tell(NotUnderstood(1))
    assert talk.does(LATE) == [A.HUSH, A.CLOSE_FAILED]
    assert talk.is_in(State.LISTENING)


def test_an_answer_that_takes_too_long_is_apologised_for_and_the_model_is_blamed(table: Table) -> None:
    talk = thinking(table)
    assert talk.tell(LATE) == [Command(A.CANCEL, 1), Command(A.APOLOGISE, 1, Stage.LLM, failures=1)]
    assert talk.is_in(State.APOLOGISING)


def test_whoever_waits_too_long_is_asked_for_patience_and_then_answered(table: Table) -> None:
    talk = thinking(table)
    assert talk.does(Stalled(1)) == [A.BRIDGE]
    assert talk.is_in(State.STALLING)
    assert talk.does(Stalled(1)) == [A.BRIDGE]
    assert talk.is_in(State.STALLING)
    assert talk.does(ReplyStarted(1)) == []
    assert talk.is_in(State.SPEAKING)
    assert talk.does(Stalled(1)) == [A.BRIDGE]
    assert talk.is_in(State.SPEAKING)


def test_an_answer_that_does_not_come_in_spite_of_patience_is_apologised_for(table: Table) -> None:
    for end in (NothingSaid(1), NotUnderstood(1)):
        talk = thinking(table)
        talk.tell(Stalled(1))
        assert talk.tell(end) == [Command(A.APOLOGISE, 1)], "nothing broke"
    for broken in (LATE, StageFailed(1, Stage.LLM)):
        talk = thinking(table)
        talk.tell(Stalled(1))
        assert talk.tell(broken)[-1:] == [Command(A.APOLOGISE, 1, Stage.LLM, failures=1)]
        assert talk.is_in(State.APOLOGISING)


def test_whoever_speaks_instead_of_being_patient_has_the_floor(table: Table) -> None:
    talk = thinking(table)
    talk.tell(Stalled(1), STARTED)
    assert talk.does(CONFIRMED) == [A.HUSH, A.CANCEL, A.CLOSE_CUT, A.FOLLOW]
    assert talk.is_in(State.HEARING)


def test_whoever_interrupts_an_answer_has_heard_one_and_failures_are_forgotten(table: Table) -> None:
    talk = thinking(table)
    talk.tell(StageFailed(1, Stage.LLM), PhraseEnded(1), *QUESTION, ReplyStarted(2), STARTED, CONFIRMED)
    talk.tell(FloorTaken(), PAUSED, ENDED)
    assert [command.failures for command in talk.tell(StageFailed(3, Stage.LLM))][-1:] == [1]


def test_whoever_goes_on_before_an_answer_has_heard_none_and_failures_stand(table: Table) -> None:
    talk = thinking(table)
    talk.tell(StageFailed(1, Stage.LLM), PhraseEnded(1), *QUESTION, STARTED, CONFIRMED, PAUSED, ENDED)
    assert [command.failures for command in talk.tell(StageFailed(3, Stage.LLM))][-1:] == [2]


def test_failures_are_counted_until_a_reply_is_heard_to_its_end(table: Table) -> None:
    talk = Talk(table)
    counts = []
    for turn, breaks in enumerate([True, True, False, True], start=1):
        talk.tell(*QUESTION)
        broken = talk.tell(StageFailed(turn, Stage.LLM), PhraseEnded(turn)) if breaks else []
        counts.append((broken or talk.tell(ReplyStarted(turn), ReplyEnded(turn)))[-1].failures)
    assert counts == [1, 2, 0, 1]


def test_a_loudspeaker_that_takes_no_more_sound_is_given_up(table: Table) -> None:
    talk = speaking(table)
    assert talk.tell(LATE)[-1:] == [Command(A.APOLOGISE, 1, Stage.PLAYBACK, failures=1)]
    talk = speaking(table)
    assert talk.does(LATE) == [A.HUSH, A.CANCEL, A.APOLOGISE]
    assert talk.is_in(State.APOLOGISING)


def test_a_reply_is_not_ducked_for_long_because_of_something_undecided(table: Table) -> None:
    for heard in ((STARTED,), (STARTED, CONFIRMED), (STARTED, CONFIRMED, PAUSED)):
        talk = speaking(table)
        talk.tell(*heard)
        assert talk.does(LATE) == [A.UNDUCK, A.DISCARD]
        assert talk.is_in(State.SPEAKING)


def test_a_reply_that_ends_beneath_somebodys_first_sound_was_heard_whole(table: Table) -> None:
    talk = speaking(table)
    talk.tell(STARTED)
    assert talk.does(ReplyEnded(1)) == [A.UNDUCK, A.CLOSE_ANSWERED]
    assert talk.is_in(State.HEARING)
    assert talk.does(CONFIRMED, PAUSED, ENDED) == [A.FOLLOW, A.DRAFT, A.ANSWER]
    talk = speaking(table)
    talk.tell(STARTED, CONFIRMED, PAUSED)
    assert talk.does(ReplyEnded(1)) == [A.UNDUCK, A.CLOSE_ANSWERED, A.DRAFT]
    assert talk.is_in(State.WAITING)


def test_a_cough_at_the_end_of_a_reply_is_still_a_cough(table: Table) -> None:
    talk = speaking(table)
    talk.tell(STARTED, ReplyEnded(1))
    assert talk.does(DROPPED) == []
    assert talk.is_in(State.LISTENING)


def test_speech_whose_sound_is_lost_is_thrown_away(table: Table) -> None:
    heard: tuple[Event, ...]
    for heard in ((STARTED, CONFIRMED), (STARTED, CONFIRMED, PAUSED)):
        talk = Talk(table)
        talk.tell(*heard)
        assert talk.does(LATE) == [A.DISCARD]
        assert talk.is_in(State.LISTENING)


def test_a_conversation_that_nobody_continues_is_forgotten(table: Table) -> None:
    talk = speaking(table)
    talk.tell(ReplyEnded(1))
    assert talk.does(LATE) == [A.FORGET]
    assert talk.is_in(State.LISTENING)


def test_a_conversation_is_not_forgotten_while_somebody_begins_to_speak(table: Table) -> None:
    talk = Talk(table)
    talk.tell(STARTED)
    assert talk.is_in(State.HEARING)
    assert talk.does(LATE) == [A.DISCARD]


def test_mute_throws_away_what_is_being_heard(table: Table) -> None:
    heard: tuple[Event, ...]
    for heard in ((), (STARTED,), (STARTED, CONFIRMED), (STARTED, CONFIRMED, PAUSED)):
        talk = Talk(table)
        talk.tell(*heard)
        assert talk.does(MUTE) == [A.DISCARD]
        assert talk.is_in(State.MUTED)


def test_mute_stops_the_answer(table: Table) -> None:
    assert thinking(table).does(MUTE) == [A.HUSH, A.CANCEL, A.CLOSE_CUT, A.DISCARD]
    talk = speaking(table)
    assert talk.does(MUTE) == [A.HUSH, A.CANCEL, A.CLOSE_CUT, A.DISCARD]
    assert talk.does(ReplyEnded(1), StageFailed(1, Stage.LLM)) == []


def test_mute_stops_a_ducked_answer_and_leaves_the_gain_as_it_should_be(table: Table) -> None:
    for heard in ((STARTED,), (STARTED, CONFIRMED, PAUSED)):
        talk = speaking(table)
        talk.tell(*heard)
        assert talk.does(MUTE) == [A.HUSH, A.UNDUCK, A.CANCEL, A.CLOSE_CUT, A.DISCARD]


def test_mute_stops_an_apology(table: Table) -> None:
    talk = thinking(table)
    talk.tell(StageFailed(1, Stage.LLM))
    assert talk.does(MUTE) == [A.HUSH, A.CLOSE_FAILED, A.DISCARD]


def test_unmuted_the_conversation_goes_on(table: Table) -> None:
    talk = thinking(table)
    assert talk.does(MUTE, LATE, *QUESTION, UNMUTE)[-1] is A.DISCARD
    assert talk.is_in(State.LISTENING)
    assert talk.tell(*QUESTION) == [Command(A.FOLLOW, 1), Command(A.DRAFT, 1), Command(A.ANSWER, 2)]


def test_nothing_that_an_abandoned_turn_still_does_is_noticed(table: Table) -> None:
    talk = speaking(table)
    talk.tell(STARTED, CONFIRMED, FloorTaken(), PAUSED, ENDED)
    assert talk.is_in(State.THINKING)
    assert talk.does(ReplyStarted(1), ReplyEnded(1), NothingSaid(1), StageFailed(1, Stage.TTS)) == []
    assert talk.is_in(State.THINKING)


def test_half_an_utterance_is_not_answered_when_the_microphone_is_pulled(table: Table) -> None:
    talk = Talk(table)
    assert talk.does(STARTED, CONFIRMED, MicrophoneLost()) == [A.FOLLOW, A.DISCARD]
    assert talk.is_in(State.LISTENING)


def test_what_was_said_before_the_microphone_was_pulled_is_answered(table: Table) -> None:
    talk = Talk(table)
    talk.tell(STARTED, CONFIRMED, PAUSED)
    assert talk.does(MicrophoneLost(), ENDED) == [A.ANSWER]
    assert talk.is_in(State.THINKING)
    assert talk.does(MicrophoneLost(), ReplyStarted(1)) == []
    assert talk.is_in(State.SPEAKING)


def test_without_a_loudspeaker_the_reply_is_shown(table: Table) -> None:
    talk = thinking(table)
    assert talk.does(LoudspeakerLost(), ReplyShown(1)) == [A.HUSH, A.CLOSE_SHOWN]
    assert talk.is_in(State.LISTENING)
    talk = thinking(table)
    assert talk.does(Stalled(1), ReplyShown(1)) == [A.BRIDGE, A.HUSH, A.CLOSE_SHOWN]
    assert talk.is_in(State.LISTENING)


def test_a_reply_whose_loudspeaker_is_pulled_is_over(table: Table) -> None:
    talk = speaking(table)
    assert talk.does(LoudspeakerLost()) == [A.HUSH, A.CANCEL, A.CLOSE_CUT]
    assert talk.is_in(State.LISTENING)


def test_whoever_speaks_while_the_loudspeaker_is_pulled_has_the_floor(table: Table) -> None:
    talk = speaking(table)
    assert talk.does(STARTED, LoudspeakerLost()) == [A.DUCK, A.HUSH, A.UNDUCK, A.CANCEL, A.CLOSE_CUT]
    assert talk.is_in(State.HEARING)
    talk = speaking(table)
    talk.tell(STARTED, CONFIRMED, PAUSED)
    assert talk.does(LoudspeakerLost()) == [A.HUSH, A.UNDUCK, A.CANCEL, A.CLOSE_CUT, A.DRAFT]
    assert talk.is_in(State.WAITING)


def test_a_phrase_whose_loudspeaker_is_pulled_is_over(table: Table) -> None:
    talk = thinking(table)
    talk.tell(StageFailed(1, Stage.LLM))
    assert talk.does(LoudspeakerLost()) == [A.HUSH, A.CLOSE_FAILED]
    assert talk.is_in(State.LISTENING)
    talk = speaking(table)
    talk.tell(STARTED, CONFIRMED, PAUSED, Unclear())
    assert talk.does(LoudspeakerLost()) == [A.HUSH, A.CLOSE_CUT]
    assert talk.is_in(State.LISTENING)
