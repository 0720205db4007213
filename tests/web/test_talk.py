"""Buttons and keyboard: what a page asks for becomes an event of the conversation."""

import pytest

from appliance.turns.events import Event, MutePressed, StopPressed, UnmutePressed
from appliance.web.messages import Pong
from appliance.web.requests import Mute, Ping, Played, Request, Stop, Text
from appliance.web.talk import obey


class Buttons:
    """A `Talk` that remembers."""

    turn = 1

    def __init__(self) -> None:
        self.pressed: list[Event | str] = []

    async def run(self) -> None: ...

    def post(self, event: Event) -> None:
        self.pressed.append(event)

    def type(self, text: str) -> None:
        self.pressed.append(text)

    def forget(self) -> None: ...


@pytest.mark.parametrize(
    ("request_", "pressed", "answer"),
    [
        (Text("hi"), ["hi"], None),
        (Mute(True), [MutePressed()], None),
        (Mute(False), [UnmutePressed()], None),
        (Stop(), [StopPressed()], None),
        (Ping(3.0), [], Pong(3.0)),
        (Played(100.0), [], None),
    ],
)
def test_requests_are_obeyed(request_: Request, pressed: list[Event | str], answer: Pong | None) -> None:
    buttons = Buttons()
    assert obey(buttons, request_) == answer
    assert buttons.pressed == pressed
