"""Speaking: clauses become sound in the loudspeaker, and what was heard of them becomes text again."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from appliance.core.audio import Samples
from appliance.core.resample_stream import StreamResampler
from appliance.core.speech import SpeechChunk, Stage
from appliance.inference.job import Inference, Job, Priority
from appliance.pipeline.loudspeaker import Playout
from appliance.pipeline.sentences import Clause
from appliance.pipeline.spoken import SpokenText, speak
from appliance.pipeline.word_times import WordTimes

SPEAK_BUDGET_S = 15.0
"""s per clause. The longest (200 characters, 14 s of sound) costs Piper medium about 1.5 s on one core."""

SLOWEST_LETTER_S = 0.13
"""s. eSpeak needs 0.06 to 0.11 for a letter in clauses of three words and more."""

HASTE = 1.15
"""How much faster than this one the clauses before may have been spoken."""


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
        self._pace = SLOWEST_LETTER_S * playout.rate

    async def say(self, clause: Clause) -> None:
        """Queue one clause; returns when the loudspeaker has taken all of it.

        Raises:
            EngineError: the voice failed.
        """
        spoken = speak(clause.text)
        entry = SpokenClause(clause, spoken, WordTimes(spoken.text, self._pace), self._queued)
        self._clauses.append(entry)
        if spoken.text:
            await self._say(entry)
        entry.times.complete = True
        if entry.times.pace:
            self._pace = min(self._pace, HASTE * entry.times.pace)

    async def _say(self, entry: SpokenClause) -> None:
        # Somebody is listening to silence only until the first sound is there.
        priority = Priority.SPEECH if self._queued else Priority.FIRST_CLAUSE
        text = entry.spoken.text
        job = Job[SpeechChunk](
            Stage.TTS, "synthesize", (text,), priority, self._session, self._turn, SPEAK_BUDGET_S
        )
        async with self._inference.stream(job) as chunks:
            await self._play(chunks, entry)

    async def _play(self, chunks: AsyncIterator[SpeechChunk], entry: SpokenClause) -> None:
        converter = None
        async for chunk in chunks:
            converter = converter or StreamResampler(chunk.rate, self._playout.rate)
            entry.times.add(chunk, self._playout.rate / chunk.rate)
            await self._queue(converter.process(chunk.samples), entry)
        if converter:
            await self._queue(converter.finish(), entry)

    async def _queue(self, sound: Samples, entry: SpokenClause) -> None:
        entry.length += len(sound)
        self._queued += len(sound)
        await self._playout.play(sound)

    def heard_until(self, samples: int) -> int:
        """Characters of the reply that had been heard when `samples` of the playout had left."""
        position = 0
        for entry in self._clauses:
            if samples <= entry.start:
                break
            if not entry.times.complete or samples < entry.start + entry.length:
                return max(position, entry.clause.start + entry.heard(samples - entry.start))
            position = entry.clause.start + len(entry.clause.text)
        return position

    def boundary_after(self, samples: int) -> int:
        """Where the word ends that sounds at `samples` of the playout: where the next one begins, or all that is queued ends."""
        for entry in self._clauses:
            if samples < entry.start + entry.length:
                boundary = entry.times.boundary_after(samples - entry.start)
                if boundary is not None:
                    return entry.start + boundary
        return self._queued
