"""How long each phase of a turn usually takes on this box: what is slow is what takes longer than that."""

from collections import deque
from statistics import median
from typing import Final

from appliance.sessions.phases import Phase, Span

KEPT: Final = 33
"""Turns of which the median is taken: a day at home, an hour in a lobby."""
ENOUGH: Final = 5
"""Turns before the box's own median counts."""

BOUNDS: Final = {
    Phase.ARRIVING: (20.0, 120.0),
    Phase.PAUSE: (256.0, 704.0),
    Phase.HEARING: (50.0, 600.0),
    Phase.READING: (100.0, 800.0),
    Phase.WRITING: (100.0, 500.0),
    Phase.VOICE: (50.0, 500.0),
    Phase.PLAYING: (30.0, 120.0),
}
"""ms between which a median is believed, and the greatest of which counts until there is one. Least: what the bundled
models took on two cores (BENCHMARKS.md), the pause by its fast level. Most: from there on people notice, however usual
it is; answers between people come after 200 ms, and from 700 on a silence means something (Stivers 2009, PNAS 106)."""


class Usual:
    """Owns how long the last turns took."""

    def __init__(self) -> None:
        self._known = {phase: deque[float](maxlen=KEPT) for phase in Phase}  # full: the oldest is forgotten

    def ms(self, phase: Phase) -> float:
        """How long it usually takes."""
        least, most = BOUNDS[phase]
        known = self._known[phase]
        return most if len(known) < ENOUGH else min(max(median(known), least), most)

    def learn(self, phases: dict[Phase, Span]) -> None:
        """A turn is over."""
        for phase, span in phases.items():
            self._known[phase].append(span.ms)
