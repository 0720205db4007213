"""After a bug of ours the conversation begins anew, as long as that does not become a habit."""

from collections import deque
from typing import Final

from appliance.core import clock

MOST: Final = 3
"""Bugs that are forgiven within `WITHIN_S`. One more, and the whole appliance starts again: something is wrong
that a new beginning of the conversation alone does not mend."""

WITHIN_S: Final = 60.0
"""s; some turns."""


class Mishaps:
    """Owns when the last bugs showed."""

    def __init__(self) -> None:
        self._moments: deque[float] = deque(maxlen=MOST)

    def forgive(self) -> bool:
        """Whether this one, now, is forgiven."""
        now = clock.now()
        habit = len(self._moments) == MOST and now - self._moments[0] < WITHIN_S
        self._moments.append(now)
        return not habit


def name_of(bug: BaseException) -> str:
    """What kind of bug it is, without its words: they may be somebody's."""
    while isinstance(bug, BaseExceptionGroup):
        bug = bug.exceptions[0]
    return type(bug).__name__
