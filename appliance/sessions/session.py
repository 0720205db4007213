"""One conversation: frames become events, the machine's commands become deeds. Nothing is decided here."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from typing import Any, TypeVar

from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE, AudioFrame
from appliance.core.errors import EngineError
from appliance.core.interfaces import Heard
from appliance.core.speech import Outcome
from appliance.pipeline.listen import Listener, ListenSettings
from appliance.pipeline.reply import read_up
from appliance.sessions.exchange import Exchange, Parts
from appliance.sessions.hearing import Hearing
from appliance.sessions.phrases import QUESTION, apology
from appliance.turns.commands import Action, Command
from appliance.turns.events import (
    PhraseEnded,
    DeadlinePassed,
    Event,
    ReplyEnded,
    ReplyStarted,
    SpeechEvent,
)
from appliance.turns.machine import Machine, State, TurnSettings
from appliance.turns.pauses import SpeakerPauses

T = TypeVar("T")

DUCKED_STATES = frozenset({State.YIELDING, State.WEIGHING})
"""Somebody makes a sound over the reply."""

PHRASE_STATES = frozenset({State.ASKING, State.APOLOGISING})
"""A recorded phrase is heard."""

HEARD_STATES = frozenset({State.SPEAKING, *DUCKED_STATES, *PHRASE_STATES})
"""The box itself is heard: echo and backchannel arrive."""


QUIET_STATES = frozenset({State.LISTENING, State.MUTED})
"""Nobody speaks and nobody waits."""


class Session:
    """Joins one port, one machine and the engines. Runs until the port is closed."""

    def __init__(
        self, parts: Parts, listener: Listener, turns: TurnSettings, listening: ListenSettings
    ) -> None:
        self._parts = parts
        self._listener = listener
        self._barge_in = listening.barge_in
        self._tail = listening.tail_ms * CAPTURE_RATE // 1000
        self._deaf_until = 0
        """Sample before which nothing is listened to."""
        self._turns = turns
        self._pauses = SpeakerPauses(parts.pauses)
        self._machine: Machine
        self._timer: asyncio.TimerHandle | None = None
        self._hearing: Hearing | None = None
        self._exchange: Exchange | None = None
        self._last: Exchange | None = None
        self._deeds = self._actions()
        self._work: set[asyncio.Task[Any]] = set()
        self._broken: asyncio.Future[None]

    async def run(self) -> None:
        """Hold the conversation. Returns when the port is closed; leaves no task behind."""
        self._broken = asyncio.get_running_loop().create_future()  # set when a task of ours has a bug
        self._machine = Machine(self._turns, clock.now())
        self._rearm()
        self._parts.port.be_prompt(False)
        self._spawn(self._read_up(0))
        hearing = self._spawn(self._hear())
        try:
            await asyncio.wait({hearing, self._broken}, return_when=asyncio.FIRST_COMPLETED)
            if self._broken.done():
                self._broken.result()
        finally:
            await self._stop()

    @property
    def turn(self) -> int:
        """Number of the newest turn; 0 before the first."""
        return self._machine.turn

    def post(self, event: Event) -> None:
        """Something has happened: let the machine decide and do what it says."""
        before = self._machine.state
        for command in self._machine.handle(event, clock.now()):
            self._deeds[command.action](command)
        if self._machine.state is not before:
            self._parts.port.be_prompt(self._machine.state not in QUIET_STATES)
            self._parts.observer.state(self._machine.state)
        self._rearm()

    async def _hear(self) -> None:
        async for frame in self._parts.port.frames():
            self._notice_playback(self._parts.loudspeaker.tick())
            for event in self._listen(frame):
                self.post(event)
            if self._hearing:
                self._hearing.tick()

    def _listen(self, frame: AudioFrame) -> Iterable[SpeechEvent]:
        """Speech events in `frame`; none while the box may not listen, and nothing is kept then."""
        state = self._machine.state
        if state in HEARD_STATES and (self._parts.port.half_duplex or not self._barge_in):
            self._deaf_until = frame.end + self._tail
        if state is State.MUTED or frame.start < self._deaf_until:
            self._listener.reset()
            return ()
        return self._listener.feed(frame, guarded=state in HEARD_STATES)

    def _notice_playback(self, heard: Heard) -> None:
        exchange, state = self._exchange, self._machine.state
        if exchange is None or not exchange.started(heard):
            return
        if state is State.THINKING:
            exchange.stamps.mark("first_audio", heard.started)
            self.post(ReplyStarted(exchange.number))
        elif exchange.finished(heard):
            phrase = state in PHRASE_STATES
            self.post(PhraseEnded(exchange.number) if phrase else ReplyEnded(exchange.number))

    def _actions(self) -> dict[Action, Callable[[Command], None]]:
        """What each action is, once and for all."""
        parts = self._parts
        return {
            Action.FOLLOW: self._follow,
            Action.DRAFT: lambda _: self._draft(),
            Action.TEAR_UP: lambda _: self._tear_up(),
            Action.ANSWER: self._answer,
            Action.CANCEL: lambda _: self._cancel(),
            Action.HUSH: lambda _: parts.loudspeaker.hush(),
            Action.DUCK: lambda _: self._duck(),
            Action.UNDUCK: lambda _: parts.loudspeaker.unduck(),
            Action.ASK: lambda _: self._play(QUESTION),
            Action.APOLOGISE: lambda command: self._play(apology(command.stage, command.failures)),
            Action.CLOSE_ANSWERED: lambda _: self._close(Outcome.ANSWERED),
            Action.CLOSE_CUT: lambda _: self._close(Outcome.INTERRUPTED),
            Action.CLOSE_FAILED: lambda _: self._close(Outcome.FAILED),
            Action.DISCARD: lambda _: self._discard(),
            Action.FORGET: lambda _: self._forget(),
        }

    def _follow(self, command: Command) -> None:
        self._hearing = Hearing(self._parts, self._listener, self._pauses, command.turn + 1, self._spawn)
        self._spawn(self._read_up(command.turn + 1))

    async def _read_up(self, turn: int) -> None:
        """Let the model read the history while the person speaks: then only their words are new to it."""
        parts = self._parts
        with suppress(EngineError):  # a model that is broken will be noticed when it is asked to answer
            await parts.inference.call(read_up(parts.dialogue.prompt(), parts.name, turn))

    def _draft(self) -> None:
        assert self._hearing, "what is drafted has been followed"
        self._hearing.pause(self._last, self._give_answer)

    def _tear_up(self) -> None:
        assert self._hearing, "there is a draft"
        self._hearing.resume()

    def _answer(self, _: Command) -> None:
        assert self._hearing, "what has ended has been followed"
        self._exchange = self._hearing.commit(self._parts.port.now(), self._last, self._give_answer)
        self._last, self._hearing = self._exchange, None

    async def _give_answer(self, exchange: Exchange) -> None:
        obstacle = await exchange.answer()
        if obstacle:
            self.post(obstacle)

    def _play(self, phrase: str) -> None:
        assert self._exchange, "there is a turn to which the phrase belongs"
        self._exchange.work = self._spawn(self._exchange.play(self._parts.phrases[phrase]))

    def _duck(self) -> None:
        assert self._exchange, "its reply is heard"
        self._parts.loudspeaker.duck(self._exchange.word_end(self._parts.port.heard()))

    def _close(self, outcome: Outcome) -> None:
        assert self._exchange, "a turn is closed once"
        self._exchange.cancel()
        self._spawn(self._exchange.close(outcome))
        self._exchange = None

    def _cancel(self) -> None:
        assert self._exchange, "there is something to cancel"
        self._exchange.cancel()

    def _discard(self) -> None:
        self._listener.reset()
        if self._hearing:
            self._hearing.discard()
            self._hearing = None

    def _forget(self) -> None:
        self._parts.dialogue.forget()
        self._pauses = SpeakerPauses(self._parts.pauses)

    def _rearm(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self._machine.deadline is not None:
            self._timer = clock.after(
                self._machine.deadline - clock.now(), lambda: self.post(DeadlinePassed())
            )

    def _spawn(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: "asyncio.Task[Any]") -> None:
        self._work.discard(task)
        if not task.cancelled() and (bug := task.exception()) and not self._broken.done():
            self._broken.set_exception(bug)

    async def _stop(self) -> None:
        if self._timer:
            self._timer.cancel()
        for task in list(self._work):
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        self._broken.cancel()
