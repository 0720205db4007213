"""One step at a time: when to go down a level, and when to dare to go up again."""

from appliance.guardian.levels import Level
from appliance.guardian.settings import GovernorSettings


class Descent:
    """Owns the present level. Knows nothing of memory or heat; time is what it is given."""

    def __init__(self, settings: GovernorSettings) -> None:
        self.level = Level.FULL
        self._settings = settings
        self._moved_at = float("-inf")
        self._calm_since: float | None = None
        self._climbed_at = float("-inf")
        self._relapses = 0

    @property
    def calm_s(self) -> float:
        """Seconds of calm that a step up takes now."""
        return min(self._settings.calm_s * 2.0 ** min(self._relapses, 20), self._settings.calm_most_s)

    def begin_at(self, level: Level, now: float) -> None:
        """There was never room for more."""
        self.level, self._moved_at = level, now

    def wishes(self, asked: Level, now: float) -> Level:
        """The level to be at by second `now`, when `asked` is called for: this one, or the next in either direction."""
        if asked >= self.level:
            self._calm_since = None
        elif self._calm_since is None:
            self._calm_since = now
        if asked > self.level and now - self._moved_at >= self._settings.settle_s:
            return Level(self.level + 1)
        if self._calm_since is not None and now - self._calm_since >= self.calm_s:
            return Level(self.level - 1)
        return self.level

    def move(self, level: Level, now: float) -> None:
        """What was wished was done."""
        if level > self.level:
            soon = now - self._climbed_at <= 2 * self.calm_s
            self._relapses = self._relapses + 1 if soon else 0
        else:
            self._climbed_at = now
        self.level, self._moved_at, self._calm_since = level, now, None
