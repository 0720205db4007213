"""What a conversation leaves in the log: how it went, and no word of it."""

import logging

import numpy as np
import pytest

from appliance.converse import Say, converse
from appliance.core.speech import Stage
from appliance.sessions.chronicle import Chronicle
from appliance.turns.commands import Action, Command
from appliance.turns.events import TextTyped
from appliance.web.audience import Audience
from tests.fakes import Script, silence, voice
from tests.room import Room
from tests.virtual_time import run

SAID, ANSWERED = "the chrysanthemum speaks", "Hippopotamus indeed."


def told(caplog: pytest.LogCaptureFixture, event: str) -> list[dict[str, object]]:
    return [vars(record)["fields"] for record in caplog.records if vars(record).get("event") == event]


def hold(caplog: pytest.LogCaptureFixture, script: Script, *says: Say) -> None:
    room = Room(script)
    chronicle = Chronicle("browser Zx81pq")
    with caplog.at_level(logging.DEBUG):
        run(converse(lambda port, report: room.open(port, Audience(report, chronicle)), says, room.report))
    text = caplog.text.casefold()
    for word in (*SAID.split()[1:], "hippopotamus", "Zx81pq"):
        assert word.casefold() not in text


def test_a_turn_is_told_by_its_stamps_and_its_cause(caplog: pytest.LogCaptureFixture) -> None:
    hold(caplog, Script(transcripts=[SAID], replies=[ANSWERED], finish_s=3.0), Say(voice(1.0)))
    (turn,) = told(caplog, "turn.over")
    assert (turn["turn"], turn["outcome"], turn["why"], turn["stage"]) == (1, "answered", "hearing", "stt")
    assert "first_audio_ms" in turn
    assert [state["state"] for state in told(caplog, "state")][:3] == ["hearing", "waiting", "thinking"]
    assert "answer" in {command["commands"] for command in told(caplog, "decided")}
    assert told(caplog, "turn.understood")[0]["words"] == 3


def test_a_turn_that_failed_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    hold(caplog, Script(transcripts=[SAID], fails=lambda job: job.stage is Stage.TTS), Say(voice(1.0)))
    (turn,) = told(caplog, "turn.failed")
    assert (turn["why"], turn["stage"], turn["failure"]) == ("failed", "tts", "broken")
    assert told(caplog, "stage.failed")[0]["failure"] == "broken"


def test_a_microphone_with_faults(caplog: pytest.LogCaptureFixture) -> None:
    hold(caplog, Script(), Say(np.concatenate([silence(8.0), voice(1.0)])))
    assert told(caplog, "sound.faults")[0]["faults"] == "silent"


def test_of_typed_words_only_that_there_were_some(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        Chronicle("local").decided(TextTyped(SAID), [Command(Action.ANSWER_TYPED, 2, text=SAID)])
    (decided,) = told(caplog, "decided")
    assert decided == {"session": "local", "turn": 2, "after": "TextTyped", "commands": "answer_typed"}
