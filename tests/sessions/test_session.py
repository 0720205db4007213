"""Whole conversations on a virtual clock, one story per decision."""

import pytest

from appliance.converse import Say, converse
from appliance.core.speech import Message, Outcome, Role, Stage
from appliance.inference.job import Job
from appliance.pipeline.listen import ListenSettings
from appliance.pipeline.sound_check import SoundFault
from appliance.transports.wavfile import WavPort
from appliance.turns.machine import State
from tests.fakes import ANSWERED, Script, silence, voice
from tests.room import Room, levels
from tests.virtual_time import run


def test_a_question_is_answered() -> None:
    room = Room(Script(transcripts=["what time is it"], replies=["It's noon."]))
    speaker = room.hold(Say(voice(1.0)))
    (turn,) = room.turns
    assert (turn.transcript, turn.said, turn.heard) == ("what time is it", "It's noon.", "It's noon.")
    assert turn.outcome is Outcome.ANSWERED
    assert room.inference.prompts == [
        [Message(Role.SYSTEM, "Be brief."), Message(Role.USER, "what time is it")]
    ]
    assert set(levels(speaker)) == {0, 1}


def test_the_stamps_are_in_order_and_complete() -> None:
    room = Room(Script(finish_s=0.1, prefill_s=0.2, token_s=0.02, voice_s=0.05))
    room.hold(Say(voice(1.0)))
    stamps = room.stamps[0].as_dict()
    assert all(stamps[name] is not None for name in ANSWERED)
    said = ("speech_started", "speech_ended", "endpoint", "first_audio", "reply_ended")
    prepared = ("speech_ended", "transcript", "first_token", "first_clause", "first_audio")
    for names in (said, prepared):
        assert [stamps[name] for name in names] == sorted(stamps[name] or 0.0 for name in names)


def test_engines_that_take_no_time_are_heard_in_the_next_periods() -> None:
    room = Room()
    room.hold(Say(voice(1.0)), Say(voice(0.5)), Say(voice(2.0)))
    delays = [stamps.since("first_audio", "endpoint") for stamps in room.stamps]
    assert all(delay is not None and delay <= 20 for delay in delays), delays


def test_the_endpoint_comes_before_half_a_second_of_silence() -> None:
    room = Room()
    room.hold(Say(voice(1.0)))
    delay = room.stamps[0].since("endpoint", "speech_ended")
    assert delay is not None
    assert 416 <= delay <= 436


def test_the_next_prompt_holds_what_was_said_and_heard() -> None:
    room = Room(Script(transcripts=["one", "two words"], replies=["First. Answer.", "Second."]))
    room.hold(Say(voice(1.0)), Say(voice(1.0)))
    assert [message.text for message in room.inference.prompts[1]] == [
        "Be brief.",
        "one",
        "First. Answer.",
        "two words",
    ]


def test_an_interruption_silences_the_reply_and_keeps_what_was_heard() -> None:
    long = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen."
    room = Room(Script(transcripts=["count for me", "stop it"], replies=[long, "Sure."]))
    speaker = room.hold(Say(voice(1.0), at=0.5), Say(voice(0.6), at=4.0))
    first, second = room.turns
    assert first.outcome is Outcome.INTERRUPTED
    assert first.said.startswith(first.heard)
    assert 0 < len(first.heard) < len(first.said)
    assert second.outcome is Outcome.ANSWERED
    assert room.inference.prompts[1][2] == Message(Role.ASSISTANT, first.heard)
    # 192 ms of speech confirm it; from 4.3 s on nothing of the first reply is heard.
    assert 1 not in levels(speaker)[430:]


def test_a_cough_ducks_the_answer_and_does_not_stop_it() -> None:
    room = Room(Script(replies=["one two three four five six seven eight nine ten eleven twelve."]))
    speaker = room.hold(Say(voice(1.0), at=0.5), Say(voice(0.09), at=4.0))
    (turn,) = room.turns
    assert turn.outcome is Outcome.ANSWERED
    assert State.YIELDING in room.states
    assert 0 in levels(speaker)[405:415]  # a level of 1/100 ducked by 20 dB rounds to nothing
    assert levels(speaker)[450] == 1


