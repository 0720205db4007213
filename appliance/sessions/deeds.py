"""What a conversation can have done besides talking: somebody says so, it is done, and the answer tells of it."""

from collections.abc import Callable
from typing import Protocol


class Wish(Protocol):
    """Something that was asked for, and that needs no language model."""

    async def grant(self) -> str:
        """Do it, once, and return what is to be said of it; "" where nothing is.

        Whoever stops waiting does not stop it.
        """

    def drop(self) -> None:
        """The turn is over. What was not granted by now never happens."""


Deeds = Callable[[str], Wish | None]
"""What a sentence asks for; None where it is for the language model."""


def no_deeds(_: str) -> None:
    """The box only talks."""
