"""What is left of the box's own voice in the microphone, learned from false alarms: quieter sounds are no evidence.

A device that removes the echo itself leaves some of it, faint and as clear as speech can be, and says neither how
much nor when. Whatever was taken for the beginning of speech over a reply, and proved to be nothing, was probably
that; so from then on somebody must be louder. People are far louder: the residue of a device that works is 30 dB
below them. Where the echo is removed by software, `EchoGate` knows better.
"""

from typing import Final

import numpy as np

from appliance.core.audio import Samples

MARGIN: Final = 10 ** (6 / 20)
"""6 dB above what came to nothing: syllables of one voice differ by that much."""

LOUDEST: Final = 10 ** (-42 / 20)
"""-42 dBFS: what is louder is a person who coughed, not a residue, and teaches nothing. Of people at a microphone
that is set up well, or was corrected (`Conditioner`), the quietest have -35 while they speak."""

FORGET_S: Final = 60.0
"""s of replies after which the threshold has sunk by 6 dB: somebody may have turned the volume down."""


class Residue:
    """Owns the level below which sound over a reply is not believed. Levels are root mean squares of one window."""

    def __init__(self, window_s: float) -> None:
        """Nothing is known yet, and everything believed. `window_s`: seconds that a window lasts."""
        self._fade = MARGIN ** (-window_s / FORGET_S)
        self._threshold = 0.0
        self._loudest = 0.0
        """Of the evidence that is being weighed."""

    def believes(self, sound: Samples) -> bool:
        """Whether a window that was heard over a reply may hold a person."""
        level = float(np.sqrt(np.dot(sound, sound) / len(sound)))
        self._threshold *= self._fade
        self._loudest = max(self._loudest, level)
        return level >= self._threshold

    def begin(self, sound: Samples) -> None:
        """With this window somebody seems to begin to speak."""
        self._loudest = 0.0
        self.believes(sound)

    def learn(self) -> None:
        """It was nothing."""
        if self._loudest < LOUDEST:
            self._threshold = max(self._threshold, min(self._loudest * MARGIN, LOUDEST))
