"""Stories of mute, and of microphones and loudspeakers that are pulled."""

from appliance.core.speech import Stage
from appliance.turns.commands import Command
from appliance.turns.events import (
    Event,
    FloorTaken,
    LoudspeakerLost,
    MicrophoneLost,
    NothingSaid,
    ReplyEnded,
    ReplyShown,
    ReplyStarted,
    StageFailed,
    Stalled,
    Unclear,
)
from appliance.turns.machine import State, Table
from tests.turns.talk import (
    CONFIRMED,
    ENDED,
    LATE,
    MUTE,
    PAUSED,
    QUESTION,
    STARTED,
    UNMUTE,
    A,
    Talk,
    speaking,
    thinking,
)


def test_a_loudspeaker_that_takes_no_more_sound_is_given_up(table: Table) -> None:
    talk = speaking(table)
    assert talk.tell(LATE)[-1:] == [Command(A.APOLOGISE, 1, Stage.PLAYBACK, failures=1)]
    talk = speaking(table)
    assert talk.does(LATE) == [A.HUSH, A.CANCEL, A.APOLOGISE]
    assert talk.is_in(State.APOLOGISING)


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
