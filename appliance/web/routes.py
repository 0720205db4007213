"""The table of all that can be asked of the box: one row registers it, guards it and documents it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict, dataclass, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from appliance.core.errors import InputError
from appliance.web.identity import Who
from appliance.web.problems import Refusal


class Access(StrEnum):
    """Who may ask."""

    EVERYBODY = "everybody"
    """Whoever reaches the box."""
    PAIRED = "paired devices"
    """A device that is paired."""
    NEAR = "paired devices and the box itself"
    """A device that is paired, or whoever sits at the box."""
    SCREEN = "the owner and the box's own screen"
    """Whoever could as well read the digits at the box."""
    OWNER = "the owner"
    """The device of the owner."""

    def admits(self, who: Who) -> bool:
        """Whether this one may ask."""
        return {
            Access.EVERYBODY: True,
            Access.PAIRED: who.device is not None,
            Access.NEAR: who.device is not None or who.kiosk,
            Access.SCREEN: who.owner or who.kiosk,
            Access.OWNER: who.owner,
        }[self]


@dataclass(frozen=True, slots=True)
class Call:
    """A request that may be answered."""

    request: web.Request
    """As it came."""
    who: Who
    """Who asks."""
    body: Any
    """What they sent, of the row's type; None where it takes nothing."""


@dataclass(frozen=True, slots=True)
class Route:
    """One row: a thing that can be asked."""

    method: str
    """GET, POST, PUT or DELETE."""
    path: str
    """Where; `{name}` stands for one part."""
    answer: Callable[[Call], Awaitable[web.StreamResponse]]
    """What is done."""
    access: Access
    """Who may."""
    summary: str
    """What it is for, in a sentence."""
    body: type | None = None
    """A dataclass of what is to be sent."""
    gives: Any = dict[str, Any]
    """Type of the JSON that comes back; a string names another content type."""
    errors: tuple[int, ...] = ()
    """Statuses of refusals beyond those that every row has."""
    streams: bool = False
    """Whether the body is a file that `answer` reads itself, piece by piece; web/guard.py knows its path."""


def register(
    app: web.Application, routes: Iterable[Route], identify: Callable[[web.Request], Who], patience_s: float
) -> None:
    """Make an application answer all rows.

    Args:
        app: not started yet.
        routes: the table.
        identify: tells who asks.
        patience_s: seconds in which a body must arrive.
    """
    for route in routes:
        app.router.add_route(route.method, route.path, _handler(route, identify, patience_s))


def reply(answer: Any, headers: dict[str, str] | None = None) -> web.Response:
    """An answer as JSON."""
    plain = asdict(answer) if is_dataclass(answer) and not isinstance(answer, type) else answer
    return web.json_response(plain, headers=headers)


@cache
def adapter(body: Any) -> TypeAdapter[Any]:
    """What reads and describes a type."""
    return TypeAdapter(body)


def _handler(
    route: Route, identify: Callable[[web.Request], Who], patience_s: float
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        who = identify(request)
        if not route.access.admits(who):
            raise _not_admitted(route.access, who)
        if route.streams:
            return await route.answer(Call(request, who, None))
        async with asyncio.timeout(patience_s):
            raw = await request.read()
        return await route.answer(Call(request, who, _parse(route, raw)))

    return handle


def _not_admitted(access: Access, who: Who) -> Refusal:
    if who.device is None:
        return Refusal(401, "not_paired", "This device is not paired.", "Type the digits that the box shows.")
    return Refusal(403, "not_allowed", f"This is for {access}.", "Ask the owner of the box.")


def _parse(route: Route, raw: bytes) -> Any:
    if route.body is None:
        return None
    try:
        return adapter(route.body).validate_json(raw, strict=True)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the body"
        raise InputError(f"{place}: {first['msg'].lower()}", "See /api/openapi.json.") from None