def test_speech_that_goes_on_before_the_answer_is_one_longer_question() -> None:
    room = Room(Script(transcripts=["i want a coffee", "with milk"], prefill_s=1.0))
    room.hold(Say(voice(1.0), at=0.5), Say(voice(0.5), at=2.2))
    first, second = room.turns
    assert (first.outcome, first.heard) == (Outcome.UNHEARD, "")
    assert second.outcome is Outcome.ANSWERED
    assert room.inference.prompts[-1][-1] == Message(Role.USER, "i want a coffee with milk")


def test_what_was_said_is_kept_even_when_speech_resumes_while_it_is_transcribed() -> None:
    room = Room(Script(transcripts=["i want a coffee", "with milk"], finish_s=1.0))
    room.hold(Say(voice(1.0), at=0.5), Say(voice(0.5), at=2.2))
    assert room.inference.prompts[-1][-1] == Message(Role.USER, "i want a coffee with milk")


def test_every_stage_that_breaks_is_heard_and_the_next_turn_works() -> None:
    for stage in (Stage.STT, Stage.LLM, Stage.TTS):
        room = Room(Script(fails=lambda job, stage=stage: job.stage is stage and job.turn == 1))  # type: ignore[misc]
        speaker = room.hold(Say(voice(1.0)), Say(voice(1.0)))
        first, second = room.turns
        assert first.outcome is Outcome.FAILED, stage
        assert second.outcome is Outcome.ANSWERED, stage
        assert room.witness.failures == [(1, stage)]
        assert 50 in levels(speaker)


def test_a_model_that_never_answers_is_apologised_for() -> None:
    room = Room(Script(prefill_s=1000))
    speaker = room.hold(Say(voice(1.0)))
    assert room.turns[0].outcome is Outcome.FAILED
    assert 50 in levels(speaker)
    assert not room.inference.running


def test_a_model_that_says_nothing_is_apologised_for() -> None:
    room = Room(Script(replies=["  ", "🙂", "***", "", "…", "Yes."]))
    room.hold(Say(voice(1.0)), Say(voice(1.0)))
    assert [turn.outcome for turn in room.turns] == [Outcome.FAILED, Outcome.ANSWERED]


def test_noise_without_words_is_passed_over_in_silence() -> None:
    room = Room(Script(transcripts=[""]))
    speaker = room.hold(Say(voice(0.2)))
    assert set(levels(speaker)) == {0}
    assert room.inference.prompts == []


def test_speech_that_nobody_could_understand_is_asked_for_again() -> None:
    room = Room(Script(transcripts=[""]))
    speaker = room.hold(Say(voice(2.0)))
    assert room.turns[0].outcome is Outcome.FAILED
    assert 50 in levels(speaker)


def test_without_barge_in_the_box_does_not_hear_while_it_speaks() -> None:
    room = Room(listening=ListenSettings(barge_in=False))
    room.hold(Say(voice(1.0), at=0.5), Say(voice(0.5), at=2.2))
    assert [turn.outcome for turn in room.turns] == [Outcome.ANSWERED]


def test_a_port_on_which_the_box_would_hear_itself_is_not_listened_to_until_its_echo_is_gone() -> None:
    class Echoing(WavPort):
        half_duplex = True

    room = Room(Script(replies=["Yes."]))
    # The reply is heard from 1.9 to 2.1 s; what begins right behind it could be its echo.
    says = [Say(voice(1.0), at=0.5), Say(voice(0.2), at=2.15), Say(voice(0.5), at=3.0)]
    run(converse(room.open, says, room.report, Echoing()))
    assert [turn.outcome for turn in room.turns] == [Outcome.ANSWERED, Outcome.ANSWERED]


def test_a_pause_within_a_sentence_is_waited_for() -> None:
    import numpy as np

    room = Room()
    room.hold(Say(np.concatenate([voice(1.0), silence(0.35), voice(1.0)])))
    assert len(room.turns) == 1
    assert State.WAITING in room.states


