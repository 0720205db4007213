"""Text on its way from the model to the voice: cut, held back while that serves, timed, and queued."""

import asyncio
from collections.abc import Callable

from appliance.core import clock
from appliance.pipeline.foresight import Foresight
from appliance.pipeline.sentences import Clause, Splitter
from appliance.pipeline.tempo import STRETCH, Tempo

CLAUSES_AHEAD = 4
"""Clauses that may wait for the voice; the model pauses beyond that. At most 800 characters."""

LOOK_S = 0.01
"""s between two looks at least."""


class Stopwatch:
    """Owns how long the model has been at the present stretch of text."""

    def __init__(self, tempo: Tempo) -> None:
        self._tempo = tempo
        self._since: float | None = None
        self._characters = 0

    def wrote(self, characters: int, now: float) -> None:
        """So many more are there."""
        if self._since is None:  # what came before the first look took an unknown time
            self._since, characters = now, 0
        self._characters += characters
        if self._characters >= STRETCH:
            self._tempo.wrote(self._characters, now - self._since)
            self._since, self._characters = now, 0

    def stop(self) -> None:
        """The model is kept waiting."""
        self._since, self._characters = None, 0


class Dictation:
    """Owns the text of one reply between model and voice, and when to look at it again."""

    def __init__(
        self, tempo: Tempo, ahead_s: Callable[[int], float], hold_s: float, released: Callable[[Clause], None]
    ) -> None:
        """Begin one reply.

        Args:
            tempo: of the conversation.
            ahead_s: seconds of sound that are not heard yet of so many first characters of the reply.
            hold_s: for which words are held back in silence at most.
            released: is told of every clause when it leaves.
        """
        self._foresight = Foresight(tempo, ahead_s, clock.now, hold_s)
        self._splitter = Splitter(self._foresight)
        self._stopwatch = Stopwatch(tempo)
        self._released = released
        self._clauses: asyncio.Queue[Clause | None] = asyncio.Queue(CLAUSES_AHEAD)  # noqa: TID251 - full: the model waits
        self._timers: dict[str, asyncio.TimerHandle] = {}

    async def write(self, delta: str, first_words_s: float) -> None:
        """The model has written more. So long after the first of it the first clause does with less than a mark."""
        if "hurry" not in self._timers:
            self._timers["hurry"] = clock.after(first_words_s, self._hurry)
        self._stopwatch.wrote(len(delta), clock.now())
        await self._pass_on(self._splitter.feed(delta))
        self._set_alarm()

    async def recite(self, text: str) -> None:
        """All of it is there already."""
        splitter = Splitter()
        await self._pass_on([*splitter.feed(text), *splitter.finish()])
        await self._clauses.put(None)

    async def finish(self) -> None:
        """Nothing more will be written."""
        self.pause()
        await self._pass_on(self._splitter.finish())
        await self._clauses.put(None)

    def pause(self) -> None:
        """The model has stopped, be it for ever: nothing leaves any more before it goes on."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._stopwatch.stop()

    def begin_again(self) -> None:
        """What was written cannot be said, and is forgotten."""
        self._splitter = Splitter(self._foresight)

    async def next(self) -> Clause | None:
        """The next clause to be spoken; None: that was all."""
        return await self._clauses.get()

    async def _pass_on(self, clauses: list[Clause]) -> None:
        self._cancel("look")  # nothing may overtake what waits here
        for clause in clauses:
            self._released(clause)
            if self._clauses.full():
                self._stopwatch.stop()
            await self._clauses.put(clause)

    def _hurry(self) -> None:
        self._give(self._splitter.hurry())

    def _look(self) -> None:
        if not self._clauses.full():  # otherwise there is enough to be said
            self._give(self._splitter.look())
        self._set_alarm()

    def _give(self, clauses: list[Clause]) -> None:
        for clause in clauses:
            self._released(clause)
            self._clauses.put_nowait(clause)

    def _set_alarm(self) -> None:
        self._cancel("look")
        wait_s = self._splitter.wait_s()
        if wait_s is not None:
            self._timers["look"] = clock.after(max(wait_s, LOOK_S), self._look)

    def _cancel(self, name: str) -> None:
        if name in self._timers:
            self._timers[name].cancel()
