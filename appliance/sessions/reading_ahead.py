"""The model reads what is surely said while it is still being said: at the pause only the last words are new to it."""

import asyncio
from contextlib import suppress

from appliance.core.errors import EngineError
from appliance.core.speech import Partial
from appliance.pipeline.reply import read_up
from appliance.sessions.exchange import Spawn
from appliance.sessions.parts import Parts

WORDS = 3
"""Stable words that are worth a reading: the end of the prompt, some five tokens, is read anew with each."""


class ReadingAhead:
    """Owns one reading at a time. It has the lowest priority, begins only on a free core, and may be given up."""

    def __init__(self, parts: Parts, turn: int, spawn: "Spawn[None]") -> None:
        """Read for turn `turn`, as part of `parts`."""
        self._parts = parts
        self._turn = turn
        self._spawn = spawn
        self._words = 0
        self._reading: asyncio.Task[None] | None = None

    def hear(self, partial: Partial) -> None:
        """This much is understood: read its stable words if there are enough new ones and nobody is in the way."""
        said = partial.text[: partial.stable]
        words = len(said.split())
        busy = self._reading is not None and not self._reading.done()
        if busy or words < self._words + WORDS or not self._welcome():
            return
        self._words = words
        self._reading = self._spawn(self._read(said))

    def leave(self) -> None:
        """Whoever spoke pauses, and the answer is asked for. What was read stays read."""
        if self._reading:
            self._reading.cancel()

    def _welcome(self) -> bool:
        parts = self._parts
        return parts.reply.speculate and parts.relaxed() and parts.inference.spare()

    async def _read(self, said: str) -> None:
        parts = self._parts
        with suppress(EngineError):  # a model that is broken will be noticed when it is asked to answer
            await parts.inference.call(read_up(parts.dialogue.drafted(said), parts.name, self._turn))
