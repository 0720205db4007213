"""Speaking: clauses become sound in the loudspeaker, and what was heard of them becomes text again."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from appliance.core import clock
from appliance.core.audio import Samples
from appliance.core.errors import EngineError
from appliance.core.resample_stream import StreamResampler
from appliance.core.speech import SpeechChunk, Stage
from appliance.inference.job import Inference, Job, Priority
from appliance.pipeline import trust
from appliance.pipeline.loudspeaker import Playout
from appliance.pipeline.sentences import Clause
from appliance.pipeline.spoken import SpokenText, speak
from appliance.pipeline.tempo import Tempo
from appliance.pipeline.word_times import WordTimes

SPEAK_BUDGET_S = 15.0
"""s per clause. The longest (200 characters, 14 s of sound) costs Piper medium about 1.5 s on one core."""

AHEAD = 100
"""Pieces of sound that the voice may be ahead of the loudspeaker, within a clause; it waits beyond that. Known in
time, the length of a clause tells where its words are even if the voice does not."""

LITTLE_S = 0.001
"""s of sound that are still to come while the voice is at work, whatever was expected of it."""

SAYABLE = re.compile(r"[A-Za-z0-9]")
"""What every voice has a sound for. Of other scripts a voice may know nothing, and be well."""

Sounds = asyncio.Queue[Samples | None]  # noqa: TID251 - made with a size
"""What the voice has made of a clause; None at its end."""


@dataclass(slots=True)
class _Work:
    """How long one clause has kept its listeners waiting."""

    since: float
    """Second since which somebody waits for more."""
    all_s: float = 0.0
    """Seconds that were waited for all of it, so far."""
    first_s: float = 0.0
    """Seconds of them that passed before the first sound."""

    def came(self, now: float) -> None:
        """More is there."""
        self.all_s += now - self.since

    def sounds(self) -> None:
        """It can be heard."""
        self.first_s = self.first_s or self.all_s

    def goes_on(self, now: float) -> None:
        """It is dealt with, and more is waited for."""
        self.since = now


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
    made_s: float = 0.0
    """Seconds of its sound that the voice has made."""
    whole: bool = False
    """All of its sound is queued."""

    def heard(self, samples: int) -> int:
        """Characters of the clause whose words had sounded when `samples` of its sound had left."""
        return self.spoken.written_until(self.times.heard(samples))

    def cut(self) -> Clause:
        """The voice broke off: this is all that there will be of it. Returns the rest, which nobody has heard."""
        clause, end = self.clause, self.heard(self.length) if self.length else 0
        self.clause, self.whole = Clause(clause.text[:end], clause.start), True
        return Clause(clause.text[end:], clause.start + end)


class Recital:
    """Reads one reply aloud, clause by clause, and knows how far the listener has heard it."""

    def __init__(
        self,
        inference: Inference,
        playout: Playout,
        session: str,
        turn: int,
        mark: Callable[[str], None] = lambda _: None,
        tempo: Tempo | None = None,
    ) -> None:
        self._inference = inference
        self._playout = playout
        self._session = session
        self._turn = turn
        self._mark = mark
        self._tempo = tempo or Tempo()
        self._clauses: list[SpokenClause] = []
        self._queued = 0

    async def say(self, clause: Clause) -> None:
        """Queue one clause; returns when the loudspeaker has taken all of it.

        A voice that breaks off is replaced, and goes on with the word at which it was cut.

        Raises:
            EngineError: the voice failed again and again.
        """
        tries = trust.Tries()
        while True:
            spoken = speak(clause.text)
            entry = SpokenClause(clause, spoken, WordTimes(spoken.text, self._playout.rate), self._queued)
            self._clauses.append(entry)
            error = await self._say(entry) if spoken.text else None
            if not error:
                entry.whole = True
                return
            clause = entry.cut()
            if not tries.another(error):
                raise error

    async def _say(self, entry: SpokenClause) -> EngineError | None:
        """Say it as far as the voice goes; an error is a value, behind the sound that came before it."""
        sounds = Sounds(AHEAD)
        async with asyncio.TaskGroup() as tasks:
            synthesis = tasks.create_task(self._synthesize(entry, sounds))
            tasks.create_task(self._play(entry, sounds))
        return synthesis.result()

    async def _synthesize(self, entry: SpokenClause, sounds: Sounds) -> EngineError | None:
        # Somebody is listening to silence only until the first sound is there.
        priority = Priority.SPEECH if self._queued else Priority.FIRST_CLAUSE
        text = entry.spoken.text
        job = Job[SpeechChunk](
            Stage.TTS, "synthesize", (text,), priority, self._session, self._turn, SPEAK_BUDGET_S
        )
        error = None
        try:
            await self._convert(entry, job, sounds)
        except EngineError as broken:
            error = broken
        await sounds.put(None)
        return error

    async def _convert(self, entry: SpokenClause, job: Job[SpeechChunk], sounds: Sounds) -> None:
        """Have it spoken, at the rate of the loudspeaker. Silence before the first sound waits for that sound."""
        converter, silent, begun = None, list[Samples](), False
        work = _Work(clock.now())
        async with self._inference.stream(job) as chunks:
            async for given in chunks:
                work.came(clock.now())
                with trust.doubting(self._inference, job):
                    chunk = trust.sound(given, entry.made_s)
                entry.made_s += len(chunk.samples) / chunk.rate
                entry.times.add(chunk)
                converter = converter or StreamResampler(chunk.rate, self._playout.rate)
                silent.append(converter.process(chunk.samples))
                begun = begun or trust.audible(chunk.samples)
                if begun:
                    self._mark("first_sound")
                    work.sounds()
                    await sounds.put(np.concatenate(silent))
                    silent.clear()
                work.goes_on(clock.now())
            work.came(clock.now())
        if silent and SAYABLE.search(entry.spoken.text):
            with trust.doubting(self._inference, job):
                raise trust.nonsense(Stage.TTS, "silence instead of words")
        entry.times.complete = True
        self._tempo.spoke(len(entry.clause.text), work.first_s, work.all_s, entry.made_s)
        if converter:
            await sounds.put(np.concatenate([*silent, converter.finish()]))

    async def _play(self, entry: SpokenClause, sounds: Sounds) -> None:
        while (sound := await sounds.get()) is not None:
            entry.length += len(sound)
            self._queued += len(sound)
            await self._playout.play(sound)

    def ahead_s(self, characters: int) -> float:
        """Seconds of sound that are not heard yet of so many first characters of the reply.

        What is not made yet is estimated; 0 only when all of it has been made and heard.
        """
        made = [entry for entry in self._clauses if entry.whole or entry.times.complete]
        left = characters - sum(len(entry.clause.text) for entry in made)
        making_s = sum(entry.made_s for entry in self._clauses) - sum(entry.made_s for entry in made)
        coming_s = max(making_s, self._tempo.sound_s(left))
        ahead_s = sum(entry.made_s for entry in made) + coming_s - self._playout.heard_s()
        return max(ahead_s, LITTLE_S if left > 0 else 0.0)

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
