"""Cuts a reply into clauses while the model is still writing it.

Characters are judged one at a time, so the clauses depend on the text alone and never on how it
was cut into deltas. A clause ends where a speaker would draw breath; the space after it leads the
next one, so that nothing has to be waited for and nothing is lost.
"""

import re
from dataclasses import dataclass

from appliance.pipeline import breaks

LONGEST = 200
"""Characters of a clause, about 14 s of sound: more delays whatever has to be said next."""

LONGEST_CODE = 4000
"""Characters of a block of code. It is not read aloud and needs no cuts, but it must end somewhere."""

FIRST_WORDS = 8
"""Words after which the first clause no longer waits for punctuation."""

PHRASE_WORDS = 3
PHRASE_CHARACTERS = 12
"""Words or characters that the first clause has when it ends within a sentence; less would be over
before the next one is synthesised."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of the reply that can be spoken on its own."""

    text: str
    """Exactly as in the reply; the texts of all clauses, joined, are the reply."""
    start: int
    """Characters from the start of the reply."""


class Splitter:
    """Owns the part of one reply that is not released yet: at most `LONGEST_CODE` characters."""

    def __init__(self) -> None:
        self._pending = ""
        self._start = 0

    def feed(self, delta: str) -> list[Clause]:
        """Take the next piece of the reply; returns the clauses that it completes."""
        clauses = []
        for character in delta:
            self._pending += character
            if end := self._end():
                clauses.append(self._release(end))
        return clauses

    def flush(self) -> list[Clause]:
        """Release the whole words there are, for when the listener has waited long enough."""
        end = 0 if breaks.inside(self._pending) else breaks.gap(self._pending)
        return [self._release(end)] if end else []

    def finish(self) -> list[Clause]:
        """The reply is over: release the rest."""
        return [self._release(len(self._pending))] if self._pending else []

    def _release(self, end: int) -> Clause:
        clause = Clause(self._pending[:end], self._start)
        self._pending = self._pending[end:]
        self._start += end
        return clause

    def _end(self) -> int:
        """Characters of the pending text that make a clause; 0 while there is none."""
        text = self._pending
        if text[-2:].isalnum() and len(text) <= LONGEST:
            return 0  # within a word, as most characters are
        if fences := text.count(breaks.FENCE):
            closed = fences % 2 == 0 and text.endswith(breaks.FENCE)
            return len(text) if closed or len(text) >= LONGEST_CODE else 0
        if len(text) > LONGEST:
            return breaks.best(text[:LONGEST]) or LONGEST
        if breaks.inside(text):
            return 0
        first = self._start == 0
        return breaks.sentence(text, opens_line=first) or (_phrase(text) if first else 0)


def _phrase(text: str) -> int:
    """Where the first clause may end before its sentence does."""
    end = breaks.phrase(text)
    words = len(re.findall(r"\w\S*", text[:end]))
    if words >= PHRASE_WORDS or len(text[:end].strip()) >= PHRASE_CHARACTERS:
        return end
    enough = text[-1].isspace() and len(re.findall(r"\w\S*", text)) >= FIRST_WORDS
    return breaks.breath(text, PHRASE_CHARACTERS) if enough else 0
