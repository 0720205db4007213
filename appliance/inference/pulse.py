"""Finds workers that are frozen: stopped, deadlocked, or waiting for what never comes."""

import asyncio
from collections.abc import Callable

from appliance.core import clock
from appliance.inference.settings import InferenceSettings

STILL_S = 0.001
"""CPU seconds between two beats below which an engine that has work has done none of it. One that decodes, spins on
a GPU or waits for pages of its model from disk uses a hundred times as much."""


class Pulse:
    """Asks a worker for a sign of life at every beat, and counts the beats in which nothing moved.

    A stopped process does not answer. A deadlocked one does, from the thread that listens, and is known by its work:
    it has some, and uses no processor. Whoever spins for ever is left to the budget of the job.
    """

    def __init__(
        self, settings: InferenceSettings, ask: Callable[[], None], frozen: Callable[[str], None]
    ) -> None:
        """Let `ask` ask for an answer, and `frozen` know what is wrong; the phrase goes on after a name."""
        self._settings = settings
        self._ask = ask
        self._frozen = frozen
        self._timer: asyncio.TimerHandle | None = None
        self._owed = 0
        """Questions in a row that nobody has answered."""
        self._still = 0
        """Answers in a row that said: there is work, and none was done."""
        self._worked_s: float | None = None

    def start(self) -> None:
        """Feel it from now on."""
        self._timer = clock.after(self._settings.pulse_s, self._beat)

    def stop(self) -> None:
        """No longer."""
        if self._timer:
            self._timer.cancel()

    def answered(self, worked_s: float | None) -> None:
        """The worker lives, and has used so many CPU seconds so far; None: it has nothing to do."""
        self._owed = 0
        idle = worked_s is None or self._worked_s is None or worked_s - self._worked_s >= STILL_S
        self._still = 0 if idle else self._still + 1
        self._worked_s = worked_s

    def _beat(self) -> None:
        limit, pulse_s = self._settings.pulses, self._settings.pulse_s
        if self._owed >= limit:
            self._frozen(f"has not answered for {limit * pulse_s:g} s: the process stands still")
        elif self._still >= limit:
            self._frozen(f"has work and has done none of it for {limit * pulse_s:g} s: it waits for ever")
        else:
            self._owed += 1
            self._ask()
            self.start()
