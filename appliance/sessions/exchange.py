"""One turn while it lives: understand, answer or apologise, and write down what was said and heard.

A turn begins as a draft, at the first pause in which the speaker may be done: it understands and
answers silently, and nothing of it is heard, written down or told to anybody. It is torn up when
they go on, and committed when they were done.

The work of a turn is three tasks with different fates. *Understanding* is never cancelled once the
turn is committed: what a person said stays said, even when they went on speaking before we had an
answer. *Answering* (and a phrase in its place) is cancelled by an interruption. *Closing* waits
until the count of heard samples is final, and the next turn's understanding waits for it, so that
the history is written in the order in which people heard it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.errors import EngineError, Failure
from appliance.core.interfaces import Heard
from appliance.core.speech import Message, Outcome, Stage, Transcript, Turn
from appliance.pipeline.ghosts import refuse
from appliance.pipeline.loudspeaker import Playout
from appliance.pipeline.reply import Reply
from appliance.pipeline.transcribe import doubt
from appliance.sessions.account import Account
from appliance.sessions.deeds import Wish
from appliance.sessions.parts import Parts
from appliance.sessions.trace import Stamps
from appliance.turns.events import NothingSaid, NotUnderstood, StageFailed

T = TypeVar("T")
Spawn = Callable[[Coroutine[Any, Any, T]], "asyncio.Task[T]"]
Obstacle = NothingSaid | NotUnderstood | StageFailed

CLEAR_SPEECH_S = 1.0
"""s of speech from which somebody deserves to hear that they were not understood; less may be noise."""

CLEAR_VOICE = 0.85
"""Mean probability of speech, likewise: voices nearby have more, a television across the room less."""


class Source(Protocol):
    """Where the words of a turn come from."""

    speech_start: int
    """Sample on the audio clock at which they began."""
    speech_end: int
    """Sample at which they were over."""

    def speech(self) -> tuple[float, float]:
        """Seconds of voice, and the mean probability that it is one."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What was said, and the prompt with it at the end."""

    text: str
    prompt: list[Message]


class _Milestones:
    """What a turn has passed."""

    def __init__(self) -> None:
        self.committed = asyncio.Event()
        """They were done: it is a turn."""
        self.recorded = asyncio.Event()
        """What they said is in the history."""
        self.closed = asyncio.Event()
        """What they heard is."""


