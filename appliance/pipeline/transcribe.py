"""Understanding: the recogniser follows an utterance while it is spoken, and says what was said so far."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE
from appliance.core.errors import EngineError, Failure
from appliance.core.speech import Partial, Stage, Transcript
from appliance.inference.job import Inference, Job, Priority
from appliance.pipeline import trust
from appliance.pipeline.listen import Utterance
from appliance.pipeline.partials import Guesses, Partials

T = TypeVar("T")

BLOCK = CAPTURE_RATE // 10
"""Samples per job: 100 ms keeps the recogniser within 100 ms of the speaker at ten jobs a second."""

LONGEST_BLOCK = CAPTURE_RATE
"""Samples per job at most: a recogniser in arrears catches up in steps that can be timed and cancelled."""

BUDGET_S = 15.0
"""s per job. A second of arrears costs PocketSphinx 160 ms, the longest utterance whisper.cpp base.en about 3 s on
one core. A hang takes for ever, so there is room for a machine that is busy with something else."""


@dataclass(frozen=True, slots=True)
class _Understood:
    """What was said so far."""

    transcript: Transcript
    voiced_s: float
    """s of voice that it is the transcript of: as long as there is no more, it stands."""


class Transcription:
    """One utterance on its way through the recogniser. Owns the count of what the recogniser surely has.

    Everything may be cancelled at any moment. Whether a cancelled job has still reached the recogniser, nobody
    knows; then it is told to forget the utterance and given it from the start. Silence behind a transcript is
    held back: it adds no words, and a recogniser that has no news need not decode again.

    A recogniser that breaks, or is replaced, costs no utterance either: its sound is still here.
    """

    def __init__(
        self,
        inference: Inference,
        utterance: Utterance,
        session: str,
        turn: int,
        partial: Callable[[Partial], None],
    ) -> None:
        """Prepare to follow.

        Args:
            inference: where the recogniser is.
            utterance: may still be growing.
            session: for the scheduler's books.
            turn: the turn that the utterance will become.
            partial: told what is understood so far, a few times a second.
        """
        self.urgent = False
        """Somebody waits for the words while they are being said."""
        self._recogniser = _Recogniser(inference, utterance.number, session, turn)
        self._utterance = utterance
        self._partials = Partials(partial)
        self._guesses = Guesses()
        self._lock = asyncio.Lock()
        self._told: int | None = 0
        """Samples that the recogniser has; None: nobody knows."""
        self._limit: float = math.inf
        """Samples that it shall have; 0 once it may forget them."""
        self._streamed = ""
        """What it understood while listening; for ever empty if it only knows whole utterances."""
        self._understood: _Understood | None = None

    async def run(self) -> None:
        """Follow the utterance until it has ended.

        Raises:
            EngineError: the recogniser failed.
        """
        seen = 0
        while self._limit and (seen < self._utterance.length or not self._utterance.ended):
            await self._utterance.beyond(seen, BLOCK)
            seen = self._utterance.length
            async with self._lock:
                await self._persist(self._keep_up)
            self._partials.tick(at_once=self.urgent)
        self._partials.flush()

    async def draft(self) -> Transcript:
        """What was said, if it ended now.

        Raises:
            EngineError: the recogniser failed.
        """
        async with self._lock:
            return await self._persist(lambda: self._understand("peek", Priority.TRANSCRIPT))

    async def final(self) -> Transcript:
        """What was said, once the utterance has ended. The recogniser may have closed it; discard it in any case.

        Raises:
            EngineError: the recogniser failed.
        """
        while not self._utterance.ended:
            await self._utterance.beyond(self._utterance.length, 1)
        async with self._lock:
            transcript = await self._persist(lambda: self._understand("finish", Priority.TRANSCRIPT))
        self._partials.conclude(transcript.text)
        return transcript

    async def discard(self) -> None:
        """Nobody will ask again: let the recogniser forget the utterance.

        Raises:
            EngineError: the recogniser failed.
        """
        self._limit = 0
        async with self._lock:
            await self._recogniser.forget(Priority.PARTIAL)

    async def _persist(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Do it; should the recogniser break, again, from the start of the utterance."""
        tries = trust.Tries()
        while True:
            try:
                return await attempt()
            except EngineError as error:
                if not tries.another(error):
                    raise
            self._told, self._streamed = None, ""

    async def _keep_up(self) -> None:
        if self._news():
            await self._feed(self._utterance.length, Priority.TRANSCRIPT if self.urgent else Priority.PARTIAL)
        await self._guess()

    def _news(self) -> bool:
        """Whether anybody has spoken since the last transcript."""
        return self._understood is None or self._utterance.speech()[0] > self._understood.voiced_s

    async def _understand(self, method: str, priority: Priority) -> Transcript:
        """The transcript of all that is there. A recogniser that closes the utterance is told nothing more."""
        if self._news():
            voiced_s = self._utterance.speech()[0]
            await self._feed(self._utterance.length, priority)
            told, self._told = self._told, self._told if method == "peek" else None
            transcript = await self._recogniser.ask(method, priority, check=trust.transcript)
            self._told = told
            self._understood = _Understood(transcript, voiced_s)
            self._partials.hear(transcript.text)
        assert self._understood
        return self._understood.transcript

    async def _feed(self, end: int, priority: Priority) -> None:
        """Give the recogniser all before sample `end` that it does not have."""
        if self._told is None:
            await self._recogniser.forget(priority)
            self._told = 0
        position = self._told
        while position < min(end, self._limit):
            block = (await self._utterance.beyond(position, 0))[: min(LONGEST_BLOCK, end - position)]
            self._told = None
            self._streamed = await self._recogniser.ask("accept", priority, block, check=trust.words)
            self._told = position = position + len(block)
            self._partials.hear(self._streamed)

    async def _guess(self) -> None:
        """Where the recogniser does not stream, and a core is free: see what it understands."""
        voiced_s = self._utterance.speech()[0]
        due = self._guesses.due(voiced_s) and self._news() and not self._streamed
        if due and self._recogniser.spare():
            began = clock.now()
            await self._understand("peek", Priority.PARTIAL)
            self._guesses.guessed(voiced_s, clock.now() - began)


