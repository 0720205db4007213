"""How long one pause may last: looks at the sound and reads the words while it does, and decides anew each time."""

import asyncio
from typing import Any

from appliance.core.errors import EngineError
from appliance.core.speech import Stage
from appliance.inference.job import Job, Priority
from appliance.pipeline.listen import Listener, Utterance
from appliance.pipeline.trust import doubting, probability
from appliance.sessions.exchange import Spawn
from appliance.sessions.parts import Parts
from appliance.turns.pauses import SpeakerPauses
from appliance.turns.release import Evidence, least, release_ms

SOUND_S = 8.0
"""s of sound that a turn end model hears at most: Smart Turn's window."""

LOOK_BUDGET_S = 5.0
"""s per look, which costs about 0.06. One that hangs costs the model its process, and the pause its look."""


class Patience:
    """Owns the evidence in one pause. Tells the listener, whenever it grows, how much silence ends the turn."""

    def __init__(
        self, parts: Parts, listener: Listener, utterance: Utterance, pauses: SpeakerPauses, turn: int
    ) -> None:
        self._parts = parts
        self._listener = listener
        self._utterance = utterance
        self._pauses = pauses
        self._turn = turn
        self._lasted_ms = listener.silence_ms
        self._due = list(parts.release.looks_ms)
        """ms of silence at the looks to come."""
        self._look: asyncio.Task[None] | None = None
        self._text = ""
        self._evidence: Evidence | None = None
        """Once there was a look."""
        listener.release(parts.release.middle_ms)

    def tick(self, spawn: Spawn[Any]) -> None:
        """The pause goes on. One look at a time: the next one sees more than one that is late."""
        self._lasted_ms = self._listener.silence_ms
        if self._due and self._lasted_ms >= self._due[0] and (self._look is None or self._look.done()):
            self._due = [due for due in self._due if due > self._lasted_ms]
            self._look = spawn(self._listen())

    def read(self, text: str) -> None:
        """What was understood of the turn so far."""
        self._text = text
        if self._evidence:
            self._decide(self._evidence.turn_end)

    def resumed(self) -> None:
        """The speaker went on: this is how long they pause."""
        self._pauses.learn(self._lasted_ms)
        self.leave()

    def leave(self) -> None:
        """It does not matter any more."""
        if self._look:
            self._look.cancel()

    async def _listen(self) -> None:
        parts = self._parts
        args = (self._utterance.last(SOUND_S),)
        job = Job[float](
            Stage.TURN_END, "probability", args, Priority.TURN_END, parts.name, self._turn, LOOK_BUDGET_S
        )
        turn_end: float | None
        try:
            given = await parts.inference.call(job)
            with doubting(parts.inference, job):
                turn_end = probability(given)
        except EngineError:
            turn_end = None  # then the silence and the words decide
        before = self._evidence.turn_end if self._evidence else None
        self._decide(least(before, turn_end))

    def _decide(self, turn_end: float | None) -> None:
        parts = self._parts
        self._evidence = Evidence(turn_end, self._text, parts.dialogue.asks, self._pauses.typical_ms)
        self._listener.release(release_ms(self._evidence, parts.release))
