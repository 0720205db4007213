"""The watch: at every tick it asks for proofs of progress, and tells systemd that all is well while they are given."""

import logging
from collections.abc import Callable

from appliance.core import clock
from appliance.guardian.deadman import DeadMan
from appliance.guardian.notify import Notifier
from appliance.guardian.progress import FrozenError, Progress
from appliance.guardian.settings import GuardianSettings

log = logging.getLogger(__name__)

LATE_S = 1.0
"""s of delay of the event loop from which on it is worth a line in the log: sound stutters then."""


class Watch:
    """Owns the dead man's switch while the appliance runs. Its own tick is the proof of the event loop."""

    def __init__(
        self,
        settings: GuardianSettings,
        progress: Progress,
        deadman: DeadMan,
        notifier: Notifier,
        status: Callable[[], str],
    ) -> None:
        """Let `notifier` know `status`, a line for people, whenever it changes."""
        self._settings = settings
        self._progress = progress
        self._deadman = deadman
        self._notifier = notifier
        self._status = status

    async def run(self) -> None:
        """Watch until cancelled.

        Raises:
            FrozenError: something has stopped that can only be mended by starting again.
        """
        tick_s = self._settings.tick_s
        try:
            while True:
                due = clock.now() + tick_s
                self._look()
                await clock.sleep_until(due)
                if (late_s := clock.now() - due) >= LATE_S:
                    log.warning("The event loop was busy with something else for %.1f s.", late_s)
        finally:  # what remains is to stop, and that may hang too
            self._hold(self._settings.stop_s)

    def _look(self) -> None:
        self._hold(self._settings.frozen_s)
        stopped = self._progress.stopped(clock.now()) if self._settings.frozen_s else None
        if stopped:
            raise FrozenError(
                f"{stopped.name} has made no progress for {stopped.patience_s:g} s; starting again."
            )
        self._notifier.status(self._status())
        self._notifier.alive()

    def _hold(self, seconds: float) -> None:
        if self._settings.frozen_s:
            self._deadman.hold(seconds)
