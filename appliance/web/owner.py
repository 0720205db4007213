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
class SettingBody:
    """What a setting is to be."""

    value: bool | int | float | Annotated[str, Len(0, 4000)] | None
    """From the next start on; null: what it was before the owner changed it."""


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
            Route(
                "GET",
                "/api/sessions/{id}/timeline",
                self._picture,
                owner,
                "Where the time of its last answer went, drawn.",
                gives="image/svg+xml",
                errors=gone,
            ),
            Route("GET", "/api/devices", self._list, owner, "Which devices are paired.", gives=many),
            Route("DELETE", "/api/devices/{id}", self._revoke, owner, "Forget one.", gives=Done, errors=gone),
            Route("GET", "/api/settings", self._settings, owner, "All settings, secrets masked.", gives=one),
            *self._kept(),
            Route(
                "GET",
                "/api/diagnosis",
                self._diagnose,
                owner,
                "A bundle for whoever helps, with nothing in it that was said.",
                gives="application/zip",
            ),
            *self._deeds(),
        )

    def _deeds(self) -> tuple[Route, ...]:
        """What it is to do now."""
        owner, gone = Access.OWNER, (404,)
        return (
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
            Route(
                "POST",
                "/api/echo",
                self._echo,
                owner,
                "Start the appliance again, and measure the echo of its room.",
                gives=Done,
                errors=gone,
            ),
        )

    def _kept(self) -> tuple[Route, ...]:
        """What is on the disk."""
        owner, many, errors = Access.OWNER, list[dict[str, Any]], (404, 503)
        return (
            Route(
                "PUT",
                "/api/settings/{section}/{key}",
                self._change,
                owner,
                "Change a setting, from the next start on.",
                body=SettingBody,
                gives=Done,
                errors=errors,
            ),
            Route(
                "GET",
                "/api/choices",
                self._choices,
                owner,
                "The settings that may be changed, as they are.",
                gives=dict[str, Any],
            ),
            Route(
                "GET", "/api/conversations", self._talks, owner, "What was said.", gives=many, errors=(404,)
            ),
            Route(
                "DELETE",
                "/api/conversations",
                self._forget,
                owner,
                "Forget all that was ever said.",
                gives=Done,
                errors=errors,
            ),
        )

    async def _status(self, _: Call) -> web.Response:
        return reply({**self._hooks.status(), "visitors": dict(self._visitors.status())})

    async def _sessions(self, _: Call) -> web.Response:
        return reply([dict(session) for session in self._visitors.sessions()])

    async def _end(self, call: Call) -> web.Response:
        if not await self._visitors.end(call.request.match_info["id"]):
            raise Refusal(404, "not_found", "There is no such session.")
        return reply(Done())

    async def _picture(self, call: Call) -> web.Response:
        drawn = self._visitors.picture(call.request.match_info["id"])
        if drawn is None:
            raise Refusal(404, "not_found", "There is no such session, or nobody was answered in it.")
        return web.Response(text=drawn, content_type="image/svg+xml")

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

    async def _choices(self, _: Call) -> web.Response:
        now = mask(self._hooks.settings())
        chosen = self._hooks.changeable.items()
        return reply({section: {key: now[section][key] for key in keys} for section, keys in chosen})

    async def _change(self, call: Call) -> web.Response:
        if self._hooks.change is None:
            raise Refusal(404, "not_kept", "This box keeps no settings.")
        place = call.request.match_info
        body: SettingBody = call.body
        await self._hooks.change(place["section"], place["key"], body.value)
        return reply(Done())

    async def _talks(self, _: Call) -> web.Response:
        if self._hooks.conversations is None:
            raise Refusal(404, "not_kept", "This box keeps no conversations.")
        return reply([dict(talk) for talk in await self._hooks.conversations()])

    async def _forget(self, _: Call) -> web.Response:
        if self._hooks.forget is None:
            raise Refusal(404, "not_kept", "This box keeps no conversations.")
        await self._hooks.forget()
        return reply(Done())

    async def _diagnose(self, _: Call) -> web.Response:
        files = {
            "status.json": as_json({**self._hooks.status(), "visitors": dict(self._visitors.status())}),
            "sessions.json": as_json([dict(session) for session in self._visitors.sessions()]),
            "settings.json": as_json(mask(self._hooks.settings())),
            "devices.json": as_json([_visible(device) | {"name": MASK} for device in self._devices.all()]),
            "metrics.txt": self._measure(),
            **self._hooks.diagnosis(),
        }
        packed = await asyncio.to_thread(
            lambda: bundle({**files, "machine.json": as_json(machine()), **self._hooks.reports()})
        )
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

    async def _echo(self, _: Call) -> web.Response:
        if self._hooks.measure is None:
            raise Refusal(404, "no_room", "This box has no microphone and loudspeaker of its own.")
        self._hooks.measure()
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
