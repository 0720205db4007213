"""Where tools keep what must survive a restart: small things by kind and key."""

from collections.abc import Mapping
from typing import Any, Protocol

Thing = Mapping[str, Any]
"""What JSON can hold."""


class Shelf(Protocol):
    """`records/shelf.py` is one, on the disk."""

    async def all(self, kind: str) -> dict[str, Thing]:
        """All things of a kind by their keys, the oldest first."""

    async def put(self, kind: str, key: str, thing: Thing) -> None:
        """Keep a thing, in place of the one with this key. It is on the disk when this returns."""

    async def drop(self, kind: str, key: str) -> None:
        """Keep it no longer. Unknown ones are ignored."""

    async def forget_all(self) -> None:
        """Keep nothing."""


class MemoryShelf:
    """Keeps things until the program ends: for a box that is told to write nothing down."""

    def __init__(self) -> None:
        self._things: dict[str, dict[str, Thing]] = {}

    async def all(self, kind: str) -> dict[str, Thing]:
        """See `Shelf`."""
        return dict(self._things.get(kind, {}))

    async def put(self, kind: str, key: str, thing: Thing) -> None:
        """See `Shelf`."""
        self._things.setdefault(kind, {})[key] = dict(thing)

    async def drop(self, kind: str, key: str) -> None:
        """See `Shelf`."""
        self._things.get(kind, {}).pop(key, None)

    async def forget_all(self) -> None:
        """See `Shelf`."""
        self._things.clear()
