"""How the reply gives way to somebody who makes a sound over it, and when it did."""

from collections.abc import Callable, Coroutine
from typing import Any

from appliance.pipeline.listen import Listener
from appliance.sessions.exchange import Exchange
from appliance.sessions.parts import Parts
from appliance.sessions.trace import SAMPLES_PER_MS

Spawn = Callable[[Coroutine[Any, Any, None]], Any]


class Overlap:
    """Lowers, silences and brings back the loudspeaker for the open turn, and stamps it."""

    def __init__(self, parts: Parts, listener: Listener, present: Callable[[], Exchange | None]) -> None:
        """Begin.

        Args:
            parts: of the conversation.
            listener: knows when the voice over the reply began.
            present: the open turn.
        """
        self._parts = parts
        self._listener = listener
        self._present = present

    def duck(self) -> None:
        """Somebody may be speaking: lower the reply, and let it wait at the end of its word."""
        exchange = self._present()
        assert exchange, "its reply is heard"
        self._begin(exchange)
        exchange.mark("ducked")
        self._parts.loudspeaker.duck(exchange.word_end(self._parts.port.heard()))

    def unduck(self) -> None:
        """Bring it back, unless it has been silenced: it was a cough, or an “uh-huh”."""
        self._parts.loudspeaker.unduck()
        exchange = self._present()
        if exchange and exchange.stamps.hushed is None:
            exchange.stamps.barge_in = exchange.stamps.ducked = None

    def hush(self, spawn: Spawn) -> None:
        """Silence it, and have it noted when that is so."""
        exchange = self._present()
        self._parts.loudspeaker.hush()
        if exchange and exchange.stamps.hushed is None:
            self._begin(exchange)
            exchange.mark("hushed")
            spawn(self._await_silence(exchange))

    def _begin(self, exchange: Exchange) -> None:
        """Stamp where the voice over the reply began, unless there is none: a button, or something broke."""
        utterance, onset_ms = self._listener.utterance, self._listener.onset / SAMPLES_PER_MS
        if utterance and not utterance.ended and onset_ms > (exchange.stamps.endpoint or 0.0):
            exchange.stamps.mark("barge_in", onset_ms / 1000)

    async def _await_silence(self, exchange: Exchange) -> None:
        """Stamp when the last sample left, if any of this turn was still to leave."""
        await self._parts.loudspeaker.settle()
        ended = self._parts.port.heard().ended
        if ended * 1000 > (exchange.stamps.endpoint or 0.0):
            exchange.stamps.mark("silent", ended)
