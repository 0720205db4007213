"""Partial transcripts: what is understood while somebody speaks, and how much of it will stay."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile

from appliance.core import clock
from appliance.core.speech import Partial

SHOWN_EVERY_S = 0.2
"""s between two partials for the display: five a second are read as one flow, more only flicker."""

APART_S = 0.3
"""s between hypotheses that are compared. Of the words that PocketSphinx agreed with itself on, 1.4 % changed later
when it looked every 100 ms, 0.2 % every 300 ms, and the words lagged by 1.6 and 2.2 (22 people's orders)."""

GUESS_EVERY_S = 1.0
"""s of voice between two guesses at what a recogniser understands that only knows whole utterances."""

GUESS_SHARE = 4
"""A guess may take every fourth second at most: whoever needs the transcript waits for the one under way."""

GUESS_FROM_S = 0.2
"""s of voice that make a guess in a micro-pause worthwhile: a syllable."""


def agreed(older: str, newer: str) -> Partial:
    """`newer`, stable as far as two hypotheses have the same words (LocalAgreement-2).

    A word counts when another follows it in both: the last one may yet become a longer one.
    """
    pairs = zip(older.split()[:-1], newer.split()[:-1], strict=False)
    words = [word for word, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]
    newer = " ".join(newer.split())
    return Partial(newer, len(" ".join(words)))


class Partials:
    """Owns the hypotheses of one utterance, and tells the display, not too often."""

    def __init__(self, show: Callable[[Partial], None]) -> None:
        self._show = show
        self._newest = self._shown = Partial("", 0)
        self._older = self._recent = ""  # hypotheses that are far enough apart
        self._since = 0.0  # s on the loop's clock when the recent one came
        self._next = 0.0  # s on the loop's clock at which the display may be told again

    def hear(self, text: str) -> None:
        """The recogniser has looked again. To have understood nothing is no hypothesis."""
        if not text:
            return
        if clock.now() >= self._since + APART_S:
            self._older, self._recent, self._since = self._recent, text, clock.now()
        self._newest = agreed(self._older, text)

    def conclude(self, text: str) -> None:
        """This is the transcript: nothing of it will change."""
        self._newest = Partial(text, len(text))
        self.flush()

    def tick(self, *, at_once: bool = False) -> None:
        """Tell what is new, unless something has just been told and it may wait."""
        if at_once or clock.now() >= self._next:
            self.flush()

    def flush(self) -> None:
        """Tell the display what is new."""
        if self._newest != self._shown:
            self._shown, self._next = self._newest, clock.now() + SHOWN_EVERY_S
            self._show(self._newest)


@dataclass(slots=True)
class Guesses:
    """When to ask a recogniser for a partial that only knows whole utterances: once a second, and in pauses."""

    voiced_s: float = 0.0
    """s of voice in all, when it was last looked at."""
    guessed_s: float = 0.0
    """s of voice in all, when it was last guessed at."""
    cost_s: float = 0.0
    """s that the last guess took."""

    def due(self, voiced_s: float) -> bool:
        """Whether it is time, after so much voice in all. Ask about every 100 ms."""
        paused, self.voiced_s = voiced_s == self.voiced_s, voiced_s
        new_s = voiced_s - self.guessed_s
        if paused:
            return new_s >= GUESS_FROM_S
        return new_s >= max(GUESS_EVERY_S, GUESS_SHARE * self.cost_s)

    def guessed(self, voiced_s: float, cost_s: float) -> None:
        """A guess at so much voice took so long."""
        self.guessed_s, self.cost_s = voiced_s, cost_s
