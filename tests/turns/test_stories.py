"""One story per decision of the machine, each named by the sentence it proves: listening, answering, interruptions."""

from appliance.turns.commands import Command
from appliance.turns.events import (
    AnnouncementMade,
    Backchannel,
    FloorTaken,
    MutePressed,
    PhraseEnded,
    ReplyEnded,
    ReplyStarted,
    StopPressed,
    TextTyped,
    Unclear,
)
from appliance.turns.machine import State, Table
from tests.turns.talk import (
    CONFIRMED,
    DROPPED,
    ENDED,
    LATE,
    MUTE,
    PAUSED,
    QUESTION,
    RESUMED,
    STARTED,
    A,
    Talk,
    speaking,
    thinking,
)


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
