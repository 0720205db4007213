"""One connection of a page: what it says is read strictly, and not for ever."""

import logging
from typing import Final, Protocol

from appliance.web.limits import RateLimit
from appliance.web.messages import Failed, Message, encode
from appliance.web.requests import BadMessage, Request, parse

log = logging.getLogger(__name__)

TOO_MANY: Final = "too many messages"


class Carrier(Protocol):
    """What carries messages to a page. Called on the event loop; never blocks, and never fails."""

    def send(self, text: str) -> None:
        """Send a message. Drops it when the page is gone, and closes when the page reads too slowly."""

    def close(self, reason: str) -> None:
        """End the connection, behind what was sent."""


class Link:
    """Owns what a connection may still say. To be made within the event loop."""

    def __init__(self, carrier: Carrier, messages_per_s: float) -> None:
        self.carrier = carrier
        self.bad = 0
        """Messages that could not be understood."""
        self._allowance = RateLimit(max(1, round(messages_per_s)), 1 / messages_per_s, keys=1)

    def tell(self, message: Message) -> None:
        """Send it."""
        self.carrier.send(encode(message))

    def read(self, text: str, turn: int) -> Request | None:
        """What the page asks for; None when that cannot be understood, or comes too often.

        Args:
            text: as it arrived.
            turn: number of the newest turn, to tell the page where its mistake belongs.
        """
        if self._allowance.take() > 0:
            log.warning("A page sent too many messages; its connection is closed.")
            self.carrier.close(TOO_MANY)
            return None
        try:
            return parse(text)
        except BadMessage as bad:
            self.complain(bad, turn)
            return None

    def complain(self, bad: BadMessage, turn: int) -> None:
        """Say what is wrong with a message. Once: who sends rubbish may send much of it."""
        self.bad += 1
        if self.bad == 1:
            log.warning("A page sent something that is no message: %s", bad.problem)
            self.tell(Failed(turn, "page", bad.problem, bad.remedy, bad.failure))
