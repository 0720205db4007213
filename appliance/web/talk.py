"""A conversation, as those at its buttons and its keyboard know it."""

from typing import Protocol

from appliance.turns.events import Event, MutePressed, StopPressed, UnmutePressed
from appliance.web.messages import Pong
from appliance.web.requests import Mute, Ping, Request, Stop, Text


class Talk(Protocol):
    """What is used of a `Session`."""

    @property
    def turn(self) -> int:
        """Number of the newest turn."""

    async def run(self) -> None:
        """Hold the conversation until its port is closed."""

    def post(self, event: Event) -> None:
        """A button was pressed. Only while it runs."""

    def type(self, text: str) -> None:
        """Somebody typed what others say. Only while it runs."""

    def forget(self) -> None:
        """Whatever was said until now is forgotten. Only while it runs."""


def obey(talk: Talk, request: Request) -> Pong | None:
    """Do what a page asks for; returns what it is answered at once, if anything."""
    match request:
        case Text(text):
            talk.type(text)
        case Mute(on):
            talk.post(MutePressed() if on else UnmutePressed())
        case Stop():
            talk.post(StopPressed())
        case Ping(t):
            return Pong(t)
    return None
