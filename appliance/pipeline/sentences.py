"""Cuts a reply into clauses while the model is still writing it.

Characters are judged one at a time, so the places where it may be cut depend on the text alone and never on how
it came in deltas. A clause may end where a speaker would draw breath; the space after it leads the next one, so
that nothing has to be waited for and nothing is lost. At which of these places it does end is a question of time
(`foresight.py`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from appliance.pipeline import breaks
from appliance.pipeline.foresight import Ending, Patience, Place, WholeSentences

LONGEST = 200
"""Characters of a clause, about 14 s of sound: more delays whatever has to be said next."""

LONGEST_CODE = 4000
"""Characters of a block of code. It is not read aloud and needs no cuts, but it must end somewhere."""

PHRASE_WORDS = 2
PHRASE_CHARACTERS = 12
"""Words or characters that a clause has when it ends within a sentence; less sounds chopped."""

BREATH_WORDS = 3
"""Words that it has when it ends without a mark."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of the reply that can be spoken on its own."""

    text: str
    """Exactly as in the reply; the texts of all clauses, joined, are the reply."""
    start: int
    """Characters from the start of the reply."""


class Splitter:
    """Owns the part of one reply that is not released yet: at most `LONGEST_CODE` characters."""

    def __init__(self, patience: Patience | None = None) -> None:
        """Begin a reply. Without anybody's `patience` all of it is there already."""
        self._patience = patience or WholeSentences()
        self._pending = ""
        self._start = 0
        self._place: Place | None = None
        self._known = 0
        """Where the last place was, in the reply."""
        self._hurried = False

    def feed(self, delta: str) -> list[Clause]:
        """Take the next piece of the reply; returns the clauses that leave."""
        clauses: list[Clause] = []
        for character in delta:
            self._pending += character
            clauses += self._advance()
        return clauses

    def hurry(self) -> list[Clause]:
        """From now on the first clause may end before a word that opens a phrase, without a mark."""
        self._hurried = True
        return self.look()

    def look(self) -> list[Clause]:
        """Time has passed: returns the clause that leaves now, if one does."""
        if place := self._place:
            self._place = replace(place, behind=len(self._pending) - place.length)
            return [self._release(place.length)] if self._patience.wait_s(self._place) <= 0 else []
        return []

    def wait_s(self) -> float | None:
        """Seconds after which to look again if nothing is written; None: there is nothing to wait for."""
        return self._patience.wait_s(self._place) if self._place else None

    def finish(self) -> list[Clause]:
        """The reply is over: release the rest."""
        return [self._release(len(self._pending))] if self._pending else []

    def _release(self, end: int) -> Clause:
        clause = Clause(self._pending[:end], self._start)
        self._pending = self._pending[end:]
        self._start += end
        self._place = None
        return clause

    def _advance(self) -> Iterator[Clause]:
        """Look at the newest character."""
        text = self._pending
        if text[-2:].isalnum() and len(text) <= LONGEST:
            return  # within a word, as most characters are
        if end := self._must():
            yield self._release(end)
        elif self._find():
            yield from self.look()

    def _must(self) -> int:
        """Characters that leave whatever anybody thinks of it: code, and what is too long."""
        text = self._pending
        if fences := text.count(breaks.FENCE):
            if self._place:
                return self._place.length
            closed = fences % 2 == 0 and text.endswith(breaks.FENCE)
            return len(text) if closed or len(text) >= LONGEST_CODE else 0
        return (breaks.best(text[:LONGEST]) or LONGEST) if len(text) > LONGEST else 0

    def _find(self) -> bool:
        """Whether there is a place to cut at, the newest one."""
        text = self._pending
        if breaks.inside(text):
            return self._place is not None
        end, ending = self._newest(text)
        if end > (self._place.length if self._place else 0):
            self._place = Place(self._start, end, len(text) - end, ending)
            if ending > Ending.BREATH:
                self._patience.found(self._start + end - self._known)
                self._known = self._start + end
        return self._place is not None

    def _newest(self, text: str) -> tuple[int, Ending]:
        """Where a clause may end as the newest character tells, and how; 0 where it may not."""
        if end := breaks.sentence(text, opens_line=not self._start):
            return end, Ending.SENTENCE
        end = breaks.phrase(text)
        if end and (_words(text[:end]) >= PHRASE_WORDS or len(text[:end].strip()) >= PHRASE_CHARACTERS):
            return end, Ending.PHRASE
        waited = self._hurried and not self._start and text[-1].isspace()
        if waited and (self._place is None or self._place.ending is Ending.BREATH):
            end = breaks.opening(text, PHRASE_CHARACTERS)
            return (end if _words(text[:end]) >= BREATH_WORDS else 0), Ending.BREATH
        return 0, Ending.BREATH


def _words(text: str) -> int:
    return len(re.findall(r"\w\S*", text))
