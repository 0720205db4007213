"""How many lines a log takes: a fault in a loop must fill no disk, and drive out nothing that explains it."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

BURST, EVERY_S = 20, 10.0
"""Lines of one kind at once, and s until there may be one more."""
ALL_BURST, ALL_EVERY_S = 1000, 0.05
"""The same for all kinds together: 20 lines a second, 400 KB a minute at most."""
KINDS: Final = 512
"""Kinds that are told apart; of more, the one not seen for longest is forgotten."""


@dataclass(slots=True)
class _Bucket:
    """What is left for one kind."""

    left: float
    """Lines."""
    seen: float
    """s, monotonic, when that was true."""
    withheld: int = 0
    """Lines since the last that was written."""

    def take(self, now: float, burst: int, every_s: float) -> bool:
        self.left, self.seen = min(burst, self.left + (now - self.seen) / every_s), now
        if self.left < 1:
            self.withheld += 1
            return False
        self.left -= 1
        return True


class Budget:
    """Owns what may still be written."""

    def __init__(self) -> None:
        self._kinds: OrderedDict[object, _Bucket] = OrderedDict()
        self._all = _Bucket(ALL_BURST, 0.0)

    def ask(self, kind: object, now: float) -> int | None:
        """Whether a line may be written: None, or how many of its kind were withheld since the last one."""
        bucket = self._kinds.pop(kind, None) or _Bucket(BURST, now)
        self._kinds[kind] = bucket
        if len(self._kinds) > KINDS:
            self._kinds.popitem(last=False)
        if not bucket.take(now, BURST, EVERY_S) or not self._all.take(now, ALL_BURST, ALL_EVERY_S):
            return None
        withheld, bucket.withheld = bucket.withheld, 0
        return withheld
