"""Who may talk: how many at once the machine carries, and who is next when it is full.

How many
--------
Before the appliance says READY it holds one turn with itself (`appliance/warm.py`): a recorded question goes
through every engine and is answered. What each engine worked for that is measured, and it is what a person costs
who says something about every `turn_every_s`. Two things can be used up by that, and the scarcer one decides:

* each engine does one thing at a time, so those who talk share its seconds;
* all engines together may keep only so many cores busy (`inference.cores`).

Of both only `busy_share` is given away, because people speak when they like, not in turn: at a share of one half
whoever comes at random waits for half a piece of somebody else's work on average. The box's own microphone is always
counted in; it needs no admission.

Who is next
-----------
Whoever finds the house full gets a number at once, without any engine being asked, and keeps it by asking again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from appliance.core.speech import Stage
from appliance.web.visitor_settings import VisitorSettings

MOST: Final = 1000
"""Beyond this it is not the engines that are scarce; the range of `VisitorSettings.most` ends here too."""


@dataclass(frozen=True, slots=True)
class Work:
    """What the engine of a stage did for one turn."""

    busy_s: float
    """Seconds that it was at work."""
    threads: int = 1
    """Cores that it keeps busy meanwhile."""


def places(turn: Mapping[Stage, Work], cores: int, settings: VisitorSettings) -> int:
    """How many may talk from browsers at once: at least one, or what was set.

    Args:
        turn: what was measured in one turn; stages without an engine are absent.
        cores: that engines may keep busy at once.
        settings: `most`, `busy_share` and `turn_every_s`.
    """
    if settings.most:
        return settings.most
    needs = [work.busy_s for work in turn.values()]
    needs.append(sum(work.busy_s * min(work.threads, cores) for work in turn.values()) / cores)
    scarcest_s = max(needs)
    if scarcest_s <= 0:  # nothing was measured
        return 1
    talking = int(settings.busy_share * settings.turn_every_s / scarcest_s)
    return min(max(1, talking - 1), MOST)


class Queue:
    """Those who wait for a place, in order of arrival. Owns their numbers, and knows no clock: it is told the time."""

    def __init__(self, settings: VisitorSettings) -> None:
        self._settings = settings
        self._asked: dict[str, float] = {}
        """When they last asked, in seconds, by device, in order of arrival."""

    def __len__(self) -> int:
        return len(self._asked)

    def ask(self, device: str, free: int, now: float) -> int | None:
        """May they come in?

        Args:
            device: who asks.
            free: places that nobody has.
            now: seconds.

        Returns:
            0 when they may, and then they wait no longer; otherwise their number in the queue, 1 being next; None
            when even that is full.
        """
        self.expire(now)
        if device not in self._asked and len(self._asked) >= max(self._settings.waiting, free):
            return None
        self._asked[device] = now
        place = list(self._asked).index(device) + 1
        if place > free:
            return place - free
        del self._asked[device]
        return 0

    def leave(self, device: str) -> None:
        """They wait no longer."""
        self._asked.pop(device, None)

    def expire(self, now: float) -> None:
        """Forget those who have stopped asking."""
        oldest = now - self._settings.ask_again_s
        self._asked = {device: asked for device, asked in self._asked.items() if asked >= oldest}
