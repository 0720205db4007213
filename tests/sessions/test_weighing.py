"""The judge is asked at the right moments, and heeded only while somebody waits for him."""

from appliance.converse import Say
from appliance.core.speech import Outcome
from appliance.turns.machine import State
from tests.fakes import Script, voice
from tests.room import Room

LONG = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen."


def interrupted(script: Script, *says: Say) -> Room:
    room = Room(script)
    room.hold(Say(voice(1.0), at=0.5), *says)
    return room


def test_words_that_come_late_are_waited_for_ducked() -> None:
    script = Script(transcripts=["count", "uh-huh"], replies=[LONG], finish_s=0.3)
    room = interrupted(script, Say(voice(0.3), at=5.0))
    assert [turn.outcome for turn in room.turns] == [Outcome.ANSWERED]


def test_words_that_come_too_late_are_an_interruption() -> None:
    script = Script(transcripts=["count", "uh-huh"], replies=[LONG, "Yes."], finish_s=0.9)
    room = interrupted(script, Say(voice(0.3), at=5.0))
    assert [turn.outcome for turn in room.turns] == [Outcome.INTERRUPTED, Outcome.ANSWERED]


def test_two_hums_are_two_hums() -> None:
    script = Script(transcripts=["count", "mm", "uh-huh"], replies=[LONG])
    room = interrupted(script, Say(voice(0.25), at=3.5), Say(voice(0.25), at=5.0))
    assert [turn.outcome for turn in room.turns] == [Outcome.ANSWERED]
    assert room.states.count(State.WEIGHING) == 2


def test_a_recogniser_that_breaks_gives_the_floor_and_says_why() -> None:
    script = Script(fails=lambda job: job.stage == "stt" and job.turn == 2, replies=[LONG])
    room = interrupted(script, Say(voice(0.3), at=4.0))
    assert [turn.outcome for turn in room.turns] == [Outcome.INTERRUPTED, Outcome.FAILED]


def test_an_interruption_of_an_answered_question_counts_as_one_turn() -> None:
    script = Script(transcripts=["count", "stop"], replies=[LONG, "Fine."])
    room = interrupted(script, Say(voice(0.3), at=4.0))
    assert [(turn.number, turn.transcript) for turn in room.turns] == [(1, "count"), (2, "stop")]
    assert room.turns[1].outcome is Outcome.ANSWERED
