"""One utterance while it is heard: its words as they come, and the answer drafted in its pauses."""

from collections.abc import Awaitable, Callable
from typing import Any

from appliance.core.errors import EngineError
from appliance.core.speech import Partial, Transcript
from appliance.pipeline.listen import Utterance
from appliance.pipeline.transcribe import Transcription
from appliance.sessions.exchange import Exchange, Parts, Spawn


class Hearing:
    """Owns the transcription of one utterance, and the draft of its answer while the speaker pauses."""

    def __init__(self, parts: Parts, utterance: Utterance, turn: int, spawn: Spawn[Any]) -> None:
        """Follow `utterance`, which will become turn `turn`."""
        self.utterance = utterance
        self.partial = Partial("", 0)
        """What is understood so far."""
        self.draft: Exchange | None = None
        """The answer that is being prepared; the speaker pauses."""
        self._parts = parts
        self._turn = turn
        self._spawn = spawn
        self._transcription = Transcription(parts.inference, utterance, parts.name, turn, self._understood)
        self._following = spawn(self._follow())

    async def read(self) -> Transcript | EngineError:
        """What was said up to now. An error is a value here: it belongs to the turn that asks, if one does."""
        return await _value(self._transcription.draft())

    def hurry(self) -> None:
        """Somebody waits for the words: is this an interruption?"""
        self._transcription.urgent = True

    def begin_draft(self, previous: Exchange | None, give: Callable[[Exchange], Awaitable[None]]) -> Exchange:
        """They may be done: let an answer be prepared that nobody hears."""
        self.draft = self._begin(self.read, previous, give)
        return self.draft

    def tear_up(self) -> None:
        """They were not done."""
        if self.draft:
            self.draft.tear_up()
        self.draft = None

    def commit(
        self, endpoint: float, previous: Exchange | None, give: Callable[[Exchange], Awaitable[None]]
    ) -> Exchange:
        """They were done, at second `endpoint`: the turn begins, with the draft if there is one."""
        exchange = self.draft or self._begin(self._final, previous, give)
        exchange.commit(endpoint, self._spawn)
        self.draft = None
        self._spawn(self._close(exchange))
        return exchange

    def discard(self) -> None:
        """Nobody will ask for it again."""
        self.tear_up()
        self._following.cancel()
        self._spawn(_value(self._transcription.discard()))

    def _begin(
        self,
        transcript: Callable[[], Awaitable[Transcript | EngineError]],
        previous: Exchange | None,
        give: Callable[[Exchange], Awaitable[None]],
    ) -> Exchange:
        exchange = Exchange(self._parts, self._turn, self.utterance)
        exchange.understand(transcript, previous, self._spawn)
        exchange.work = self._spawn(give(exchange))
        return exchange

    async def _follow(self) -> None:
        # A recogniser that breaks is noticed by whoever asks it for the words.
        await _value(self._transcription.run())

    async def _final(self) -> Transcript | EngineError:
        return await _value(self._transcription.final())

    async def _close(self, exchange: Exchange) -> None:
        """Once the words are there, the recogniser may forget the sound."""
        await exchange.transcript()
        await _value(self._transcription.discard())

    def _understood(self, partial: Partial) -> None:
        self.partial = partial
        self._parts.observer.partial(partial)


async def _value(work: Awaitable[Any]) -> Any:
    """What comes of `work`, or the error of the engine that did it."""
    try:
        return await work
    except EngineError as error:
        return error
