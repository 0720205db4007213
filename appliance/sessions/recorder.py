"""Has one conversation written down while it goes on."""

from typing import Protocol

from appliance.core import clock
from appliance.core.speech import Turn
from appliance.records.conversation import Conversation, Past
from appliance.sessions.observer import Observer
from appliance.sessions.trace import Stamps


class Keep(Protocol):
    """What writes it down: `records.keeper.Keeper`. Returns at once."""

    def add(self, conversation: Conversation, turn: Turn) -> None:
        """A turn is over."""

    def end(self, conversation: Conversation) -> None:
        """Nobody will go on with it."""

    def recall(self, session: str, device: str | None, most_s: float) -> Past | None:
        """What was said in a session before a restart, if it may be gone on with."""


class KeepNothing:
    """A `Keep` without a disk."""

    def add(self, conversation: Conversation, turn: Turn) -> None:
        """See `Keep`."""

    def end(self, conversation: Conversation) -> None:
        """See `Keep`."""

    def recall(self, session: str, device: str | None, most_s: float) -> Past | None:
        """See `Keep`."""


class Recorder(Observer):
    """An `Observer`. Owns which conversation the next turn belongs to."""

    def __init__(self, keep: Keep, session: str, device: str | None, past: Past | None) -> None:
        """Begin a conversation, or go on with one from before the restart.

        Args:
            keep: writes it down.
            session: its id.
            device: who talks; None at the box itself.
            past: what they have said already.
        """
        self._keep = keep
        self._session = session
        self._device = device
        self._conversation = past.conversation if past else self._new()
        self._turns = len(past.turns) if past else 0

    @property
    def key(self) -> str:
        """Of the conversation that goes on now."""
        return self._conversation.key

    def turn(self, turn: Turn, stamps: Stamps) -> None:  # noqa: ARG002 - every observer is told
        """See `Observer`."""
        if turn.transcript or turn.heard:  # else it was a noise
            self._turns += 1
            self._keep.add(self._conversation, turn)

    def forgotten(self) -> None:
        """See `Observer`."""
        if self._turns:
            self.end()
            self._conversation, self._turns = self._new(), 0

    def end(self) -> None:
        """Nobody will go on with it."""
        if self._turns:
            self._keep.end(self._conversation)

    def _new(self) -> Conversation:
        return Conversation.new(self._session, self._device, clock.wall().timestamp())
