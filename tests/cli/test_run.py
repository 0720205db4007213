"""What `run` tells the person at the terminal. That it runs is shown in test_main.py and test_main_job.py."""

import pytest

from appliance.audio.side import AudioStatus, Side
from appliance.cli.run import Terminal, describe_sound
from appliance.core.errors import EngineError
from appliance.core.speech import Outcome, Stage, Turn
from appliance.sessions.trace import Stamps

HEARD = Stamps(speech_ended=1000.0, first_audio=1650.4)


def told(capsys: pytest.CaptureFixture[str], turn: Turn, stamps: Stamps) -> list[str]:
    Terminal().turn(turn, stamps)
    return capsys.readouterr().out.splitlines()


def test_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    turn = Turn(1, "what time is it", "It's noon.", "It's noon.", Outcome.ANSWERED)
    assert told(capsys, turn, HEARD) == [
        "you  what time is it",
        "box  It's noon.  [first audio 650 ms after the last word]",
    ]


def test_an_interrupted_answer_is_shown_as_far_as_it_was_heard(capsys: pytest.CaptureFixture[str]) -> None:
    turn = Turn(1, "tell me [a] story", "Once upon a time.", "Once upon", Outcome.INTERRUPTED)
    assert told(capsys, turn, HEARD) == [
        "you  tell me [a] story",
        "box  Once upon — (interrupted)  [first audio 650 ms after the last word]",
    ]


def test_a_turn_of_which_nothing_was_heard(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, Turn(1, "", "", "", Outcome.FAILED), Stamps()) == ["you  (not understood)"]


def test_a_turn_that_could_only_be_shown(capsys: pytest.CaptureFixture[str]) -> None:
    shown = Turn(1, "what time is it", "Four.", "Four.", Outcome.SHOWN)
    assert told(capsys, shown, Stamps()) == ["you  what time is it", "box  Four. — (shown)"]


def test_what_the_box_says_of_its_own_accord(capsys: pytest.CaptureFixture[str]) -> None:
    announced = Turn(1, "", "Dinner is ready.", "Dinner is ready.", Outcome.ANSWERED)
    assert told(capsys, announced, Stamps()) == ["box  Dinner is ready."]


def test_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().failed(3, EngineError(Stage.LLM, "smollm2 died", remedy="wait"))
    assert capsys.readouterr().out == "!    turn 3: smollm2 died\n  → wait\n"


def test_sound_or_the_lack_of_it() -> None:
    here, gone = Side(True, "A"), Side(False, "None is there", gone=True)
    assert describe_sound(AudioStatus(here, here)) == "Speak when you like. Listening to A; playing to A"
    assert describe_sound(AudioStatus(here, gone)) == "Speak when you like; answers are shown. None is there"
    assert describe_sound(AudioStatus(gone, here)) == "Announcements are heard, people are not. None is there"
    assert describe_sound(AudioStatus(gone, gone)) == "Waiting for a sound device."
