"""What the main process tells an audio process, on its standard input."""

import os
import select
from dataclasses import dataclass
from typing import Final

from appliance.audio.server import Node, from_json

MOST: Final = 1 << 20
"""Bytes of an order: thousands of devices. Longer ones are no orders, and their writer is no main process of ours."""


class Leave(Exception):  # noqa: N818 - nothing went wrong
    """It is time to leave."""


@dataclass(frozen=True, slots=True)
class Look:
    """Something was plugged or pulled."""

    nodes: tuple[Node, ...] | None
    """What the sound server has now; None where there is none."""


class Orders:
    """Owns the reading end."""

    def __init__(self, descriptor: int, bell: int) -> None:
        """Listen to a descriptor. `bell` is an eventfd that ends a wait without an order."""
        self._descriptor = descriptor
        self._bell = bell
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)
        self._poll.register(bell, select.POLLIN)
        self._begun = b""

    def wait(self) -> Look:
        """Return the newest order, as soon as there is one.

        Raises:
            Leave: there will be none.
        """
        while not (look := self.next(None)):
            continue
        return look

    def next(self, timeout_ms: int | None) -> Look | None:
        """The newest order that came since the last one; None: none came in time, or the bell has rung.

        Raises:
            Leave: there will be none any more.
        """
        ready = {descriptor for descriptor, _ in self._poll.poll(timeout_ms)}
        if self._bell in ready:
            os.eventfd_read(self._bell)
        if self._descriptor not in ready:
            return None
        received = os.read(self._descriptor, MOST)
        if not received or len(self._begun) > MOST:
            raise Leave
        *lines, self._begun = (self._begun + received).split(b"\n")
        return Look(from_json(lines[-1].decode())) if lines else None
