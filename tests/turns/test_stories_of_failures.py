"""Stories of noise, failures, apologies and patience."""

from appliance.core.speech import Stage
from appliance.turns.commands import Command
from appliance.turns.events import (
    Event,
    FloorTaken,
    NothingSaid,
    NotUnderstood,
    PhraseEnded,
    ReplyEnded,
    ReplyStarted,
    StageFailed,
    Stalled,
)
from appliance.turns.machine import State, Table
from tests.turns.talk import (
    CONFIRMED,
    DROPPED,
    ENDED,
    LATE,
    PAUSED,
    QUESTION,
    STARTED,
    A,
    Talk,
    speaking,
    thinking,
)


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
