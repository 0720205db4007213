"""The governor: looks at the machine, decides what the appliance does without, and says so."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from appliance.core import clock
from appliance.guardian.descent import Descent
from appliance.guardian.levels import WORDS, Level, called_for, has_room
from appliance.guardian.readings import Instruments, Readings
from appliance.guardian.settings import GovernorSettings

log = logging.getLogger(__name__)

AFTERWARDS = "there is room again, and soon more will be tried."
"""Said in place of a reason once that is over."""


@dataclass(frozen=True, slots=True)
class Body:
    """A process of the appliance, and what becomes of it when it has grown too large."""

    name: str
    """Whose it is."""
    pid: int
    """0: it is not there now."""
    budget_mb: float
    """MB that it may have."""
    renew: Callable[[str], None]
    """Start it anew, for the reason given, unless it is at work."""


class Household(Protocol):
    """What is governed."""

    def resting(self) -> bool:
        """Nobody speaks or is answered."""

    def bodies(self) -> Sequence[Body]:
        """The processes."""

    def apply(self, level: Level, reason: str) -> None:
        """Do without what the level says."""

    def more_mb(self, level: Level) -> float:
        """MB that are needed to go up to this level from the one below it."""


class Governor:
    """Owns the level, and the newest reading."""

    def __init__(self, settings: GovernorSettings, instruments: Instruments, household: Household) -> None:
        self.readings = Readings()
        self.looks = 0
        """How often it has looked."""
        self.reason = ""
        """What is short, as a sentence; "" when nothing is."""
        self._settings = settings
        self._instruments = instruments
        self._household = household
        self._descent = Descent(settings)
        self._waiting_since: float | None = None
        self._full_disk = ""
        self._sizes: dict[str, float] = {}
        self._grown: frozenset[int] = frozenset()
        """Processes that were too large at the last look."""

    @property
    def level(self) -> Level:
        """What the appliance does without."""
        return self._descent.level

    @property
    def relaxed(self) -> bool:
        """Whether there is room for work that may be for nothing."""
        return self.level is Level.FULL

    @property
    def may_record(self) -> bool:
        """Whether there is room on the disk for what one could do without: recordings, logs, flight records."""
        return not self._full_disk

    @property
    def line(self) -> str:
        """What the appliance does without and why, for people; "" when nothing."""
        shortage = f"{WORDS[self.level]}: {self.reason or AFTERWARDS}" if self.level else ""
        return " ".join(filter(None, (shortage, self._full_disk)))

    @property
    def sizes_mb(self) -> dict[str, float]:
        """MB that each process had at the last look, by name."""
        return dict(self._sizes)

    def begin_at(self, level: Level, reason: str) -> None:
        """There is no room to start with more than this level leaves, for the reason given."""
        log.warning("Starting %s: %s", WORDS[level], reason)
        self.reason = reason
        self._descent.begin_at(level, clock.now())
        self._household.apply(level, reason)

    def look_at_once(self) -> Readings:
        """Read everything, and decide nothing."""
        self.readings = self._instruments.read()
        return self.readings

    async def run(self) -> None:
        """Govern until cancelled."""
        while True:
            self.look()
            await clock.sleep_until(clock.now() + self._settings.look_every_s)

    def look(self) -> None:
        """Read everything once, and do what follows from it."""
        self.looks += 1
        self.look_at_once()
        self._watch_disk()
        self._watch_sizes()
        asked, reason = called_for(self.readings, self._settings, self.level)
        self.reason = reason
        now = clock.now()
        wish = self._descent.wishes(asked, now)
        if wish is self.level:
            self._waiting_since = None
        elif self._may_move(wish, now):
            self._move(wish, now)

    def _may_move(self, wish: Level, now: float) -> bool:
        """Whether this is the moment, and, on the way up, whether there is room for what comes back."""
        resting = self._household.resting()
        if wish < self.level:
            return resting and has_room(self.readings, self._settings, self._household.more_mb(wish))
        if self._waiting_since is None:
            self._waiting_since = now
        costs_nothing = wish is Level.CERTAIN
        return costs_nothing or resting or now - self._waiting_since >= self._settings.patience_s

    def _move(self, level: Level, now: float) -> None:
        down = level > self.level
        self._descent.move(level, now)
        words = WORDS[level] or "with everything it has"
        if down:
            log.warning("Going on %s: %s", words, self.reason)
        else:
            log.warning("There is room again: going on %s.", words)
        self._household.apply(level, self.reason or "there is room again")

    def _watch_disk(self) -> None:
        free_mb, limit_mb = self.readings.free_disk_mb, self._settings.disk_mb
        if free_mb < limit_mb * (self._settings.relief if self._full_disk else 1.0):
            if not self._full_disk:
                log.warning("Only %.0f MB of the disk are free: nothing is recorded for now.", free_mb)
            self._full_disk = f"Only {free_mb:.0f} MB of the disk are free: nothing is recorded."
        elif self._full_disk:
            log.warning("There is room on the disk again: recording goes on.")
            self._full_disk = ""

    def _watch_sizes(self) -> None:
        bodies = [body for body in self._household.bodies() if body.pid]
        self._sizes = {body.name: self._instruments.resident_mb(body.pid) for body in bodies}
        grown = [body for body in bodies if self._sizes[body.name] > body.budget_mb]
        for body in grown if self._household.resting() else ():
            reason = f"it has grown to {self._sizes[body.name]:.0f} MB, beyond {body.budget_mb:.0f}"
            if body.pid not in self._grown:
                log.warning("%s: %s.", body.name, reason)
            body.renew(reason)
        self._grown = frozenset(body.pid for body in grown)