class Exchange:
    """One turn, from the pause in which it is drafted to its place in the history."""

    def __init__(self, parts: Parts, number: int, source: Source, script: str = "") -> None:
        """Begin turn `number`, whose words come from `source`; with a `script` nobody asked, and that is said."""
        self.number = number
        self.work: asyncio.Task[None] | None = None
        """Answering, or a phrase in its place."""
        self._parts = parts
        self._source = source
        self._script = script
        self._understanding: asyncio.Task[Understood | Obstacle]
        self._passed = _Milestones()
        self._reply: Reply | None = None
        self._account = Account(parts)
        self._playouts: list[Playout] = []

    @property
    def stamps(self) -> Stamps:
        """When things happened."""
        return self._account.stamps

    def mark(self, name: str) -> None:
        """Stamp it with this moment."""
        self._account.mark(name)

    def understand(
        self,
        transcript: Callable[[], Awaitable[Transcript | EngineError]],
        previous: "Exchange | None",
        spawn: Spawn[Any],
    ) -> None:
        """Begin: `transcript` says what was said up to here, and `previous` must be written down before."""
        self._understanding = spawn(self._understand(transcript, previous))

    def commit(self, endpoint: float, spawn: Spawn[Any], resumed: int = 0) -> None:
        """They were done, at second `endpoint`: from now on it is said, and the answer may be heard.

        In so many pauses before they seemed done, and were not: `resumed`.
        """
        self._account.resumed = resumed
        self.stamps.mark("speech_started", self._source.speech_start / CAPTURE_RATE)
        self.stamps.mark("speech_ended", self._source.speech_end / CAPTURE_RATE)
        self.stamps.mark("endpoint", endpoint)
        self._passed.committed.set()
        spawn(self._record())

    def tear_up(self) -> None:
        """They were not done."""
        self._understanding.cancel()
        self.cancel()

    @property
    def misunderstood(self) -> bool:
        """Somebody clearly spoke, and nobody knows what."""
        return self._understanding.done() and isinstance(self._understanding.result(), NotUnderstood)

    async def transcript(self) -> str:
        """What was understood; empty when it is nothing to be answered."""
        understood = await asyncio.shield(self._understanding)
        return understood.text if isinstance(understood, Understood) else ""

    async def answer(self) -> Obstacle | None:
        """Understand and reply; returns what got in the way, None once the reply is queued.

        Before the turn is committed it returns nothing, and what it says is kept.
        """
        understood = await asyncio.shield(self._understanding)
        parts = self._parts
        if not isinstance(understood, Understood) or not (parts.reply.speculate and parts.relaxed()):
            await self._passed.committed.wait()
        if not isinstance(understood, Understood):
            return understood
        if not self._script and (wish := parts.deeds(understood.text)):
            said = await self._granted(wish)
            return await self._speak([], said) if said else NothingSaid(self.number)
        return await self._speak(understood.prompt, self._script)

    async def _granted(self, wish: Wish) -> str:
        """Have it done once it is certain that it was said. Returns what is to be said of it."""
        try:
            await self._passed.committed.wait()
            return await wish.grant()
        finally:
            wish.drop()

    async def _speak(self, prompt: list[Message], script: str) -> Obstacle | None:
        """Reply to a prompt, or with a script."""
        parts = self._parts
        playout = parts.loudspeaker.prepare()
        mark = self._account.mark
        playout.on_queued = partial(mark, "queued")
        self._reply = Reply(parts.inference, playout, parts.name, self.number, mark, parts.reply, parts.tempo)
        self._playouts.append(playout)
        async with asyncio.TaskGroup() as tasks:
            replying = tasks.create_task(_outcome(self._reply.run(prompt, script)))
            tasks.create_task(self._release(playout))
        error = replying.result()
        return self._failed(error) if error else None

    async def play(self, phrase: Samples) -> None:
        """Queue a recorded phrase behind whatever of the reply is queued already."""
        playout = await self._parts.loudspeaker.open()
        self._playouts.append(playout)
        await playout.play(phrase)
        playout.seal()

    def overdue(self) -> StageFailed:
        """Nothing of an answer is heard, and it is too late: what keeps it?"""
        stage = Stage.LLM if self._understanding.done() else Stage.STT
        error = EngineError(stage, f"{stage} gave no answer in time", failure=Failure.HUNG)
        self._parts.observer.failed(self.number, error)
        return StageFailed(self.number, stage)

    def give_up(self) -> None:
        """A bug has ended the turn: all that is left of it is that it failed."""
        self.cancel()
        self._parts.observer.turn(Turn(self.number, "", "", "", Outcome.FAILED), self.stamps)

    def cancel(self) -> None:
        """Stop answering, or playing a phrase."""
        if self.work:
            self.work.cancel()

    def started(self, heard: Heard) -> bool:
        """The first sample of the newest playout has left the loudspeaker."""
        return bool(self._playouts) and self._playouts[-1].heard(heard) > 0

    def aired_s(self, heard: Heard) -> float:
        """Seconds of the newest playout that have left the loudspeaker."""
        return self._playouts[-1].heard(heard) / self._parts.port.playback_rate if self._playouts else 0.0

    def finished(self, heard: Heard) -> bool:
        """The last one has."""
        return bool(self._playouts) and self._playouts[-1].finished(heard)

    def lost(self, heard: Heard) -> bool:
        """Some of it never left, and nothing more will come."""
        return bool(self._playouts) and self._playouts[-1].lost(heard)

    def caption(self, heard: Heard) -> str | None:
        """What was heard of the reply so far, if that is news."""
        return self._reply.news(heard) if self._reply else None

    def word_end(self, heard: Heard) -> int:
        """Where the word of the reply ends that is being heard, on the port's count of samples."""
        return (
            self._reply.word_end(heard) if self._reply else self._playouts[-1].end
        )  # a recording has no marks

    def asks(self, heard: Heard) -> bool:
        """What was heard of it so far ends with a question."""
        return self._reply is not None and self._reply.heard(heard).endswith("?")

    async def close(self, outcome: Outcome) -> None:
        """Write the turn into the history, once it is certain what was heard of it.

        Args:
            outcome: INTERRUPTED stands for UNHEARD too; what was heard decides. What was SHOWN counts as heard.
        """
        parts = self._parts
        await self._passed.recorded.wait()
        await parts.loudspeaker.settle()
        said = self._reply.said.strip() if self._reply else self._script
        heard = self._reply.heard(parts.port.heard()) if self._reply else ""
        if outcome is Outcome.SHOWN or (outcome is Outcome.ANSWERED and not self._reply):
            heard = said
        if outcome is Outcome.INTERRUPTED and not heard:
            outcome = Outcome.UNHEARD
        if self.stamps.first_audio is not None:
            silent, ended = self.stamps.silent, parts.port.heard().ended
            self.stamps.mark("reply_ended", ended if silent is None else silent / 1000)
        if not self._script:  # a template may have no place for what answers nobody
            parts.dialogue.answered(heard, cut=outcome is not Outcome.ANSWERED and heard != said)
        self._passed.closed.set()
        self._account.first_words = self._reply.words if self._reply else 0
        self._account.close(Turn(self.number, await self.transcript(), said, heard, outcome))

    async def _understand(
        self, transcribe: Callable[[], Awaitable[Transcript | EngineError]], previous: "Exchange | None"
    ) -> Understood | Obstacle:
        transcript = await transcribe()
        if previous:
            await previous._passed.closed.wait()  # noqa: SLF001 - the same class
        if isinstance(transcript, EngineError):
            await self._passed.committed.wait()
            return self._failed(transcript)
        self.mark("transcript")
        if self._script:
            return Understood("", [])
        speech_s, voice = self._source.speech()
        if refuse(transcript, speech_s, voice, self._parts.ghosts):
            if speech_s < CLEAR_SPEECH_S or voice < CLEAR_VOICE:
                return NothingSaid(self.number)
            if previous and previous.misunderstood:  # twice in a row: is it really the speaker?
                doubt(self._parts.inference, self._parts.name, self.number)
            return NotUnderstood(self.number)
        return Understood(transcript.text, self._parts.dialogue.drafted(transcript.text))

    async def _record(self) -> None:
        understood = await self._understanding
        if isinstance(understood, Understood) and not self._script:
            self._parts.dialogue.asked(understood.text)
            self._parts.observer.understood(self.number, understood.text)
        self._passed.recorded.set()

    async def _release(self, playout: Playout) -> None:
        await self._passed.recorded.wait()
        await self._parts.loudspeaker.open(playout)

    def _failed(self, error: EngineError) -> StageFailed:
        self._account.fail(self.number, error)
        return StageFailed(self.number, error.stage)


async def _outcome(reply: Awaitable[None]) -> EngineError | None:
    """An error as a value: what the reply has queued before it broke shall be heard all the same."""
    try:
        await reply
    except EngineError as error:
        return error
    return None
