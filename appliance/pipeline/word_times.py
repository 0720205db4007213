"""When each word of a clause sounds: as the voice tells it, or estimated where the voice does not."""

import re
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.core.speech import SpeechChunk
from appliance.pipeline.spoken.text import MARKS

AUDIBLE: Final = 0.003
"""Of full scale (−50 dBFS): 30 dB below speech. A word is over with its last sample above it, whatever
silence follows: 260 ms after a sentence of eSpeak's."""

PAUSE_LETTERS: Final = 4
GAP_LETTERS: Final = 1
"""Letters in whose time a voice pauses at a comma or a full stop, and between two words. The best of 3 to 5 and
0 to 2 for eSpeak and the generated Piper voice on the tuning texts of scripts/evaluate_heard.py."""

LATE: Final = 1 / 24
"""Of the sound of a clause: how much later than estimated a word is taken to end. Of 10,853 stops in those texts
25 claimed a word that had not begun with 0, one with 1/48, and none with 1/32."""

SLOWEST_LETTER_S: Final = 0.1
"""s per letter (gaps and pauses counted) of a clause whose sound is not all there: more than any voice took for
three words and more (0.05 to 0.08)."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word in the sound of its clause."""

    offset: int
    """Characters from the start of the text."""
    start: int
    """Sample at which it begins."""
    end: int
    """Sample by which it has sounded: the pause that may follow is not part of it."""


class WordTimes:
    """Owns the times of the words of one text, in samples at the rate of the playout."""

    def __init__(self, text: str, rate: int) -> None:
        """Know nothing yet of how a voice speaks `text`; samples are counted at `rate` (Hz)."""
        self._text = text
        self._rate = rate
        self._told: list[Word] = []
        self._taken = 0
        self._audible = 0
        self.complete = False
        """All of the sound is there."""

    def add(self, chunk: SpeechChunk) -> None:
        """Take the next piece of the sound, at the voice's own rate."""
        scale = self._rate / chunk.rate
        audible = np.flatnonzero(np.abs(chunk.samples) > AUDIBLE) + self._taken + 1
        marked = [word.sample for word in chunk.words]
        self._taken += len(chunk.samples)
        bounds = [*marked, self._taken]
        if self._told and (last := _last(audible, 0, bounds[0])):  # the word before goes on
            self._told[-1] = replace(self._told[-1], end=round(last * scale))
        for mark, (start, after) in zip(chunk.words, pairwise(bounds), strict=True):
            end = _last(audible, start, after)
            self._told.append(Word(mark.offset, round(start * scale), round(end * scale)))
        self._audible = round(_last(audible, 0, self._taken) * scale) or self._audible

    def heard(self, samples: int) -> int:
        """Characters of the text whose words had sounded when `samples` had left."""
        words = self._words()
        ended = sum(word.end <= samples for word in words)
        if not self.complete:  # more of the last word may come
            ended = min(ended, max(0, len(words) - 1))
        return words[ended].offset if ended < len(words) else len(self._text)

    def boundary_after(self, samples: int) -> int | None:
        """Where the word that sounds at `samples` gives way to the next; None where no next one is known."""
        return next((word.start for word in self._words() if word.start > samples), None)

    def _words(self) -> list[Word]:
        return self._told or self._estimated()

    def _estimated(self) -> list[Word]:
        letters = self._letters()
        total = letters[-1][1] if letters else 0
        slowest = round(total * SLOWEST_LETTER_S * self._rate)
        length = self._audible if self.complete else max(self._audible, slowest)
        late = length * LATE
        found = re.finditer(r"\S+", self._text)
        return [
            Word(word.start(), round(start / total * length), round(min(end / total * length + late, length)))
            for word, (start, end) in zip(found, letters, strict=True)
        ]

    def _letters(self) -> list[tuple[int, int]]:
        """Where each word begins and ends, in letters; a pause is worth some."""
        words = self._text.split()
        costs = [len(word) + GAP_LETTERS + PAUSE_LETTERS * (word[-1] in MARKS) for word in words]
        starts = accumulate(costs, initial=0)
        return [(start, start + len(word)) for start, word in zip(starts, words, strict=False)]


def _last(audible: NDArray[np.int64], start: int, end: int) -> int:
    """The end of what can be heard between two samples, `start` when that is nothing."""
    index = int(np.searchsorted(audible, end, side="right")) - 1
    return max(start, int(audible[index])) if index >= 0 else start
