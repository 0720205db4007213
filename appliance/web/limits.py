"""How often somebody may do something."""

from collections import OrderedDict
from collections.abc import Hashable

from appliance.core import clock


class RateLimit:
    """A bucket of tokens for each key: `burst` at once, then one every `every_s` seconds.

    Full: the bucket that was touched longest ago is forgotten. Whoever can invent keys therefore also needs
    a limit that has only one.
    """

    def __init__(self, burst: int, every_s: float, keys: int = 1024) -> None:
        self._burst = burst
        self._every_s = every_s
        self._keys = keys
        self._full_again: OrderedDict[Hashable, float] = OrderedDict()

    def take(self, key: Hashable = None) -> float:
        """Take a token: 0.0 when there was one, otherwise the seconds until there is, and none is taken."""
        now = clock.now()
        full_again = max(self._full_again.get(key, now), now)
        wait = full_again - now - (self._burst - 1) * self._every_s
        if wait > 0:
            return wait
        self._full_again[key] = full_again + self._every_s
        self._full_again.move_to_end(key)
        if len(self._full_again) > self._keys:
            self._full_again.popitem(last=False)
        return 0.0
