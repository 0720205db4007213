"""How fast the model writes and the voice speaks, as measured lately.

Nothing here reads a clock: whoever waits tells how long it took. What was not measured yet is taken from the
bundled models on two cores.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final, TypeVar

Number = TypeVar("Number", int, float)

STRETCH: Final = 12
"""Characters, three tokens, over which the model is timed: tokens arrive in bunches when the loop is busy."""

REMEMBERED: Final = 32
"""Measurements of each kind: one or two answers."""

ENOUGH: Final = 8
"""Distances between places after which those of this conversation count: an answer."""

CAUTION: Final = 1.25
"""How much slower than lately everything may become without a silence."""

LETTERS_S: Final = 0.01
"""s per character of a model that was not measured yet."""
PHRASE: Final = 45
"""Characters between two marks or conjunctions, nine times in ten fewer; usually 20 to 30 in English prose."""
LETTER_SOUND_S: Final = 0.055
"""s of sound per character of a voice that was not heard yet: a brisk one."""
FIRST_SOUND_S: Final = 0.1
"""s before it begins."""
VOICE_FACTOR: Final = 0.2
"""s of work for a second of its sound."""


class Tempo:
    """Owns what is known of the paces. A box has one for all conversations."""

    def __init__(self) -> None:
        self._letters_s = deque[float](maxlen=REMEMBERED)
        self._phrases = deque[int](maxlen=REMEMBERED)
        self._spoken = deque[tuple[int, float]](maxlen=REMEMBERED)
        self._letter_sounds_s = deque[float](maxlen=REMEMBERED)
        self._factors = deque[float](maxlen=REMEMBERED)

    def wrote(self, characters: int, seconds: float) -> None:
        """The model took so long for so many characters."""
        self._letters_s.append(seconds / characters)

    def found(self, distance: int) -> None:
        """So many characters lay between two places where the text may be cut."""
        self._phrases.append(distance)

    def spoke(self, characters: int, first_s: float, all_s: float, sound_s: float) -> None:
        """The voice began after `first_s`, was done after `all_s`, and made so many seconds of sound."""
        if characters and sound_s:
            self._spoken.append((characters, first_s))
            self._factors.append(all_s / sound_s)
            self._letter_sounds_s.append(sound_s / characters)

    @property
    def phrase(self) -> int:
        """Characters within which the next place comes, nine times in ten."""
        return _share(self._phrases, 0.9) if len(self._phrases) >= ENOUGH else PHRASE

    def writing_s(self, characters: float) -> float:
        """Seconds until the model has written so much more."""
        each = _share(self._letters_s, 0.5) if self._letters_s else LETTERS_S
        return CAUTION * each * characters

    def sound_s(self, characters: float) -> float:
        """Seconds for which so many characters sound at least, three times in four."""
        each = _share(self._letter_sounds_s, 0.25) if self._letter_sounds_s else LETTER_SOUND_S
        return each * characters

    def first_s(self, characters: float) -> float:
        """Seconds from asking the voice for so many characters until they begin to sound."""
        if not self._spoken:
            return CAUTION * FIRST_SOUND_S
        usual = _share([length for length, _ in self._spoken], 0.5)
        delay = _share([first_s for _, first_s in self._spoken], 0.5)
        # A voice that makes a text whole needs longer for a longer one; less than usual is not relied on.
        return CAUTION * delay * max(1.0, characters / usual)

    def voice_s(self, characters: float) -> float:
        """Seconds for which the voice is at work on so many characters."""
        factor = _share(self._factors, 0.5) if self._factors else VOICE_FACTOR
        return CAUTION * factor * self.sound_s(characters)


def _share(values: Iterable[Number], share: float) -> Number:
    """The value that `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[round(share * (len(ordered) - 1))]
