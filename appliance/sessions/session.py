"""One conversation: frames become events, the machine's commands become deeds. Nothing is decided here."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE
from appliance.core.errors import EngineError
from appliance.core.interfaces import Heard
from appliance.core.speech import Outcome
from appliance.pipeline.listen import Listener, ListenSettings
from appliance.pipeline.reply import read_up
from appliance.sessions.ears import Ears
from appliance.sessions.exchange import Exchange, Parts
from appliance.sessions.hearing import Hearing
from appliance.sessions.phrases import ANNOUNCEMENTS, QUESTION, apology
from appliance.sessions.senses import Senses
from appliance.sessions.tasks import Tasks
from appliance.sessions.typed import Typed
from appliance.sessions.weighing import Weighing
from appliance.turns.commands import Action, Command
from appliance.turns.events import (
    AnnouncementMade,
    DeadlinePassed,
    Event,
    PhraseEnded,
    ReplyEnded,
    ReplyShown,
    ReplyStarted,
    TextTyped,
)
from appliance.turns.machine import ANSWERING, DUCKED, IDLE, PHRASES, Machine, State, TurnSettings
from appliance.turns.pauses import SpeakerPauses


class Session:
    """Joins one port, one machine and the engines. Runs until the port is closed."""

    def __init__(
        self, parts: Parts, listener: Listener, turns: TurnSettings, listening: ListenSettings
    ) -> None:
        self._parts = parts
        self._ears = Ears(parts.port, listener, listening)
        self._pauses = SpeakerPauses(parts.pauses)
        self._turns = turns
        self._machine: Machine
        self._tasks: Tasks
        self._timer: asyncio.TimerHandle | None = None
        self._hearing: Hearing | None = None
        self._weighing: Weighing | None = None
        self._exchange: Exchange | None = None
        self._last: Exchange | None = None
        self._deeds = self._actions()

    async def run(self) -> None:
        """Hold the conversation. Returns when the port is closed; leaves no task behind."""
        self._tasks = Tasks()
        self._machine = Machine(self._turns, clock.now(), turn=self._parts.begun)
        self._rearm()
        self._parts.port.be_prompt(False)
        self._tasks.spawn(self._read_up(0))
        hearing = self._tasks.spawn(self._hear())
        broken = self._tasks.broken
        try:
            await asyncio.wait({hearing, broken}, return_when=asyncio.FIRST_COMPLETED)
            if broken.done():
                broken.result()
        finally:
            if self._timer:
                self._timer.cancel()
            await self._tasks.stop()

    @property
    def turn(self) -> int:
        """Number of the newest turn; 0 before the first."""
        return self._machine.turn

    @property
    def resting(self) -> bool:
        """Nobody speaks or is answered; also before `run`."""
        return self._timer is None or self._machine.state in IDLE

    @property
    def position(self) -> int:
        """Samples that were listened to, muted or not: they grow as long as the conversation gets on."""
        return self._ears.position

    @property
    def overdue_s(self) -> float:
        """Seconds since something should have happened at the latest; 0 or less if all is in time."""
        due = None if self._timer is None or self._parts.port.away else self._machine.deadline
        return 0.0 if due is None else clock.now() - due

    def post(self, event: Event) -> None:
        """Something has happened: let the machine decide and do what it says."""
        before = self._machine.state
        commands = self._machine.handle(event, clock.now())
        self._parts.observer.decided(event, commands)
        for command in commands:
            self._deeds[command.action](command)
        if self._machine.state is not before:
            self._parts.port.be_prompt(self._machine.state not in IDLE)
            self._parts.observer.state(self._machine.state)
        self._rearm()

    def type(self, text: str) -> None:
        """Somebody typed what others say; nothing but space is nothing. While muted nobody answers it."""
        if text.strip():
            self.post(TextTyped(" ".join(text.split())))

    def announce(self, text: str) -> bool:
        """Say something of the box's own accord; False, and nothing, unless the box is silent and nobody speaks."""
        quiet = self._machine.state is State.LISTENING and bool(text.strip())
        if quiet:
            self.post(AnnouncementMade(" ".join(text.split())))
        return quiet

    def forget(self) -> None:
        """Whatever was said until now, the model and everybody who listens forget it."""
        self._forget()

    async def _hear(self) -> None:
        parts, told = self._parts, self._ears.faults
        senses = Senses(parts.port, self.announce)
        async for frame in parts.port.frames():
            self._notice_playback(parts.loudspeaker.tick())
            if loss := senses.notice(self._machine.state):
                self.post(loss)
            for event in self._ears.listen(frame, self._machine.state):
                self.post(event)
            if (faults := (*senses.lacks, *self._ears.faults)) != told:
                told = faults
                parts.observer.sound(told)
            if self._hearing:
                self._hearing.tick()
            if self._weighing:
                self._weighing.tick()

    def _notice_playback(self, heard: Heard) -> None:
        exchange, state = self._exchange, self._machine.state
        if exchange is None:
            return
        if self._parts.port.speechless:
            if state in ANSWERING and exchange.work and exchange.work.done():
                self.post(ReplyShown(exchange.number))
            return
        if not exchange.started(heard):
            return
        if state is State.THINKING:
            exchange.stamps.mark("first_audio", heard.started)
            self.post(ReplyStarted(exchange.number))
        elif exchange.finished(heard):
            phrase = state in PHRASES
            self.post(PhraseEnded(exchange.number) if phrase else ReplyEnded(exchange.number))
        elif news := exchange.caption(heard):
            self._parts.observer.saying(exchange.number, news)

    def _actions(self) -> dict[Action, Callable[[Command], None]]:
        """What each action is, once and for all."""
        parts = self._parts
        return {
            Action.FOLLOW: self._follow,
            Action.WEIGH: lambda _: self._weigh(),
            Action.DRAFT: lambda _: self._draft(),
            Action.TEAR_UP: lambda _: self._tear_up(),
            Action.ANSWER: self._answer,
            Action.ANSWER_TYPED: lambda command: self._answer_typed(command, ""),
            Action.ANNOUNCE: lambda command: self._answer_typed(command, command.text),
            Action.CANCEL: lambda _: self._cancel(),
            Action.HUSH: lambda _: parts.loudspeaker.hush(),
            Action.DUCK: lambda _: self._duck(),
            Action.UNDUCK: lambda _: self._unduck(),
            Action.ASK: lambda _: self._play(QUESTION),
            Action.APOLOGISE: lambda command: self._play(apology(command.stage, command.failures)),
            Action.CLOSE_ANSWERED: lambda _: self._close(Outcome.ANSWERED),
            Action.CLOSE_CUT: lambda _: self._close(Outcome.INTERRUPTED),
            Action.CLOSE_SHOWN: lambda _: self._close(Outcome.SHOWN),
            Action.CLOSE_FAILED: lambda _: self._close(Outcome.FAILED),
            Action.DISCARD: lambda _: self._discard(),
            Action.FORGET: lambda _: self._forget(),
        }

    def _follow(self, command: Command) -> None:
        self._hearing = Hearing(
            self._parts, self._ears.listener, self._pauses, command.turn + 1, self._tasks.spawn
        )
        if self._machine.state in DUCKED:
            self._weighing = self._begin_weighing(self._hearing)
        else:  # over a reply the model is at work, and what was heard of it is not certain yet
            self._tasks.spawn(self._read_up(command.turn + 1))

    def _begin_weighing(self, hearing: Hearing) -> Weighing:
        assert self._exchange, "its reply is heard"
        parts = self._parts
        since_ms = self._ears.listener.onset * 1000 / CAPTURE_RATE - (self._exchange.stamps.endpoint or 0.0)
        return Weighing(
            hearing,
            parts.floor,
            self.post,
            reopened=since_ms <= parts.floor.reopen_ms,
            asked=self._exchange.asks(parts.port.heard()),
        )

    def _weigh(self) -> None:
        assert self._weighing, "what is over the reply was followed"
        self._ears.listener.release(self._parts.release.middle_ms)  # not before its words are known
        self._tasks.spawn(self._weighing.read())

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

    def _answer_typed(self, command: Command, script: str) -> None:
        parts, spawn = self._parts, self._tasks.spawn
        now = parts.port.now()
        typed = Typed(command.text, now)
        self._exchange = exchange = Exchange(parts, command.turn, typed, script)
        exchange.understand(typed.transcript, self._last, spawn)
        exchange.commit(now, spawn)
        recorded = ANNOUNCEMENTS.get(script)
        exchange.work = spawn(
            exchange.play(parts.phrases[recorded]) if recorded else self._give_answer(exchange)
        )
        self._last = exchange

    async def _give_answer(self, exchange: Exchange) -> None:
        obstacle = await exchange.answer()
        if obstacle:
            self.post(obstacle)

    def _play(self, phrase: str) -> None:
        assert self._exchange, "there is a turn to which the phrase belongs"
        self._exchange.work = self._tasks.spawn(self._exchange.play(self._parts.phrases[phrase]))

    def _duck(self) -> None:
        assert self._exchange, "its reply is heard"
        self._parts.loudspeaker.duck(self._exchange.word_end(self._parts.port.heard()))

    def _unduck(self) -> None:
        self._parts.loudspeaker.unduck()
        if self._weighing:
            self._weighing.leave()
        self._weighing = None

    def _close(self, outcome: Outcome) -> None:
        assert self._exchange, "a turn is closed once"
        self._exchange.cancel()
        self._tasks.spawn(self._write_down(self._exchange, outcome))
        self._exchange = None

    async def _write_down(self, exchange: Exchange, outcome: Outcome) -> None:
        await exchange.close(outcome)
        if self._hearing:  # somebody has interrupted: let the model read what they heard, while they speak
            await self._read_up(exchange.number + 1)

    def _cancel(self) -> None:
        assert self._exchange, "there is something to cancel"
        self._exchange.cancel()

    def _discard(self) -> None:
        self._ears.listener.reset()
        if self._hearing:
            self._hearing.discard()
            self._hearing = None

    def _forget(self) -> None:
        self._parts.dialogue.forget()
        self._pauses = SpeakerPauses(self._parts.pauses)
        self._parts.observer.forgotten()

    def _rearm(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self._machine.deadline is not None:
            self._timer = clock.after(self._machine.deadline - clock.now(), self._expire)

    def _expire(self) -> None:
        """A deadline has been reached; for whoever is away time stands still, and begins anew."""
        if self._parts.port.away:
            self._machine.rest(clock.now())
            self._rearm()
        else:
            self.post(DeadlinePassed())
