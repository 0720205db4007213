"""For how long something has been at work, over many stretches."""

from appliance.core import clock


class Effort:
    """Owns the sum of all stretches, the present one included. To be used within the event loop."""

    def __init__(self) -> None:
        self._over_s = 0.0
        self._since: float | None = None

    @property
    def seconds(self) -> float:
        """So far."""
        return self._over_s + (0.0 if self._since is None else clock.now() - self._since)

    def follow(self, *, at_work: bool) -> None:
        """It works from now on, or rests; to be told twice changes nothing."""
        self._over_s = self.seconds
        self._since = clock.now() if at_work else None
