"""When a clause leaves for the voice: as soon as its sound will last until the next one's begins, and not before.

Text that is not written yet is unknown: nothing here looks ahead. What is known is how long this conversation's model
and voice took lately (`tempo.py`), how far apart the places lie where text may be cut, and how much sound is left.
On a fast machine that lets two words go; on a slow one it collects a sentence, or two.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Protocol

from appliance.pipeline.tempo import Tempo

SPARE_S: Final = 0.15
"""s of sound that shall be left when the next clause begins: a device's buffer, which counts as heard late, the way
through the scheduler, and a few periods."""

PAUSE_S: Final = 0.35
"""s of silence behind a sentence that nobody takes for one: people make longer pauses there (Campione and Véronis 2002,
Speech Prosody: 0.2 to 1 s)."""

READY_S: Final = 1.0
"""s before the end of a clause at which the voice is asked for the next one, at the latest: a port queues no more."""

TOKEN: Final = 4
"""Characters before which there is no news."""


class Ending(IntEnum):
    """How a clause may end, the better the greater."""

    BREATH = 0
    """Before a word that opens a phrase, without a mark."""
    PHRASE = 1
    """With a comma or the like, or before a conjunction."""
    SENTENCE = 2
    """With a sentence or a line."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the text that is not released yet may be cut."""

    start: int
    """Characters of the reply before the clause."""
    length: int
    """Characters of the clause, if it is cut there."""
    behind: int
    """Characters that are written behind it."""
    ending: Ending
    """How it would end."""


class Patience(Protocol):
    """Who decides whether a clause leaves or grows."""

    def wait_s(self, place: Place) -> float:
        """Seconds for which to wait for a later place, if none comes before; 0: cut here."""
        ...

    def found(self, distance: int) -> None:
        """A place came so many characters behind the last one."""
        ...


class WholeSentences:
    """For a text that is all there: the first phrase, then sentences."""

    def wait_s(self, place: Place) -> float:
        """See `Patience`."""
        return float("inf") if place.start and place.ending < Ending.SENTENCE else 0.0

    def found(self, distance: int) -> None:
        """See `Patience`."""


class Foresight:
    """For a text that is being written. Owns since when words have been held back in silence."""

    def __init__(
        self, tempo: Tempo, ahead_s: Callable[[int], float], clock: Callable[[], float], hold_s: float
    ) -> None:
        """Decide for one reply.

        Args:
            tempo: of the conversation.
            ahead_s: seconds of sound that are not heard yet of so many first characters of the reply.
            clock: seconds.
            hold_s: for which words are held back in silence at most.
        """
        self._tempo = tempo
        self._ahead_s = ahead_s
        self._clock = clock
        self._hold_s = hold_s
        self._held = (-1, 0.0)
        """Start of the clause that is held back in silence, and since when."""

    def found(self, distance: int) -> None:
        """See `Patience`."""
        self._tempo.found(distance)

    def wait_s(self, place: Place) -> float:
        """See `Patience`."""
        ahead_s = self._ahead_s(place.start)
        if ahead_s <= 0:
            return 0.0 if self._lasts(place) else self._hold(place.start)
        if place.ending is Ending.SENTENCE:
            return 0.0
        slack_s = ahead_s - self._tempo.first_s(place.length) - SPARE_S
        ready = self._tempo.first_s(place.length + self._tempo.phrase) <= READY_S
        return slack_s if ready and slack_s > self._tempo.writing_s(self._coming(place)) else 0.0

    def _lasts(self, place: Place) -> bool:
        """Whether it will sound until what follows does. While the voice is at work, the model may have to wait."""
        tempo, coming = self._tempo, self._coming(place)
        until_s = tempo.first_s(place.length) + tempo.sound_s(place.length)
        until_s += PAUSE_S if place.ending is Ending.SENTENCE else 0.0
        next_s = tempo.voice_s(place.length) + tempo.writing_s(coming) + tempo.first_s(tempo.phrase)
        return until_s >= next_s + SPARE_S

    def _hold(self, start: int) -> float:
        if self._held[0] != start:
            self._held = (start, self._clock())
        return max(0.0, self._hold_s - (self._clock() - self._held[1]))

    def _coming(self, place: Place) -> float:
        """Characters until the next place."""
        return max(self._tempo.phrase - place.behind, TOKEN)
