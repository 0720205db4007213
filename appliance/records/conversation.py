"""What is written down of conversations, and what is read again."""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Self

from appliance.core.speech import Turn


def fingerprint(session: str) -> str:
    """Stands for a session's id on disk, where the id itself would be half of a key to the conversation."""
    return hashlib.sha256(session.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Conversation:
    """What somebody talked about until it was forgotten or ended."""

    key: str
    """Unique, and says nothing."""
    session: str
    """`fingerprint` of the session in which it was held."""
    device: str | None
    """Who held it; None at the box itself."""
    began: float
    """Unix time in s."""

    @classmethod
    def new(cls, session: str, device: str | None, began: float) -> Self:
        """A conversation of a session, by its id."""
        return cls(secrets.token_hex(8), fingerprint(session), device, began)

    def age_s(self, now: float) -> float:
        """s since it began; none when the clock was set back meanwhile."""
        return max(0.0, now - self.began)


@dataclass(frozen=True, slots=True)
class Said:
    """A turn is over."""

    conversation: Conversation
    """Whose."""
    turn: Turn
    """What was said and heard."""
    at: float
    """Unix time in s."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A conversation is over, and nobody goes on with it."""

    conversation: Conversation
    """Which."""
    at: float
    """Unix time in s."""


Deed = Said | Ended


@dataclass(frozen=True, slots=True)
class Past:
    """A conversation as it was written down."""

    conversation: Conversation
    """Which."""
    turns: tuple[Turn, ...]
    """The newest ones, in order; at least one."""
    last: float
    """Unix time in s of the newest."""
    ended: bool = False
    """Nobody goes on with it."""