class _Recogniser:
    """Asks the recogniser about one utterance, and notices when it is no longer the same recogniser."""

    def __init__(self, inference: Inference, utterance: int, session: str, turn: int) -> None:
        self._inference = inference
        self._utterance = utterance
        self._session = session
        self._turn = turn
        self._life = inference.life(Stage.STT)

    async def ask(self, method: str, priority: Priority, *args: Any, check: Callable[[Any], T]) -> T:
        """What it says, if that makes sense."""
        job = self._job(method, priority, *args)
        given = await self._inference.call(job)
        if self._inference.life(Stage.STT) != self._life:
            # Better to ask again than to answer half a sentence.
            raise EngineError(
                Stage.STT, "the recogniser was replaced while somebody spoke", failure=Failure.REPLACED
            )
        with trust.doubting(self._inference, job):
            return check(given)

    async def forget(self, priority: Priority) -> None:
        """Begin anew, with whichever recogniser there is now."""
        await self._inference.call(self._job("discard", priority))
        self._life = self._inference.life(Stage.STT)

    def _job(self, method: str, priority: Priority, *args: Any) -> Job[Any]:
        args = (self._utterance, *args)
        return Job[Any](Stage.STT, method, args, priority, self._session, self._turn, BUDGET_S)

    def spare(self) -> bool:
        return self._inference.spare()


def doubt(inference: Inference, session: str, turn: int) -> None:
    """People speak clearly and are not understood, again and again: perhaps it is the recogniser."""
    job = Job[Any](Stage.STT, "finish", (), Priority.TRANSCRIPT, session, turn, BUDGET_S)
    inference.doubt(job, "people who speak clearly are not understood")


async def transcribe(
    inference: Inference,
    utterance: Utterance,
    session: str,
    turn: int,
    partial: Callable[[Partial], None] = lambda _: None,
) -> Transcript:
    """Follow `utterance` to its end and return what was said. The arguments are those of `Transcription`.

    Raises:
        EngineError: the recogniser failed.
    """
    transcription = Transcription(inference, utterance, session, turn, partial)
    await transcription.run()
    transcript = await transcription.final()
    await transcription.discard()
    return transcript
