"""One running job, seen from inside its worker: how far it may go and whether it is still wanted."""

import threading
from collections.abc import Callable

from appliance.core.errors import Cancelled


class Control:
    """The engine's `CancelToken`, and the gate before each of its results. Shared by two threads.

    The reader thread calls `allow` and `cancel`; the thread of the engine calls everything else.
    """

    def __init__(self, job: int, until: int) -> None:
        self.job = job
        self._changed = threading.Condition()
        self._until = until
        self._serial = 0
        self._cancelled = False
        self.resting = True
        """It has not begun, waits to be allowed more, or is over: nothing is to be done for it now."""
        self._actions: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        """True once cancelled."""
        return self._cancelled

    def raise_if_cancelled(self) -> None:
        """Raise `Cancelled` when cancelled."""
        if self._cancelled:
            raise Cancelled

    def on_cancel(self, action: Callable[[], None]) -> None:
        """Run `action` on cancelling, at once if that has passed."""
        with self._changed:
            if not self._cancelled:
                self._actions.append(action)
                return
        action()

    def cancel(self) -> None:
        """Tell the engine to stop."""
        with self._changed:
            self._cancelled = True
            for action in self._actions:
                action()
            self._changed.notify()

    def allow(self, serial: int, until: int) -> None:
        """Let the job produce results up to number `until`."""
        with self._changed:
            self._serial, self._until = serial, until
            self._changed.notify()

    def begin(self) -> None:
        """The engine is given the job."""
        self.resting = False

    def pass_gate(self, index: int, waiting: Callable[[int], None]) -> None:
        """Return when result number `index` (from 0) may be produced.

        Args:
            index: of the result.
            waiting: told the serial of the last `allow` before each wait.

        Raises:
            Cancelled: nobody wants it.
        """
        with self._changed:
            while index >= self._until and not self._cancelled:
                waiting(self._serial)
                self.resting = True
                self._changed.wait()
        self.resting = False
        self.raise_if_cancelled()

    def close(self) -> None:
        """The job is over: no action of it runs from now on, or is still running.

        A late one could stop the next job: native abort flags belong to the engine, not to the job.
        """
        with self._changed:
            self.resting = True
            self._actions.clear()
