"""In what pieces the sound of a sentence is made: the first one soon, none of them too late, and few of them.

Time is what this machine took for this voice lately. Sound is counted as if it were played as it comes: nobody tells a
voice when it is heard, and earlier than that it is not.
"""

import math
from collections import deque
from collections.abc import Callable
from statistics import median
from typing import Final

FIRST: Final = 16
"""Frames (0.19 s) of the first piece, where the decoder is fast: half of them would begin 5 ms sooner with a medium
voice on one core, and take one piece more in every sentence."""

LARGEST: Final = 256
"""Frames (3 s) of any piece: memory grows with it, and what it saves becomes less: a tenth is margin."""

SMALLEST: Final = 8
"""Frames that are worth a piece of their own, with twice 12 of margin."""

GROWTH: Final = 1.5
"""How much larger each first piece is that is considered."""

CAUTION: Final = 1.5
"""How much slower than lately the decoder may become without a gap."""

SPARE_S: Final = 0.04
"""s of sound that shall be left when the next piece arrives: its way to the loudspeaker, and a period or two."""

WORTH_S: Final = 0.01
"""s by which a first piece has to be sooner than all: less is not heard, and pieces cost time."""

REMEMBERED: Final = 9
"""Runs of the decoder whose median tells its speed: one that was held up by others changes nothing."""


class Pace:
    """Owns what is known of the pieces that one decoder can make, and of its speed."""

    def __init__(self) -> None:
        self.margin: int | None = None
        """Frames that a piece needs on either side; None while nothing but the whole is known to be good."""
        self.frame_s = 0.0
        """Seconds of sound of a frame."""
        self._costs = deque[float](maxlen=REMEMBERED)

    def learn(self, margin: int, frame_s: float) -> None:
        """Pieces with that margin are as good as the whole."""
        self.margin, self.frame_s = margin, frame_s

    def took(self, frames: int, seconds: float) -> None:
        """The decoder ran over so many frames, margins included."""
        self._costs.append(seconds / frames)

    @property
    def cost_s(self) -> float:
        """Seconds per frame, as lately."""
        return median(self._costs) if self._costs else 0.0


class Delivery:
    """Owns what of the sound of one text has been given, and when that will have been heard."""

    def __init__(self, pace: Pace, clock: Callable[[], float]) -> None:
        self._whole = pace.margin is None
        self._margin = pace.margin or 0
        self._frame_s = pace.frame_s
        self._clock = clock
        self._cost_s = CAUTION * pace.cost_s
        self._until = -math.inf
        self._left = 0
        self._held_s = 0.0

    def gave(self, seconds: float) -> None:
        """So much sound is on its way to the listener."""
        self._until = max(self._until, self._clock()) + seconds
        self._held_s = 0.0

    def piece(self, frames: int, silent: int) -> int:
        """How many frames to decode next, of `frames` that are left, of which the first `silent` are silence."""
        size = frames
        if not self._whole:
            size = self._in_time(frames, self._ahead_s) or self._opening(frames, silent)
        self._left = frames - size
        return size

    def enough(self, seconds: float) -> bool:
        """Whether to give so much: what is left will be there in time, or is late already."""
        self._held_s = seconds
        return self._left > 0 and (self._ahead_s > 0 or self._lasts(self._left, seconds))

    @property
    def _ahead_s(self) -> float:
        return max(0.0, self._until - self._clock())

    def _opening(self, frames: int, silent: int) -> int:
        """The smallest piece that sound may begin with. Where the decoder is too slow for one, sound is held."""
        size = FIRST
        while (later := frames - silent - size) > 0:
            if (later - self._margin) * self._cost_s < WORTH_S:
                break
            if self._lasts(later, self._held_s + size * self._frame_s):
                return min(silent + size, LARGEST)
            size = math.ceil(size * GROWTH)
        return min(frames, LARGEST)

    def _lasts(self, frames: int, ahead_s: float) -> bool:
        """Whether so many frames will be there in time, piece by piece, if sound begins with `ahead_s` seconds."""
        while frames > 0:
            size = self._in_time(frames, ahead_s)
            if not size:
                return False
            ahead_s += size * self._frame_s - (size + 2 * self._margin) * self._cost_s
            frames -= size
        return True

    def _in_time(self, frames: int, ahead_s: float) -> int:
        """Frames of the largest piece that is there before `ahead_s` seconds are over; 0 if none is."""
        time_s = max(0.0, ahead_s - SPARE_S)
        most = time_s / self._cost_s if self._cost_s else math.inf
        size = int(min(most - 2 * self._margin, LARGEST, frames))
        return size if size >= min(frames, SMALLEST) else 0
