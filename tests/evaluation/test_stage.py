"""Scenes played to a session with scripted engines: what is written down is what happened."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from appliance.core.audio import Samples
from appliance.sessions.observer import Observer
from appliance.sessions.session import Session
from appliance.transports.wavfile import WavPort
from scripts.evaluation.figures import findings
from scripts.evaluation.findings import Alone, Answered, Interrupted
from scripts.evaluation.processor import Work
from scripts.evaluation.scenario import Cue, Means, Scene, Until
from scripts.evaluation.sounds import Sound
from scripts.evaluation.stage import RATE, Performance, RoomPort, play
from tests.fakes import Script, silence, voice
from tests.room import Room
from tests.virtual_time import run

SOUNDS = {
    "question": Sound(np.concatenate([silence(0.2), voice(1.0), silence(0.2)]), ((0.2, 1.2),)),
    "bang": Sound(voice(0.05), ((0.0, 0.05),)),
    "speech": Sound(voice(1.5), ((0.0, 1.5),)),
    "halting": Sound(np.concatenate([voice(0.6), silence(0.25), voice(0.6)]), ((0.0, 0.6), (0.85, 1.45))),
}
REPLY = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen."


class Library:
    """Sounds that a loudness detector hears."""

    def sound(self, name: str) -> Sound:
        return SOUNDS[name]

    def background(self, name: str, seconds: float) -> Samples:
        return voice(seconds, float(name))


@dataclass
class Processor:
    """Whatever has a record."""

    record: list[Work] = field(default_factory=list)


class Company:
    """A room with scripted engines instead of an appliance."""

    def __init__(self) -> None:
        self.room = Room(Script(replies=[REPLY] * 9))

    def cast(self, scene: Scene) -> tuple["Company", Processor]:
        return self, Processor()

    def session(self, name: str, port: WavPort, observer: Observer) -> Session:
        return self.room.open(port, observer)


def performed(*cues: Cue, **scene: Any) -> Performance:
    return run(play(Scene("test", 0, cues, **scene), Company(), Library()))  # type: ignore[arg-type]  # fakes


ASK = Cue("question", Means.TURN, at=0.5)


def test_somebody_asks_and_is_answered() -> None:
    performance = performed(ASK)
    assert [played.begin for played in performance.played] == [pytest.approx(0.7)]
    assert performance.played[0].end == pytest.approx(1.7)
    assert len(performance.turns) == len(performance.replies) == 1
    (found,) = findings(performance)
    assert isinstance(found, Answered)
    assert found.answered
    assert found.onset_kept
    assert found.cuts == found.reopened == found.torn == 0
    assert found.delay_ms is not None
    assert found.first_audio_ms is not None
    assert 0 < found.delay_ms <= found.first_audio_ms < 2000


def test_a_play_that_only_wants_the_beginning_of_the_answer_is_shorter() -> None:
    begun, whole = (performed(ASK, until=until) for until in (Until.ANSWER, Until.REST))
    assert len(begun.recording) < len(whole.recording) - 2 * RATE
    assert begun.replies == whole.replies


def test_a_pause_in_which_a_draft_is_torn_up() -> None:
    (found,) = findings(performed(Cue("halting", Means.TURN, at=0.5)))
    assert isinstance(found, Answered)
    assert found.torn == 1
    assert found.cuts == 0


def test_what_is_heard_over_a_reply_is_heard_where_the_scene_wants_it() -> None:
    performance = performed(ASK, Cue("bang", Means.NOISE, over=1.0))
    assert performance.played[1].begin == pytest.approx(performance.replies[0] + 1.0, abs=0.001)
    assert isinstance(findings(performance)[1], Interrupted)


def test_a_bang_ends_no_reply() -> None:
    found = findings(performed(ASK, Cue("bang", Means.NOISE, over=1.0)))[1]
    assert isinstance(found, Interrupted)
    assert found.outcome == "kept"
    assert found.noticed_ms is not None
    assert found.confirmed_ms is found.silent_ms is None


def test_what_comes_after_a_reply() -> None:
    performance = performed(ASK, Cue("speech", Means.ANSWER, after=0.5))
    first, second = findings(performance)
    assert isinstance(first, Answered)
    assert isinstance(second, Answered)
    assert second.means == "answer"
    assert len(performance.turns) == 2


def test_a_cue_over_a_reply_that_never_comes_is_left_out() -> None:
    performance = performed(Cue("bang", Means.TURN, at=0.5), Cue("bang", Means.NOISE, over=1.0))
    assert len(performance.played) == 1
    (found,) = findings(performance)
    assert isinstance(found, Answered)
    assert not found.answered


def test_nobody_speaks() -> None:
    quiet, loud = (performed(noise=level, seconds=5.0) for level in ("0.01", "0.4"))
    found = [finding for performance in (quiet, loud) for finding in findings(performance)]
    assert next(each.turns for each in found if isinstance(each, Alone)) == 0
    assert [each.noticed for each in found if isinstance(each, Alone)] == [0, 1]
    assert len(quiet.recording) >= 5 * RATE


def test_a_room_returns_some_of_the_reply() -> None:
    async def heard() -> float:
        port = RoomPort(-20.0)
        peak = 0.0
        async for frame in port.frames():
            if frame.start == 0:
                await port.play(type(frame)(np.full(RATE, 0.5, np.float32), RATE, 0))
            peak = max(peak, float(np.abs(frame.samples).max()))
            if frame.end > RATE // 2:
                break
        return peak

    assert run(heard()) == pytest.approx(0.05, rel=0.01)
