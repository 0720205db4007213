"""What anybody may ask: who they are to the box, and to be paired with it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from aiohttp import web
from annotated_types import Len
from pydantic import StringConstraints

from appliance.web.identity import COOKIE, COOKIE_AGE_S
from appliance.web.pairing import Pairing
from appliance.web.routes import Access, Call, Route, reply


@dataclass(frozen=True, slots=True)
class Me:
    """Who somebody is to the box, and what it is called."""

    paired: bool
    """Whether their device is paired."""
    owner: bool
    """Whether it may change the box."""
    kiosk: bool
    """Whether they sit at the box."""
    device: str | None
    """Their device's id."""
    box: str
    """The box's name."""
    address: str
    """Where others find it."""
    language: str
    """The language it speaks, as BCP 47 has it."""
    screen_off_s: int
    """Seconds after which the box's own screen is switched off when nobody speaks; 0: never."""


@dataclass(frozen=True, slots=True)
class PairBody:
    """What a device tells to be paired."""

    pin: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    """The digits that the box shows."""
    name: Annotated[str, Len(0, 200)] = ""
    """What the device is to be called."""


@dataclass(frozen=True, slots=True)
class Paired:
    """What a device is once it is paired."""

    paired: bool
    """True."""
    owner: bool
    """Whether it may change the box."""
    device: str
    """Its id."""


class Api:
    """Answers everybody."""

    def __init__(
        self,
        pairing: Pairing,
        box: str,
        address: Callable[[], str],
        language: Callable[[], str],
        screen_off_s: int = 0,
    ) -> None:
        self._pairing = pairing
        self._box = box
        self._address = address
        self._language = language
        self._screen_off_s = screen_off_s

    def routes(self) -> tuple[Route, ...]:
        """Its rows of the table."""
        everybody = Access.EVERYBODY
        return (
            Route("GET", "/api/me", self._me, everybody, "Who I am to the box.", gives=Me),
            Route(
                "POST",
                "/api/pair",
                self._pair,
                everybody,
                "Pair a device; its token comes as a cookie.",
                body=PairBody,
                gives=Paired,
                errors=(401, 409),
            ),
        )

    async def _me(self, call: Call) -> web.Response:
        who = call.who
        device = who.device.id if who.device else None
        place = self._box, self._address(), self._language(), self._screen_off_s
        return reply(Me(device is not None, who.owner, who.kiosk, device, *place))

    async def _pair(self, call: Call) -> web.Response:
        body: PairBody = call.body
        device, token = await self._pairing.pair(body.pin, body.name, call.who.address, call.who.device)
        response = reply(Paired(True, device.owner, device.id))
        response.set_cookie(
            COOKIE, token, max_age=COOKIE_AGE_S, secure=True, httponly=True, samesite="Strict", path="/"
        )
        return response
