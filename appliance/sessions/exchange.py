"""One turn while it lives: understand, answer or apologise, and write down what was said and heard.

The work of a turn is three tasks with different fates. *Understanding* is never cancelled: what
a person said stays said, even when they went on speaking before we had an answer. *Answering*
(and an apology in its place) is cancelled by an interruption. *Closing* waits until the count of
heard samples is final, and the next turn's understanding waits for it, so that the history is
written in the order in which people heard it.
"""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from appliance.core.audio import Samples
from appliance.core.errors import EngineError
from appliance.core.interfaces import AudioPort, Heard
from appliance.core.speech import Outcome, Transcript, Turn
from appliance.inference.job import Inference
from appliance.pipeline.ghosts import GhostSettings, refuse
from appliance.pipeline.listen import Utterance
from appliance.pipeline.loudspeaker import Loudspeaker, Playout
from appliance.pipeline.reply import Reply, ReplySettings
from appliance.sessions.trace import Stamps
from appliance.turns.dialogue import Dialogue
from appliance.turns.events import NothingSaid, NotUnderstood, StageFailed
from appliance.turns.machine import State

CLEAR_SPEECH_S = 1.0
"""s of speech from which somebody deserves to hear that they were not understood; less may be noise."""

CLEAR_VOICE = 0.85
"""Mean probability of speech, likewise: voices nearby have more, a television across the room less."""


class Observer(Protocol):
    """Who wants to know how the conversation goes. Called on the event loop; must not block."""

    def state(self, state: State) -> None:
        """The machine has changed its state."""

    def partial(self, text: str) -> None:
        """This much is understood of what is being said."""

    def failed(self, turn: int, error: EngineError) -> None:
        """A stage broke."""

    def turn(self, turn: Turn, stamps: Stamps) -> None:
        """A turn is over."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What all turns of a session share."""

    name: str
    """Of the session; the scheduler keeps sessions apart by it."""
    port: AudioPort
    """Microphone and loudspeaker."""
    loudspeaker: Loudspeaker
    """The playing half of the port."""
    inference: Inference
    """The engines."""
    dialogue: Dialogue
    """The history."""
    ghosts: GhostSettings
    """What counts as a transcript."""
    reply: ReplySettings
    """How soon replies begin."""
    phrases: dict[str, Samples]
    """Recorded phrases by name, at the port's playback rate."""
    observer: Observer
    """Who is told."""


class Exchange:
    """One turn, from its endpoint to its place in the history."""

    def __init__(
        self,
        parts: Parts,
        number: int,
        utterance: Utterance,
        transcription: "asyncio.Task[Transcript | EngineError]",
        stamps: Stamps,
        previous: "Exchange | None",
    ) -> None:
        self.number = number
        self.stamps = stamps
        self.work: asyncio.Task[None] | None = None
        """Answering, or apologising in its place."""
        self._parts = parts
        self._utterance = utterance
        self._transcript = ""
        self._reply: Reply | None = None
        self._playouts: list[Playout] = []
        self._closed = asyncio.Event()
        self._understanding = asyncio.create_task(self._understand(transcription, previous))

    async def answer(self) -> NothingSaid | NotUnderstood | StageFailed | None:
        """Understand and reply; returns what got in the way, None once the reply is queued."""
        obstacle = await asyncio.shield(self._understanding)
        if obstacle:
            return obstacle
        parts = self._parts
        playout = await parts.loudspeaker.open()
        self._playouts.append(playout)
        self._reply = Reply(parts.inference, playout, parts.name, self.number, self._mark, parts.reply)
        try:
            await self._reply.run(parts.dialogue.prompt())
        except EngineError as error:
            return self._failed(error)
        return None

    async def apologise(self, phrase: Samples) -> None:
        """Queue a recorded phrase behind whatever of the reply is queued already."""
        playout = await self._parts.loudspeaker.open()
        self._playouts.append(playout)
        await playout.play(phrase)
        playout.seal()

    def cancel(self) -> None:
        """Stop answering, or apologising."""
        if self.work:
            self.work.cancel()

    def started(self, heard: Heard) -> bool:
        """The first sample of the newest playout has left the loudspeaker."""
        return bool(self._playouts) and self._playouts[-1].heard(heard) > 0

    def finished(self, heard: Heard) -> bool:
        """The last one has."""
        return bool(self._playouts) and self._playouts[-1].finished(heard)

    async def close(self, outcome: Outcome) -> None:
        """Write the turn into the history, once it is certain what was heard of it.

        Args:
            outcome: INTERRUPTED stands for UNHEARD too; what was heard decides.
        """
        parts = self._parts
        await self._understanding
        await parts.loudspeaker.settle()
        said = self._reply.said.strip() if self._reply else ""
        heard = self._reply.heard(parts.port.heard()) if self._reply else ""
        if outcome is Outcome.INTERRUPTED and not heard:
            outcome = Outcome.UNHEARD
        if heard:
            self._mark("reply_ended")
        parts.dialogue.answered(heard)
        self._closed.set()
        parts.observer.turn(Turn(self.number, self._transcript, said, heard, outcome), self.stamps)

    async def _understand(
        self, transcription: "asyncio.Task[Transcript | EngineError]", previous: "Exchange | None"
    ) -> NothingSaid | NotUnderstood | StageFailed | None:
        transcript = await transcription
        if previous:
            await previous._closed.wait()  # noqa: SLF001 - the same class
        if isinstance(transcript, EngineError):
            return self._failed(transcript)
        self._mark("transcript")
        speech_s, voice = self._utterance.speech()
        if refuse(transcript, speech_s, voice, self._parts.ghosts):
            clear = speech_s >= CLEAR_SPEECH_S and voice >= CLEAR_VOICE
            return NotUnderstood(self.number) if clear else NothingSaid(self.number)
        self._transcript = transcript.text
        self._parts.dialogue.asked(transcript.text)
        return None

    def _failed(self, error: EngineError) -> StageFailed:
        self._parts.observer.failed(self.number, error)
        return StageFailed(self.number, error.stage)

    def _mark(self, name: str) -> None:
        self.stamps.mark(name, self._parts.port.now())
