"""A time limit that can stand still."""

import asyncio
from collections.abc import Callable

from appliance.core import clock


class Countdown:
    """Runs `action` once it has been running for so many seconds. It begins held."""

    def __init__(self, seconds: float, action: Callable[[], None]) -> None:
        self._left_s = seconds
        self._action = action
        self._timer: asyncio.TimerHandle | None = None

    def run(self) -> None:
        """Let time pass."""
        if not self._timer:
            self._timer = clock.after(self._left_s, self._action)

    def hold(self) -> None:
        """Stand still."""
        if self._timer:
            self._left_s = max(0.0, self._timer.when() - clock.now())
            self._timer.cancel()
            self._timer = None
