"""Speaking: clauses become sound in the loudspeaker, and what was heard of them becomes text again."""

import asyncio
from dataclasses import dataclass

from appliance.core.audio import Samples
from appliance.core.errors import EngineError
from appliance.core.resample_stream import StreamResampler
from appliance.core.speech import SpeechChunk, Stage
from appliance.inference.job import Inference, Job, Priority
from appliance.pipeline.loudspeaker import Playout
from appliance.pipeline.sentences import Clause
from appliance.pipeline.spoken import SpokenText, speak
from appliance.pipeline.word_times import WordTimes

SPEAK_BUDGET_S = 15.0
"""s per clause. The longest (200 characters, 14 s of sound) costs Piper medium about 1.5 s on one core."""

AHEAD = 100
"""Pieces of sound that the voice may be ahead of the loudspeaker, within a clause; it waits beyond that. Known in
time, the length of a clause tells where its words are even if the voice does not."""

Sounds = asyncio.Queue[Samples | None]  # noqa: TID251 - made with a size
"""What the voice has made of a clause; None at its end."""


@dataclass(slots=True)
class SpokenClause:
    """A clause in the loudspeaker: where its words are in the text and in the sound."""

    clause: Clause
    spoken: SpokenText
    times: WordTimes
    """Of the words of `spoken`, from `start` on."""
    start: int
    """Sample of the playout at which its sound begins."""
    length: int = 0
    """Samples of its sound queued so far."""
    whole: bool = False
    """All of its sound is queued."""

    def heard(self, samples: int) -> int:
        """Characters of the clause whose words had sounded when `samples` of its sound had left."""
        return self.spoken.written_until(self.times.heard(samples))


class Recital:
    """Reads one reply aloud, clause by clause, and knows how far the listener has heard it."""

    def __init__(self, inference: Inference, playout: Playout, session: str, turn: int) -> None:
        self._inference = inference
        self._playout = playout
        self._session = session
        self._turn = turn
        self._clauses: list[SpokenClause] = []
        self._queued = 0

    async def say(self, clause: Clause) -> None:
        """Queue one clause; returns when the loudspeaker has taken all of it.

        Raises:
            EngineError: the voice failed.
        """
        spoken = speak(clause.text)
        entry = SpokenClause(clause, spoken, WordTimes(spoken.text, self._playout.rate), self._queued)
        self._clauses.append(entry)
        if spoken.text:
            await self._say(entry)
        entry.whole = True

    async def _say(self, entry: SpokenClause) -> None:
        sounds = Sounds(AHEAD)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._synthesize(entry, sounds))
                tasks.create_task(self._play(entry, sounds))
        except* EngineError as failed:
            raise failed.exceptions[0] from None

    async def _synthesize(self, entry: SpokenClause, sounds: Sounds) -> None:
        # Somebody is listening to silence only until the first sound is there.
        priority = Priority.SPEECH if self._queued else Priority.FIRST_CLAUSE
        text = entry.spoken.text
        job = Job[SpeechChunk](
            Stage.TTS, "synthesize", (text,), priority, self._session, self._turn, SPEAK_BUDGET_S
        )
        converter = None
        async with self._inference.stream(job) as chunks:
            async for chunk in chunks:
                entry.times.add(chunk)
                converter = converter or StreamResampler(chunk.rate, self._playout.rate)
                await sounds.put(converter.process(chunk.samples))
        entry.times.complete = True
        if converter:
            await sounds.put(converter.finish())
        await sounds.put(None)

    async def _play(self, entry: SpokenClause, sounds: Sounds) -> None:
        while (sound := await sounds.get()) is not None:
            entry.length += len(sound)
            self._queued += len(sound)
            await self._playout.play(sound)

    def heard_until(self, samples: int) -> int:
        """Characters of the reply that had been heard when `samples` of the playout had left."""
        position = 0
        for entry in self._clauses:
            if samples <= entry.start:
                break
            if not entry.whole or samples < entry.start + entry.length:
                return max(position, entry.clause.start + entry.heard(samples - entry.start))
            position = entry.clause.start + len(entry.clause.text)
        return position

    def boundary_after(self, samples: int) -> int:
        """Where the word that sounds at `samples` of the playout gives way to the next, or all that is queued ends."""
        for entry in self._clauses:
            if samples < entry.start + entry.length:
                boundary = entry.times.boundary_after(samples - entry.start)
                if boundary is not None:
                    return entry.start + boundary
        return self._queued
