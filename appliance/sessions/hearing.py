"""One utterance while it is heard: its words as they come, and what is done in its pauses."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from appliance.core.errors import EngineError
from appliance.core.speech import Partial, Transcript
from appliance.pipeline.listen import Listener, Utterance
from appliance.pipeline.transcribe import Transcription
from appliance.sessions.exchange import Exchange, Spawn
from appliance.sessions.parts import Parts
from appliance.sessions.patience import Patience
from appliance.sessions.reading_ahead import ReadingAhead
from appliance.turns.pauses import SpeakerPauses

T = TypeVar("T")

Give = Callable[[Exchange], Coroutine[Any, Any, None]]
"""Gives the answer of a turn, or says what got in its way."""


class Hearing:
    """Owns the transcription of one utterance and, in a pause, the draft of its answer and the patience."""

    def __init__(
        self, parts: Parts, listener: Listener, pauses: SpeakerPauses, turn: int, spawn: Spawn[Any]
    ) -> None:
        """Follow what the listener hears, which will become turn `turn`."""
        assert listener.utterance, "confirmed speech belongs to an utterance"
        self.utterance: Utterance = listener.utterance
        self.partial = Partial("", 0)
        """What is understood so far."""
        self.utterance.moments["noticed"] = parts.port.now()
        self._parts = parts
        self._listener = listener
        self._pauses = pauses
        self._turn = turn
        self._spawn = spawn
        self._draft: Exchange | None = None
        self._patience: Patience | None = None
        self._ahead = ReadingAhead(parts, turn, spawn)
        self._transcription = Transcription(
            parts.inference, self.utterance, parts.name, turn, self._understood
        )
        self._following = spawn(_value(self._transcription.run()))  # who asks for the words hears what broke

    @property
    def onset(self) -> int:
        """Sample at which it began."""
        return self._listener.onset

    def tick(self) -> None:
        """Time goes on; to be called with every frame."""
        if self._patience:
            self._patience.tick(self._spawn)

    async def read(self) -> Transcript | EngineError:
        """What was said up to now. An error is a value here: it belongs to the turn that asks, if one does."""
        return await _value(self._transcription.draft())

    def hurry(self) -> None:
        """Somebody waits for the words: is this an interruption?"""
        self._transcription.urgent = True

    def pause(self, previous: Exchange | None, give: Give) -> None:
        """They may be done: prepare an answer that nobody hears, and see how long to wait for more."""
        self._ahead.leave()
        self._draft = self._begin(self.read, previous, give)
        self._draft.mark("drafted")
        self._patience = Patience(self._parts, self._listener, self.utterance, self._pauses, self._turn)
        self._spawn(self._read_draft(self._draft, self._patience))

    def resume(self) -> None:
        """They were not done."""
        if self._patience:
            self._patience.resumed()
        self.utterance.resumed += 1
        self._leave_pause()

    def commit(self, endpoint: float, previous: Exchange | None, give: Give) -> Exchange:
        """They were done, at second `endpoint`: the turn begins, with the draft if there is one."""
        exchange = self._draft or self._begin(self._final, previous, give)
        exchange.commit(endpoint, self._spawn, self.utterance.resumed)
        for name, at in self.utterance.moments.items():
            exchange.stamps.mark(name, at)
        self._draft = None
        self._leave_pause()
        self._spawn(self._close(exchange))
        return exchange

    def discard(self) -> None:
        """Nobody will ask for it again."""
        self._ahead.leave()
        self._leave_pause()
        self._following.cancel()
        self._spawn(_value(self._transcription.discard()))

    def _begin(
        self,
        transcript: Callable[[], Awaitable[Transcript | EngineError]],
        previous: Exchange | None,
        give: Give,
    ) -> Exchange:
        exchange = Exchange(self._parts, self._turn, self.utterance)
        exchange.understand(transcript, previous, self._spawn)
        exchange.work = self._spawn(give(exchange))
        return exchange

    def _leave_pause(self) -> None:
        if self._draft:
            self._draft.tear_up()
        if self._patience:
            self._patience.leave()
        self._draft = self._patience = None

    async def _read_draft(self, draft: Exchange, patience: Patience) -> None:
        patience.read(await draft.transcript())

    async def _final(self) -> Transcript | EngineError:
        return await _value(self._transcription.final())

    async def _close(self, exchange: Exchange) -> None:
        """Once the words are there, the recogniser may forget the sound."""
        await exchange.transcript()
        await _value(self._transcription.discard())

    def _understood(self, partial: Partial) -> None:
        self.partial = partial
        if partial.text:
            self.utterance.moments.setdefault("first_words", self._parts.port.now())
        if not self._transcription.urgent:  # over a reply the model is at work
            self._ahead.hear(partial)
        self._parts.observer.partial(partial)


async def _value(work: Awaitable[T]) -> T | EngineError:
    """What comes of `work`, or the error of the engine that did it."""
    try:
        return await work
    except EngineError as error:
        return error