def test_a_conversation_that_nobody_continues_is_forgotten() -> None:
    room = Room(Script(transcripts=["my name is ada", "what is my name"]))
    room.hold(Say(voice(1.0), at=0.5), Say(voice(1.0), at=200.0))
    assert len(room.inference.prompts[-1]) == 2


def test_a_recogniser_that_was_replaced_in_mid_sentence_is_given_all_of_it() -> None:
    room = Room()

    def replaced(job: Job[object]) -> bool:
        if job.method == "peek":
            room.inference.lives[Stage.STT] = 1
        return False

    room.inference.script.fails = replaced
    room.hold(Say(voice(1.0)), Say(voice(1.0)))
    assert [turn.outcome for turn in room.turns] == [Outcome.ANSWERED, Outcome.ANSWERED]
    methods = [job.method for job in room.inference.jobs if job.stage is Stage.STT and job.turn == 1]
    again = methods[methods.index("peek") + 1 :]
    assert again[:2] == ["discard", "accept"]
    assert room.witness.failures == []


def test_whoever_waits_long_hears_why_and_then_the_answer() -> None:
    room = Room(Script(prefill_s=4.0))
    speaker = room.hold(Say(voice(1.0)))
    (turn,), (stamps,) = room.turns, room.stamps
    assert (turn.outcome, turn.heard) == (Outcome.ANSWERED, "Yes. I think so.")
    heard = levels(speaker)
    first = heard.index(50) / 100
    assert stamps.endpoint is not None
    assert 1.2 < first - stamps.endpoint / 1000 <= 1.5
    assert heard.index(1) > heard.index(50) + 49, "the phrase is heard whole, and then the answer"
    assert [state for state in room.states if state in {State.STALLING, State.SPEAKING}] == [
        State.STALLING,
        State.SPEAKING,
    ]


def test_whoever_hears_an_answer_that_stops_in_its_midst_hears_why_and_then_the_rest() -> None:
    room = Room(Script(replies=["One two three. Four five six."]))
    voices = iter([0.0, 4.0])

    def late(job: Job[object]) -> bool:
        if job.method == "synthesize":
            room.inference.script.voice_s = next(voices)
        return False

    room.inference.script.fails = late
    heard = levels(room.hold(Say(voice(1.0))))
    (turn,) = room.turns
    assert (turn.outcome, turn.heard) == (Outcome.ANSWERED, "One two three. Four five six.")
    first, phrase = heard.index(1), heard.index(50)
    last = len(heard) - heard[::-1].index(1)
    assert first < phrase < last
    silence_before = heard[:phrase][::-1].index(1)
    assert 120 < silence_before <= 150
    assert heard.count(1) * 10 >= len("One two three. Four five six.") * 48


def test_a_bug_costs_its_turn_and_not_the_conversation() -> None:
    room = Room(Script(transcripts=["my name is ada", "what is my name"], finish_s=1.0))

    def bug(job: Job[object]) -> bool:
        if job.method == "generate" and not room.turns:
            raise ZeroDivisionError
        return False

    room.inference.script.fails = bug
    speaker = room.hold(Say(voice(1.0), at=0.5), Say(voice(1.0), at=5.0))
    assert [turn.outcome for turn in room.turns] == [Outcome.FAILED, Outcome.ANSWERED]
    assert 50 in levels(speaker)
    assert room.witness.failures == [(1, Stage.CONVERSATION)]
    assert room.inference.prompts[-1][1].text == "my name is ada what is my name", "what was said stays said"
    assert [turn.number for turn in room.turns] == [1, 2]


def test_bugs_that_become_a_habit_end_the_conversation() -> None:
    room = Room()

    def bug(job: Job[object]) -> bool:
        raise ZeroDivisionError

    room.inference.script.fails = bug
    with pytest.raises(ZeroDivisionError):
        room.hold(Say(voice(1.0)))


def test_a_microphone_that_gives_nothing_is_told_about() -> None:
    room = Room()
    room.hold(Say(voice(1.0), at=8.0))
    assert room.witness.faults[0] == (SoundFault.SILENT,)
