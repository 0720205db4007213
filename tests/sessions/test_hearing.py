"""One utterance while it is heard: what the recogniser is told, and when it may forget."""

from collections import Counter

import numpy as np

from appliance.converse import Say
from appliance.core.speech import Outcome
from tests.fakes import Script, silence, voice
from tests.room import Room

HALTING = np.concatenate([voice(1.0), silence(0.35), voice(1.0), silence(0.35), voice(1.0)])


def asked(room: Room) -> Counter[str]:
    """What the recogniser was asked, how often."""
    return Counter(job.method for job in room.inference.jobs if job.stage == "stt")


def test_the_words_of_the_pause_are_the_words_of_the_turn() -> None:
    room = Room()
    room.hold(Say(voice(1.0)))
    assert (asked(room)["peek"], asked(room)["finish"], asked(room)["discard"]) == (1, 0, 1)


def test_each_pause_is_a_draft_and_the_last_one_is_the_answer() -> None:
    room = Room(Script(replies=["One.", "Two.", "Three."]))
    room.hold(Say(HALTING))
    assert asked(room)["peek"] == 3
    assert [(turn.number, turn.heard) for turn in room.turns] == [(1, "Three.")]
    assert not room.inference.running


def test_somebody_who_never_pauses_is_understood_all_the_same() -> None:
    room = Room(Script(transcripts=["on and on", "and on"]))
    room.hold(Say(voice(26.0)))
    assert room.turns[0].transcript == "on and on"
    assert asked(room)["finish"] >= 1


def test_a_recogniser_that_breaks_in_a_pause_is_told_once_and_the_next_turn_works() -> None:
    room = Room(Script(fails=lambda job: job.method == "peek" and job.turn == 1))
    room.hold(Say(HALTING), Say(voice(1.0)))
    assert [turn.outcome for turn in room.turns] == [Outcome.FAILED, Outcome.ANSWERED]
    assert len(room.witness.failures) == 1
