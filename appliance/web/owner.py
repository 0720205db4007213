"""What the owner may see and do."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from aiohttp import web
from annotated_types import Len

from appliance.web.contracts import Hooks, Visitors
from appliance.web.devices import Device, Devices
from appliance.web.diagnosis import MASK, as_json, bundle, machine, mask
from appliance.web.problems import Refusal
from appliance.web.routes import Access, Call, Route, reply


@dataclass(frozen=True, slots=True)
class SayBody:
    """Something to be said."""

    text: Annotated[str, Len(1, 1000)]
    """What."""


@dataclass(frozen=True, slots=True)
class Done:
    """It was done."""

    done: bool = True
    """True."""


class Owner:
    """Answers the owner. Owns nothing: it passes on."""

    def __init__(
        self,
        hooks: Hooks,
        visitors: Visitors,
        devices: Devices,
        measure: Callable[[], str],
        revoked: Callable[[str], Awaitable[None]],
    ) -> None:
        self._hooks = hooks
        self._visitors = visitors
        self._devices = devices
        self._measure = measure
        self._revoked = revoked

    def routes(self) -> tuple[Route, ...]:
        """Its rows of the table."""
        owner, gone = Access.OWNER, (404,)
        many, one = list[dict[str, Any]], dict[str, Any]
        return (
            Route("GET", "/api/status", self._status, owner, "How the box is.", gives=one),
            Route("GET", "/api/sessions", self._sessions, owner, "Who talks to it.", gives=many),
            Route("DELETE", "/api/sessions/{id}", self._end, owner, "End one.", gives=Done, errors=gone),
            Route("GET", "/api/devices", self._list, owner, "Which devices are paired.", gives=many),
            Route("DELETE", "/api/devices/{id}", self._revoke, owner, "Forget one.", gives=Done, errors=gone),
            Route("GET", "/api/settings", self._settings, owner, "All settings, secrets masked.", gives=one),
            Route("GET", "/api/conversations", self._talks, owner, "What was said.", gives=many, errors=gone),
            Route(
                "GET",
                "/api/diagnosis",
                self._diagnose,
                owner,
                "A bundle for whoever helps, with nothing in it that was said.",
                gives="application/zip",
            ),
            Route(
                "POST",
                "/api/say",
                self._say,
                owner,
                "Say something.",
                body=SayBody,
                gives=Done,
                errors=(503,),
            ),
            Route("POST", "/api/restart", self._restart, owner, "Start the appliance again.", gives=Done),
        )

    async def _status(self, _: Call) -> web.Response:
        return reply({**self._hooks.status(), "visitors": dict(self._visitors.status())})

    async def _sessions(self, _: Call) -> web.Response:
        return reply([dict(session) for session in self._visitors.sessions()])

    async def _end(self, call: Call) -> web.Response:
        if not await self._visitors.end(call.request.match_info["id"]):
            raise Refusal(404, "not_found", "There is no such session.")
        return reply(Done())

    async def _list(self, _: Call) -> web.Response:
        return reply([_visible(device) for device in self._devices.all()])

    async def _revoke(self, call: Call) -> web.Response:
        device = call.request.match_info["id"]
        if not await self._devices.revoke(device):
            raise Refusal(404, "not_found", "There is no such device.")
        await self._revoked(device)
        return reply(Done())

    async def _settings(self, _: Call) -> web.Response:
        return reply(mask(self._hooks.settings()))

    async def _talks(self, _: Call) -> web.Response:
        if self._hooks.conversations is None:
            raise Refusal(404, "not_kept", "This box keeps no conversations.")
        return reply([dict(talk) for talk in self._hooks.conversations()])

    async def _diagnose(self, _: Call) -> web.Response:
        files = {
            "status.json": as_json({**self._hooks.status(), "visitors": dict(self._visitors.status())}),
            "sessions.json": as_json([dict(session) for session in self._visitors.sessions()]),
            "settings.json": as_json(mask(self._hooks.settings())),
            "devices.json": as_json([_visible(device) | {"name": MASK} for device in self._devices.all()]),
            "metrics.txt": self._measure(),
            **self._hooks.diagnosis(),
        }
        packed = await asyncio.to_thread(lambda: bundle({**files, "machine.json": as_json(machine())}))
        return web.Response(
            body=packed,
            content_type="application/zip",
            headers={"Content-Disposition": 'attachment; filename="diagnosis.zip"'},
        )

    async def _say(self, call: Call) -> web.Response:
        body: SayBody = call.body
        await self._hooks.say(body.text)
        return reply(Done())

    async def _restart(self, _: Call) -> web.Response:
        self._hooks.restart()
        return reply(Done())


def _visible(device: Device) -> dict[str, Any]:
    """What the owner sees of a device: all but its token."""
    return {
        "id": device.id,
        "name": device.name,
        "owner": device.owner,
        "paired": device.paired.isoformat(),
        "seen": device.seen.isoformat(),
    }
