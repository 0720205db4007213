"""Answering: the model's words become clauses while it writes, and sound while it goes on writing."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval

from appliance.core.errors import EngineError, Failure
from appliance.core.interfaces import Heard
from appliance.core.speech import Message, Role, Stage
from appliance.inference.job import Inference, Job, Priority
from appliance.pipeline import trust
from appliance.pipeline.dictation import Dictation
from appliance.pipeline.loudspeaker import Playout
from appliance.pipeline.sentences import Clause
from appliance.pipeline.speak import Recital
from appliance.pipeline.spoken import speak
from appliance.pipeline.tempo import Tempo

THINK_BUDGET_S = 60.0
"""s of decoding: 120 tokens at 5 a second on the slowest board, and a long prefill before."""

AHEAD_MS = 50
"""ms of sound that a device has taken already and will play in any case: 35 measured, and a period."""


NEWS_MS = 100
"""ms of sound between two looks at which words have been heard: a short word."""


@dataclass(frozen=True, slots=True)
class ReplySettings:
    """How soon a reply begins."""

    speculate: bool = True
    """Whether an answer is prepared while the speaker pauses, and thrown away when they go on. It costs
    electricity, and saves most of the wait for the end of the turn."""

    first_words_s: Annotated[float, Interval(ge=0.05, le=10)] = 0.35
    """s from the first token after which the first clause may end between two phrases, without a mark, if it will last
    until more can be said: sooner sounds chopped, later feels slow."""

    hold_s: Annotated[float, Interval(ge=0, le=10)] = 2.0
    """s for which words are held back in silence, at most, because what follows them would come too late. Less begins
    sooner on a slow machine, and stops in the midst of a sentence."""

    bridge_s: Annotated[float, Interval(ge=0.5, le=60)] = 1.3
    """s of silence where an answer is due after which the box asks for a moment. The phrase is heard 0.1 s later
    (50 ms of silence in it, a device's buffer), within 1.5 s of the end of the turn."""

    bridge_again_s: Annotated[float, Interval(ge=2, le=60)] = 6.0
    """s of silence behind such a phrase after which the box asks again."""


def read_up(messages: Sequence[Message], session: str, turn: int) -> Job[int]:
    """The job that makes the model read a dialogue before it is asked to continue it."""
    weight = _letters(messages)
    return Job(Stage.LLM, "prefill", (messages,), Priority.SPECULATION, session, turn, THINK_BUDGET_S, weight)


def generation(messages: Sequence[Message], said: str, session: str, turn: int) -> Job[str]:
    """The job that makes the model answer, or go on with an answer of which `said` is written."""
    if said:
        messages = [*messages, Message(Role.ASSISTANT, said)]
    weight = _letters(messages)
    return Job(Stage.LLM, "generate", (messages,), Priority.DECODE, session, turn, THINK_BUDGET_S, weight)


def _letters(messages: Sequence[Message]) -> float:
    return sum(len(message.text) for message in messages)


class Reply:
    """One answer, from the first token to the last sample queued."""

    def __init__(
        self,
        inference: Inference,
        playout: Playout,
        session: str,
        turn: int,
        mark: Callable[[str], None],
        settings: ReplySettings,
        tempo: Tempo | None = None,
    ) -> None:
        """One answer of a session, by its turn.

        `mark` is told what happened, `tempo` is what is known of the paces of this conversation.
        """
        self._settings = settings
        self._inference = inference
        self._playout = playout
        tempo = tempo or Tempo()
        self._recital = Recital(inference, playout, session, turn, mark, tempo)
        self._session = session
        self._turn = turn
        self._mark = mark
        self._dictation = Dictation(tempo, self._recital.ahead_s, settings.hold_s, self._begin)
        self.said = ""
        """What the model has produced so far."""
        self.words = 0
        """Words of its first clause, once that is there."""
        self._told = (0, "")
        """Samples that had been heard when news were last asked for, and the words that were heard then."""

    async def run(self, messages: Sequence[Message], script: str = "") -> None:
        """Think and speak at the same time; returns when all of it is in the loudspeaker's queue.

        While the playout is not open, all is thought but only the first clause is spoken, to nobody. With a
        `script` nothing is thought: that is said.

        Raises:
            EngineError: model or voice failed, or there was nothing to say.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._read_out(script) if script else self._think(messages))
                tasks.create_task(self._speak())
        except* EngineError as failed:
            raise failed.exceptions[0] from None
        if self._playout.silent:  # only a script gets so far
            raise EngineError(Stage.TTS, "there is nothing to say in it", failure=Failure.SPEECHLESS)
        self._playout.seal()

    def heard(self, now: Heard) -> str:
        """What of it has left the loudspeaker, cut after the last whole word."""
        return self.said[: self._recital.heard_until(self._playout.heard(now))].strip()

    def news(self, now: Heard) -> str | None:
        """What was heard of it so far, when there are more words than last time. Ask as often as you like."""
        samples, words = self._playout.heard(now), self._told[1]
        if samples - self._told[0] < self._playout.rate * NEWS_MS // 1000:
            return None
        heard = self.heard(now)
        self._told = (samples, heard)
        return heard if heard != words else None

    def word_end(self, now: Heard) -> int:
        """Where the word ends that is being heard, on the port's count of samples.

        Of the word that will be heard when this takes effect, to be exact: the device has some sound already.
        """
        ahead = self._playout.heard(now) + self._playout.rate * AHEAD_MS // 1000
        return self._playout.at(self._recital.boundary_after(ahead))

    async def _think(self, messages: Sequence[Message]) -> None:
        """Have it written. A model that breaks off is replaced, and goes on where it was."""
        tries = trust.Tries()
        while True:
            try:
                await self._write(messages)
                break
            except EngineError as error:
                if not tries.another(error):
                    raise
        self._mark("last_token")
        await self._dictation.finish()

    async def _write(self, messages: Sequence[Message]) -> None:
        job = generation(messages, self.said, self._session, self._turn)
        self._mark("model_asked")
        try:
            async with self._inference.stream(job) as deltas:
                async for given in deltas:
                    with trust.doubting(self._inference, job):
                        delta = trust.delta(given, len(self.said))
                    self._mark("first_token")
                    self.said += delta
                    await self._dictation.write(delta, self._settings.first_words_s)
        finally:  # a reply that is over or given up hurries nobody
            self._dictation.pause()
        if not speak(self.said).text:
            self.said = ""
            self._dictation.begin_again()
            with trust.doubting(self._inference, job):
                raise trust.nonsense(Stage.LLM, "nothing that can be said")  # not what: problems reach logs

    async def _read_out(self, script: str) -> None:
        self.said = script
        await self._dictation.recite(script)

    def _begin(self, clause: Clause) -> None:
        self._mark("first_clause")
        self.words = self.words or len(clause.text.split())

    async def _speak(self) -> None:
        while clause := await self._dictation.next():
            await self._recital.say(clause)
            # Nobody needs a second clause before it is certain that somebody wants the first.
            await self._playout.wanted()
