"""Somebody waits for an answer in silence: when it is time to ask for patience."""

from appliance.core import clock
from appliance.core.interfaces import Heard
from appliance.pipeline.reply import ReplySettings
from appliance.turns.machine import ANSWERING, State

MOST = 3
"""Requests for patience per turn: behind the last one the machine's own deadline ends the wait."""


class Stalling:
    """Owns since when nothing has been heard although something should be, and how often patience was asked for."""

    def __init__(self, settings: ReplySettings) -> None:
        self.asked = 0
        """How often, in this turn."""
        self._settings = settings
        self._since: float | None = None

    def begin(self) -> None:
        """A turn begins now."""
        self.asked, self._since = 0, clock.now()

    def due(self, state: State, heard: Heard, *, away: bool) -> bool:
        """Whether to ask for patience now. To be asked often, as long as the turn is open and its reply not over."""
        owed = state in ANSWERING or state is State.SPEAKING
        if not owed or away or not heard.idle:
            self._since = None
            return False
        if self._since is None:
            self._since = clock.now()
        limit_s = self._settings.bridge_again_s if self.asked else self._settings.bridge_s
        if self.asked == MOST or clock.now() - self._since < limit_s:
            return False
        self.asked, self._since = self.asked + 1, None
        return True
