"""One conversation: frames become events, the machine's commands become deeds. Nothing is decided here."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from typing import Any, TypeVar

from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE, AudioFrame
from appliance.core.errors import EngineError
from appliance.core.interfaces import Heard
from appliance.core.speech import Outcome, Transcript
from appliance.pipeline.listen import Listener, ListenSettings, Utterance
from appliance.pipeline.reply import read_up
from appliance.pipeline.transcribe import discard, transcribe
from appliance.sessions.exchange import Exchange, Parts
from appliance.sessions.phrases import apology
from appliance.sessions.trace import Stamps
from appliance.turns.commands import Action, Command
from appliance.turns.events import (
    ApologyEnded,
    DeadlinePassed,
    Event,
    ReplyEnded,
    ReplyStarted,
    SpeechEvent,
)
from appliance.turns.machine import Machine, State, TurnSettings

T = TypeVar("T")

HEARD_STATES = frozenset({State.SPEAKING, State.YIELDING, State.APOLOGISING})
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
        self._turns = turns
        self._machine: Machine
        self._timer: asyncio.TimerHandle | None = None
        self._transcription: asyncio.Task[Transcript | EngineError] | None = None
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

    def _listen(self, frame: AudioFrame) -> Iterable[SpeechEvent]:
        """Speech events in `frame`; none while the box may not listen, and nothing is kept then."""
        state = self._machine.state
        if state is State.MUTED or (state in HEARD_STATES and not self._barge_in):
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
            apologising = state is State.APOLOGISING
            self.post(ApologyEnded(exchange.number) if apologising else ReplyEnded(exchange.number))

    def _actions(self) -> dict[Action, Callable[[Command], None]]:
        """What each action is, once and for all."""
        parts = self._parts
        return {
            Action.FOLLOW: self._follow,
            Action.ANSWER: self._answer,
            Action.CANCEL: lambda _: self._cancel(),
            Action.HUSH: lambda _: parts.loudspeaker.hush(),
            Action.DUCK: lambda _: parts.loudspeaker.duck(),
            Action.UNDUCK: lambda _: parts.loudspeaker.unduck(),
            Action.APOLOGISE: self._apologise,
            Action.CLOSE_ANSWERED: lambda _: self._close(Outcome.ANSWERED),
            Action.CLOSE_CUT: lambda _: self._close(Outcome.INTERRUPTED),
            Action.CLOSE_FAILED: lambda _: self._close(Outcome.FAILED),
            Action.DISCARD: lambda _: self._discard(),
            Action.FORGET: lambda _: parts.dialogue.forget(),
        }

    def _follow(self, command: Command) -> None:
        utterance = self._listener.utterance
        assert utterance, "confirmed speech belongs to an utterance"
        self._transcription = self._spawn(self._transcribe(utterance, command.turn + 1))
        self._spawn(self._read_up(command.turn + 1))

    async def _read_up(self, turn: int) -> None:
        """Let the model read the history while the person speaks: then only their words are new to it."""
        parts = self._parts
        with suppress(EngineError):  # a model that is broken will be noticed when it is asked to answer
            await parts.inference.call(read_up(parts.dialogue.prompt(), parts.name, turn))

    async def _transcribe(self, utterance: Utterance, turn: int) -> Transcript | EngineError:
        # An error is a value here: it belongs to the turn that asks for the transcript, if one does.
        parts = self._parts
        try:
            return await transcribe(parts.inference, utterance, parts.name, turn, parts.observer.partial)
        except EngineError as error:
            return error

    def _answer(self, command: Command) -> None:
        utterance, transcription = self._listener.utterance, self._transcription
        assert utterance, "an endpoint belongs to an utterance"
        assert transcription, "and its speech was confirmed"
        stamps = Stamps()
        stamps.mark("speech_started", utterance.speech_start / CAPTURE_RATE)
        stamps.mark("speech_ended", utterance.speech_end / CAPTURE_RATE)
        stamps.mark("endpoint", self._parts.port.now())
        self._transcription = None
        self._exchange = Exchange(self._parts, command.turn, utterance, transcription, stamps, self._last)
        self._last = self._exchange
        self._exchange.work = self._spawn(self._give_answer(self._exchange))

    async def _give_answer(self, exchange: Exchange) -> None:
        obstacle = await exchange.answer()
        if obstacle:
            self.post(obstacle)

    def _apologise(self, command: Command) -> None:
        assert self._exchange, "something broke in a turn"
        phrase = self._parts.phrases[apology(command.stage, command.failures)]
        self._exchange.work = self._spawn(self._exchange.apologise(phrase))

    def _close(self, outcome: Outcome) -> None:
        assert self._exchange, "a turn is closed once"
        self._exchange.cancel()
        self._spawn(self._exchange.close(outcome))
        self._exchange = None

    def _cancel(self) -> None:
        assert self._exchange, "there is something to cancel"
        self._exchange.cancel()

    def _discard(self) -> None:
        utterance = self._listener.utterance
        self._listener.reset()
        if self._transcription and utterance:
            self._transcription.cancel()
            self._transcription = None
            self._spawn(self._forget_utterance(utterance))

    async def _forget_utterance(self, utterance: Utterance) -> None:
        # A recogniser that is broken has nothing left to forget.
        with suppress(EngineError):
            await discard(self._parts.inference, utterance, self._parts.name, self._machine.turn + 1)

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
