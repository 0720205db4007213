"""Turns as people take them: drafts in pauses, sounds over the reply, one story per decision."""

from dataclasses import replace

import numpy as np

from appliance.converse import Say
from appliance.core.audio import Samples
from appliance.core.speech import Message, Outcome, Role
from appliance.pipeline.reply import ReplySettings
from appliance.turns.machine import State
from tests.fakes import Script, silence, voice
from tests.room import Room, levels

LONG = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen."


def sounded(speaker: Samples) -> int:
    """Samples of sound."""
    return int(np.count_nonzero(speaker))


def first_audio(room: Room) -> float:
    """ms from the end of the speech to the answer, in the first turn."""
    delay = room.stamps[0].since("first_audio", "speech_ended")
    assert delay is not None
    return delay


def test_an_answer_that_was_prepared_in_the_pause_is_heard_when_the_turn_ends() -> None:
    script = Script(finish_s=0.02, prefill_s=0.1, token_s=0.02, voice_s=0.02)
    prepared, waited = Room(script), Room(script, reply=ReplySettings(speculate=False))
    prepared.hold(Say(voice(1.0)))
    waited.hold(Say(voice(1.0)))
    assert first_audio(prepared) <= 416 + 20
    assert first_audio(waited) >= 416 + 140
    without = [[replace(turn, cause=None) for turn in room.turns] for room in (prepared, waited)]
    assert without[0] == without[1]  # but for how long somebody waited


def test_nothing_of_a_prepared_answer_is_heard_or_remembered_when_they_go_on() -> None:
    room = Room(Script(transcripts=["i would like a coffee with milk"], replies=["Sure!", "With milk."]))
    speaker = room.hold(Say(np.concatenate([voice(1.0), silence(0.35), voice(1.0)])))
    (turn,) = room.turns
    assert (turn.number, turn.outcome) == (1, Outcome.ANSWERED)
    assert len(room.inference.prompts) == 2, "the first one was speculation"
    assert [message.role for message in room.dialogue.prompt()] == [Role.SYSTEM, Role.USER, Role.ASSISTANT]
    heard_before = levels(speaker)[: round((room.stamps[0].endpoint or 0) / 10)]
    assert set(heard_before) == {0}
    assert not room.inference.running


def test_a_failure_in_a_draft_is_only_told_when_the_turn_is_theirs() -> None:
    broken = Script(fails=lambda job: job.method == "generate")
    room = Room(broken)
    room.hold(Say(np.concatenate([voice(1.0), silence(0.35), voice(1.0)])))
    assert [turn.outcome for turn in room.turns] == [Outcome.FAILED]
    assert len(room.witness.failures) == 1


def test_a_busy_machine_speculates_on_nothing() -> None:
    room = Room(Script(prefill_s=0.1), relaxed=False)
    room.hold(Say(np.concatenate([voice(1.0), silence(0.35), voice(1.0)])))
    assert len(room.inference.prompts) == 1


def test_an_uh_huh_does_not_stop_the_answer_and_no_word_is_lost() -> None:
    script = Script(transcripts=["count for me", "uh-huh"], replies=[LONG])
    alone, accompanied = Room(script), Room(script)
    expected = sounded(alone.hold(Say(voice(1.0), at=0.5)))
    speaker = accompanied.hold(Say(voice(1.0), at=0.5), Say(voice(0.3), at=4.0))
    (turn,) = accompanied.turns
    assert turn.outcome is Outcome.ANSWERED
    assert turn.heard == LONG
    assert State.WEIGHING in accompanied.states
    assert abs(sounded(speaker) - expected) < 48 * 20, "fades apart, all of it was heard, once"
    assert accompanied.dialogue.prompt()[-1] == Message(Role.ASSISTANT, LONG)


def test_the_reply_waits_at_the_end_of_its_word_while_somebody_speaks_over_it() -> None:
    room = Room(Script(transcripts=["count for me", "uh-huh"], replies=[LONG]))
    heard = levels(10 * room.hold(Say(voice(1.0), at=0.5), Say(voice(0.3), at=4.0)))
    assert heard[400] == 10
    assert heard[407] == 1, "20 dB lower, within 20 ms of the first evidence"
    assert 0 in heard[410:440], "then silence at the end of the word"
    assert heard[470] == 10, "and on it goes"


def test_stop_always_stops() -> None:
    for word in ("stop", "wait", "no", "what about tea"):
        room = Room(Script(transcripts=["count for me", word], replies=[LONG, "Sure."]))
        room.hold(Say(voice(1.0), at=0.5), Say(voice(0.3), at=4.0))
        first, second = room.turns
        assert first.outcome is Outcome.INTERRUPTED, word
        assert (second.transcript, second.outcome) == (word, Outcome.ANSWERED)


def test_whoever_speaks_for_long_takes_the_floor_before_the_words_are_known() -> None:
    room = Room(Script(transcripts=["count for me", "uh-huh"], replies=[LONG, "Sure."], finish_s=1.0))
    speaker = room.hold(Say(voice(1.0), at=0.5), Say(voice(1.5), at=5.0))
    assert room.turns[0].outcome is Outcome.INTERRUPTED
    assert 1 not in levels(speaker)[570:]


def test_a_voice_that_nobody_understood_is_asked() -> None:
    room = Room(Script(transcripts=["count for me", ""], replies=[LONG]))
    speaker = room.hold(Say(voice(1.0), at=0.5), Say(voice(0.3), at=4.0))
    assert [turn.outcome for turn in room.turns] == [Outcome.INTERRUPTED]
    assert State.ASKING in room.states
    assert 50 in levels(speaker), "a recorded question"


def test_okay_answers_a_question_of_the_box() -> None:
    room = Room(
        Script(transcripts=["coffee", "okay"], replies=["Would you like some milk with that?", "Done."])
    )
    room.hold(Say(voice(1.0), at=0.5), Say(voice(0.3), at=3.4))
    assert [turn.transcript for turn in room.turns] == ["coffee", "okay"]


def test_whoever_goes_on_right_after_the_answer_began_takes_the_floor_again() -> None:
    room = Room(Script(transcripts=["i want a coffee", "uh-huh"], replies=[LONG, "With milk."]))
    room.hold(Say(voice(1.0), at=0.5), Say(voice(0.3), at=2.2))
    assert room.turns[0].outcome in {Outcome.INTERRUPTED, Outcome.UNHEARD}
    assert room.turns[1].outcome is Outcome.ANSWERED
