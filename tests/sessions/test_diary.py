"""What is kept of turns that live, and what whole conversations say in the end."""

import numpy as np

from appliance.converse import Say
from appliance.core.cause import Why
from appliance.core.errors import Failure
from appliance.core.speech import Stage
from appliance.inference.story import JobStory
from appliance.sessions.diary import MOST_TURNS, Diary
from tests.fakes import Script, silence, voice
from tests.room import Room


def job(turn: int, session: str = "room") -> JobStory:
    return JobStory(Stage.LLM, "generate", session, turn, asked=0.0)


def test_jobs_of_turns_that_never_end_are_forgotten() -> None:
    diary = Diary()
    for turn in range(MOST_TURNS * 3):
        diary.note(job(turn))
        diary.note(job(turn))
    assert len(diary._jobs) == MOST_TURNS
    assert len(diary.pages("room", MOST_TURNS * 3 - 1)) == 2
    assert diary.pages("room", MOST_TURNS * 3 - 1) == ()
    assert len(diary._jobs) == MOST_TURNS - 1


def causes(script: Script, *says: Say) -> list[Why | None]:
    room = Room(script)
    room.hold(*says)
    return [turn.cause.why if turn.cause else None for turn in room.turns]


def test_a_conversation_without_trouble() -> None:
    assert causes(Script(), Say(voice(1.0)), Say(voice(1.0))) == [Why.USUAL, Why.USUAL]


def test_a_recogniser_that_is_slow() -> None:
    assert causes(Script(finish_s=3.0), Say(voice(1.0))) == [Why.HEARING]


def test_a_model_that_is_slow() -> None:
    assert causes(Script(prefill_s=3.0), Say(voice(1.0))) == [Why.READING]


def test_a_voice_that_is_slow() -> None:
    assert causes(Script(voice_s=3.0), Say(voice(1.0))) == [Why.VOICE]


def test_somebody_who_goes_on() -> None:
    said = np.concatenate([voice(1.0), silence(0.35), voice(1.0)])
    assert causes(Script(finish_s=3.0), Say(said)) == [Why.REOPENED]


def test_a_stage_that_breaks() -> None:
    room = Room(Script(fails=lambda job: job.stage is Stage.TTS))
    room.hold(Say(voice(1.0)))
    cause = room.turns[0].cause
    assert cause
    assert (cause.why, cause.stage, cause.failure) == (Why.FAILED, Stage.TTS, Failure.BROKEN)


def test_a_model_that_never_answers() -> None:
    room = Room(Script(prefill_s=1000))
    room.hold(Say(voice(1.0)))
    cause = room.turns[0].cause
    assert cause
    assert (cause.why, cause.stage) == (Why.TOO_LONG, Stage.LLM)
    assert cause.ms > 1000


def test_speech_that_nobody_understood() -> None:
    assert causes(Script(transcripts=[""]), Say(voice(2.0))) == [Why.NOT_UNDERSTOOD]
    assert causes(Script(transcripts=[""]), Say(voice(0.2))) == [Why.NO_WORDS]
