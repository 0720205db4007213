"""How to come in, for whoever stands before the box or owns it: the digits, the address, a picture of both."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web

from appliance.web.invitation import Invitation
from appliance.web.pin import Pin
from appliance.web.routes import Access, Call, Route, reply


@dataclass(frozen=True, slots=True)
class Digits:
    """The digits that admit a device."""

    pin: str
    """Six of them."""
    expires_s: int
    """Seconds until there are others."""
    tries_left: int
    """Wrong tries until there are others."""


class Screen:
    """Answers the box's own screen, and the owner."""

    def __init__(
        self,
        pin: Pin,
        invite: Callable[[], Invitation],
        owned: Callable[[], bool],
        setup: Callable[[], Mapping[str, Any]],
    ) -> None:
        """Begin.

        Args:
            pin: the digits.
            invite: makes an invitation.
            owned: whether the box has an owner; the first device that is paired becomes the owner's.
            setup: what became of the last settings file.
        """
        self._pin = pin
        self._invite = invite
        self._owned = owned
        self._setup = setup

    def routes(self) -> tuple[Route, ...]:
        """Its rows of the table."""
        screen, owner = Access.SCREEN, Access.OWNER
        picture = "The box's address and digits, a QR code of both as SVG, and what a new box has to tell."
        return (
            Route("GET", "/api/pin", self._digits, screen, "The digits that admit a device.", gives=Digits),
            Route("POST", "/api/pin", self._renew, owner, "Make new digits.", gives=Digits),
            Route("GET", "/api/invitation", self._invitation, screen, picture, gives=dict[str, Any]),
        )

    async def _digits(self, _: Call) -> web.Response:
        return reply(Digits(self._pin.digits, int(self._pin.expires_s), self._pin.tries_left))

    async def _renew(self, call: Call) -> web.Response:
        self._pin.renew()
        return await self._digits(call)

    async def _invitation(self, _: Call) -> web.Response:
        invitation = self._invite()
        told = {"svg": invitation.svg(), "owned": self._owned(), "setup": dict(self._setup())}
        return reply({**asdict(invitation), **told})
