"""What is done instead of asking the model: when, how often, and what is said of it."""

import asyncio
from dataclasses import dataclass, field

import numpy as np

from appliance.converse import Say
from appliance.core import clock
from appliance.core.speech import Message, Outcome, Role
from appliance.sessions.deeds import Wish
from appliance.turns.machine import State
from tests.fakes import Script, silence, voice
from tests.room import Room, levels
from tests.sessions.test_typed import hold


@dataclass
class Timer:
    """Grants the wish for a timer, slowly if it is told to; keeps what happened."""

    takes_s: float = 0.0
    says: str = "Done: a timer for ten minutes."
    events: list[str] = field(default_factory=list)

    def deeds(self, text: str) -> Wish | None:
        return _Wanted(self) if "timer" in text else None

    def said(self, what: str) -> int:
        return self.events.count(what)


class _Wanted:
    def __init__(self, timer: Timer) -> None:
        self._timer = timer
        self._work: asyncio.Task[str] | None = None
        self._dropped = False

    async def grant(self) -> str:
        assert not self._dropped, "it was dropped"
        self._work = self._work or asyncio.create_task(self._do())
        return await asyncio.shield(self._work)

    def drop(self) -> None:
        self._dropped = True
        self._timer.events.append("dropped")

    async def _do(self) -> str:
        self._timer.events.append("begun")
        await clock.sleep_until(clock.now() + self._timer.takes_s)
        self._timer.events.append("done")
        return self._timer.says


def room(timer: Timer, *transcripts: str) -> Room:
    made = Room(Script(transcripts=transcripts, replies=["I do not know."]))
    made.deeds = timer.deeds
    return made


def test_what_is_wished_is_done_once_and_told_and_the_model_is_not_asked() -> None:
    timer = Timer()
    talk = room(timer, "set a timer", "what is it for")
    talk.hold(Say(voice(1.0)), Say(voice(1.0)))
    first, second = talk.turns
    assert (first.transcript, first.said, first.heard) == ("set a timer", timer.says, timer.says)
    assert first.outcome is Outcome.ANSWERED
    assert timer.events == ["begun", "done", "dropped"]
    assert second.said == "I do not know."
    assert talk.inference.prompts[-1][1:] == [
        Message(Role.USER, "set a timer"),
        Message(Role.ASSISTANT, timer.says),
        Message(Role.USER, "what is it for"),
    ]


def test_nothing_is_done_before_it_is_certain_that_all_of_it_was_said() -> None:
    timer = Timer()
    talk = room(timer, "set a timer for ten minutes")
    talk.hold(Say(np.concatenate([voice(1.0), silence(0.3), voice(0.8)])))
    assert len(talk.turns) == 1
    assert timer.said("begun") == timer.said("done") == 1
    assert talk.turns[0].heard == timer.says


def test_an_interruption_in_the_midst_of_it_leaves_it_done_and_unsaid() -> None:
    timer = Timer(takes_s=1.0)
    talk = room(timer, "set a timer", "never mind then")
    speaker = talk.hold(Say(voice(1.0), at=0.5), Say(voice(1.0), at=2.2))
    assert timer.events.count("done") == 1
    first = talk.turns[0]
    assert (first.heard, first.outcome) == ("", Outcome.UNHEARD)
    assert 1 not in levels(speaker)


def test_where_nothing_is_to_be_said_the_box_is_silent_and_listens() -> None:
    timer = Timer(says="")
    talk = room(timer, "stop the timer")
    speaker = talk.hold(Say(voice(1.0)))
    assert timer.said("done") == 1
    assert set(levels(speaker)) == {0}
    assert talk.states[-1] is State.LISTENING


def test_what_is_typed_is_done_too() -> None:
    timer = Timer()
    talk = room(timer)
    hold(talk, (0.5, "  set   a timer "))
    assert timer.said("done") == 1
    assert talk.turns[0].heard == timer.says
