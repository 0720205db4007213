"""Speaking: clauses become sound in the loudspeaker, and what was heard of them becomes text again."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import pairwise

from appliance.core.audio import Samples
from appliance.core.resample_stream import StreamResampler
from appliance.core.speech import SpeechChunk, Stage, WordMark
from appliance.inference.job import Inference, Job, Priority
from appliance.pipeline.loudspeaker import Playout
from appliance.pipeline.sentences import Clause
from appliance.pipeline.spoken import SpokenText, speak

SPEAK_BUDGET_S = 15.0
"""s per clause. The longest (200 characters, 14 s of sound) costs Piper medium about 1.5 s on one core."""


@dataclass(slots=True)
class SpokenClause:
    """A clause in the loudspeaker: where its words are in the text and in the sound."""

    clause: Clause
    spoken: SpokenText
    start: int
    """Sample of the playout at which its sound begins."""
    length: int = 0
    """Samples of its sound queued so far."""
    marks: list[WordMark] = field(default_factory=list)
    """Offsets in `spoken.text`, samples from `start` at the playout's rate."""
    complete: bool = False
    """All of its sound is queued."""

    def heard(self, samples: int) -> int:
        """Characters of the clause whose words had ended when `samples` of its sound had left."""
        marks = self.marks or self._proportional()
        ends = [after.sample for _, after in pairwise(marks)]
        words = sum(end <= samples for end in ends)
        return self.spoken.written_until(marks[words].offset) if marks else 0

    def _proportional(self) -> list[WordMark]:
        # A voice without alignments: words take time in proportion to their letters.
        scale = self.length / max(1, len(self.spoken.text))
        return [
            WordMark(word.start(), int(word.start() * scale))
            for word in re.finditer(r"\S+", self.spoken.text)
        ]


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
        entry = SpokenClause(clause, spoken, self._queued)
        self._clauses.append(entry)
        if not spoken.text:
            entry.complete = True
            return
        # Somebody is listening to silence only until the first sound is there.
        priority = Priority.SPEECH if self._queued else Priority.FIRST_CLAUSE
        job = Job[SpeechChunk](
            Stage.TTS, "synthesize", (spoken.text,), priority, self._session, self._turn, SPEAK_BUDGET_S
        )
        async with self._inference.stream(job) as chunks:
            await self._play(chunks, entry)
        entry.complete = True

    async def _play(self, chunks: AsyncIterator[SpeechChunk], entry: SpokenClause) -> None:
        converter = None
        async for chunk in chunks:
            converter = converter or StreamResampler(chunk.rate, self._playout.rate)
            scale = self._playout.rate / chunk.rate
            entry.marks += [WordMark(word.offset, round(word.sample * scale)) for word in chunk.words]
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
            if not entry.complete or samples < entry.start + entry.length:
                return max(position, entry.clause.start + entry.heard(samples - entry.start))
            position = entry.clause.start + len(entry.clause.text)
        return position
