"""Wakes a conversation when its machine wants to be woken. Not while nobody is at the other end."""

import asyncio
from collections.abc import Callable

from appliance.core import clock
from appliance.core.interfaces import AudioPort
from appliance.turns.machine import Machine


class Alarm:
    """Owns the timer of one machine's deadline."""

    def __init__(self, machine: Machine, port: AudioPort, ring: Callable[[], None]) -> None:
        """`ring` is called when the deadline has come."""
        self._machine = machine
        self._port = port
        self._ring = ring
        self._timer: asyncio.TimerHandle | None = None

    @property
    def overdue_s(self) -> float:
        """Seconds since it should have rung; 0 or less while all is in time, and while it is off."""
        due = None if self._timer is None or self._port.away else self._machine.deadline
        return 0.0 if due is None else clock.now() - due

    @property
    def on(self) -> bool:
        """The conversation has begun."""
        return self._timer is not None

    def set(self) -> None:
        """Ring at the machine's deadline, as it is now."""
        self.off()
        if self._machine.deadline is not None:
            self._timer = clock.after(self._machine.deadline - clock.now(), self._expire)

    def off(self) -> None:
        """Do not ring."""
        if self._timer:
            self._timer.cancel()

    def _expire(self) -> None:
        """For whoever is away time stands still, and begins anew."""
        if self._port.away:
            self._machine.rest(clock.now())
            self.set()
        else:
            self._ring()
