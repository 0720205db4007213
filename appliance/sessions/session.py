"""One conversation: frames become events, the machine's commands become deeds. Nothing is decided here."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from appliance.core import clock
from appliance.core.audio import Samples
from appliance.core.errors import EngineError, Failure
from appliance.core.speech import Outcome, Stage
from appliance.pipeline.listen import Listener, ListenSettings
from appliance.pipeline.reply import read_up
from appliance.sessions.airing import Airing
from appliance.sessions.alarm import Alarm
from appliance.sessions.ears import Ears
from appliance.sessions.exchange import Exchange
from appliance.sessions.hearing import Hearing
from appliance.sessions.overlap import Overlap
from appliance.sessions.parts import Parts
from appliance.sessions.phrases import ANNOUNCEMENTS, QUESTION, apology, patience
from appliance.sessions.recovery import Mishaps, name_of
from appliance.sessions.senses import Senses
from appliance.sessions.tasks import Tasks
from appliance.sessions.typed import begin_typed
from appliance.sessions.weighing import Weighing
from appliance.turns.commands import Action, Command
from appliance.turns.events import AnnouncementMade, DeadlinePassed, Event, TextTyped
from appliance.turns.machine import Machine, TurnSettings
from appliance.turns.pauses import SpeakerPauses
from appliance.turns.state import ANSWERING, DUCKED, IDLE, State

READING = "reading up"  # only once: where the model is busy for long, attempts would wait in a row

log = logging.getLogger(__name__)


class Session:
    """Joins one port, one machine and the engines. Runs until the port is closed."""

    def __init__(
        self, parts: Parts, listener: Listener, turns: TurnSettings, listening: ListenSettings
    ) -> None:
        self._parts = parts
        self._ears = Ears(parts.port, listener, listening)
        self._pauses = SpeakerPauses(parts.pauses)
        self._machine = Machine(turns, 0.0, turn=parts.begun)
        self._airing = Airing(parts, lambda: (self._exchange, self._machine.state), self.post)
        self._tasks: Tasks
        self._alarm = Alarm(self._machine, parts.port, self._expire)
        self._hearing: Hearing | None = None
        self._weighing: Weighing | None = None
        self._exchange: Exchange | None = None
        self._last: Exchange | None = None
        self._deeds = self._actions()

    async def run(self) -> None:
        """Hold the conversation. Returns when the port is closed; leaves no task behind.

        A bug of ours costs the turn that is open, and not the conversation, unless bugs become a habit.
        """
        mishaps, sorry = Mishaps(), None
        self._machine.rest(clock.now())
        while True:
            try:
                return await self._converse(sorry)
            except Exception as bug:
                if not mishaps.forgive():
                    raise
                log.exception("A bug of ours: the conversation begins anew.")
                sorry = self._pick_up(bug)

    async def _converse(self, sorry: Samples | None) -> None:
        """As `run`, once; says first what a bug has left to say."""
        self._tasks = Tasks()
        self._alarm.set()
        self._parts.port.be_prompt(False)
        if sorry is not None:
            self._tasks.spawn(self._parts.loudspeaker.say(sorry))
        self._tasks.replace(READING, self._read_up(self.turn))
        self._tasks.spawn(self._airing.watch())
        hearing = self._tasks.spawn(self._hear())
        broken = self._tasks.broken
        try:
            await asyncio.wait({hearing, broken}, return_when=asyncio.FIRST_COMPLETED)
            if broken.done():
                broken.result()
        finally:
            self._alarm.off()
            await self._tasks.stop()

    def _pick_up(self, bug: Exception) -> Samples | None:
        """Leave nothing of what went on. Returns what those must hear who waited for an answer."""
        parts, exchange, owed = self._parts, self._exchange, self._machine.state not in IDLE
        self._exchange = self._last = self._hearing = self._weighing = None
        parts.loudspeaker.hush()
        parts.loudspeaker.unduck()
        self._ears.listener.reset()
        self._machine.recover(clock.now())
        problem = f"the conversation broke: {name_of(bug)}"
        parts.observer.failed(self.turn, EngineError(Stage.CONVERSATION, problem, failure=Failure.OTHER))
        if exchange:
            exchange.give_up()
        parts.observer.state(self._machine.state)
        if not owed:
            return None
        sorry = parts.phrases[apology(Stage.CONVERSATION, self._machine.failures)]
        self._ears.deafen(len(sorry) / parts.port.playback_rate)
        return sorry

    @property
    def turn(self) -> int:
        """Number of the newest turn; 0 before the first."""
        return self._machine.turn

    @property
    def resting(self) -> bool:
        """Nobody speaks or is answered; also before `run`."""
        return not self._alarm.on or self._machine.state in IDLE

    @property
    def position(self) -> int:
        """Samples that were listened to, muted or not: they grow as long as the conversation gets on."""
        return self._ears.position

    @property
    def overdue_s(self) -> float:
        """Seconds since something should have happened at the latest; 0 or less if all is in time."""
        return self._alarm.overdue_s

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
        self._alarm.set()

    def type(self, text: str) -> None:
        """Somebody typed what others say; nothing but space is nothing. While muted nobody answers it."""
        if text.strip():
            self.post(TextTyped(" ".join(text.split())))

    def announce(self, text: str, chime: Samples | None = None) -> bool:
        """Say something of the box's own accord; False, and nothing, unless the box is silent and nobody speaks."""
        quiet = self._machine.state is State.LISTENING and bool(text.strip())
        if quiet and chime is not None:
            self._tasks.spawn(self._parts.loudspeaker.interject(chime))
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
            self._airing.notice()
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

    def _actions(self) -> dict[Action, Callable[[Command], None]]:
        """What each action is, once and for all."""
        overlap = Overlap(self._parts, self._ears.listener, lambda: self._exchange)
        return {
            Action.FOLLOW: self._follow,
            Action.WEIGH: lambda _: self._weigh(),
            Action.DRAFT: lambda _: self._draft(),
            Action.TEAR_UP: lambda _: self._tear_up(),
            Action.ANSWER: self._answer,
            Action.ANSWER_TYPED: lambda command: self._answer_typed(command, ""),
            Action.ANNOUNCE: lambda command: self._answer_typed(command, command.text),
            Action.CANCEL: lambda _: self._cancel(),
            Action.HUSH: lambda _: overlap.hush(self._tasks.spawn),
            Action.DUCK: lambda _: overlap.duck(),
            Action.UNDUCK: lambda _: self._unduck(overlap),
            Action.BRIDGE: lambda _: self._bridge(),
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
            assert self._exchange, "its reply is heard"
            self._weighing = Weighing.over(self._exchange, self._hearing, self._parts, self.post)
        else:  # over a reply the model is at work, and what was heard of it is not certain yet
            self._tasks.replace(READING, self._read_up(command.turn + 1))

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
        self._airing.begin()

    def _answer_typed(self, command: Command, script: str) -> None:
        parts, spawn = self._parts, self._tasks.spawn
        exchange = begin_typed(parts, command, script, self._last, spawn)
        recorded = ANNOUNCEMENTS.get(script)
        exchange.work = spawn(
            exchange.play(parts.phrases[recorded]) if recorded else self._give_answer(exchange)
        )
        self._exchange = self._last = exchange
        self._airing.begin()

    async def _give_answer(self, exchange: Exchange) -> None:
        obstacle = await exchange.answer()
        if obstacle:
            self.post(obstacle)

    def _play(self, phrase: str) -> None:
        assert self._exchange, "there is a turn to which the phrase belongs"
        self._exchange.work = self._tasks.spawn(self._exchange.play(self._parts.phrases[phrase]))

    def _bridge(self) -> None:
        phrase = self._parts.phrases[patience(self._airing.requests)]
        self._tasks.spawn(self._parts.loudspeaker.interject(phrase))

    def _unduck(self, overlap: Overlap) -> None:
        overlap.unduck()
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
            self._tasks.replace(READING, self._read_up(exchange.number + 1))

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

    def _expire(self) -> None:
        if self._exchange and self._machine.state in ANSWERING:
            self.post(self._exchange.overdue())
        else:
            self.post(DeadlinePassed())
