"""How the owner updates the box, or makes it as new, from the page."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from appliance.web.contracts import Hooks, Uploads
from appliance.web.owner import Done
from appliance.web.problems import Refusal
from appliance.web.routes import Access, Call, Route, reply

PIECE = 1 << 20
"""Bytes that are passed on at a time."""


@dataclass(frozen=True, slots=True)
class ResetBody:
    """That it is meant."""

    confirm: Literal["reset"]
    """The word `reset`."""


class Updates:
    """Answers the owner. Owns nothing: it passes on."""

    def __init__(self, hooks: Hooks, patience_s: float) -> None:
        self._hooks = hooks
        self._patience_s = patience_s

    def routes(self) -> tuple[Route, ...]:
        """Its rows of the table."""
        owner, errors = Access.OWNER, (404, 411)
        return (
            Route("GET", "/api/update", self._status, owner, "How the last update stands.", errors=(404,)),
            Route(
                "POST",
                "/api/update",
                self._receive,
                owner,
                "Install a signed bundle, which is the body; the box starts again when it is written.",
                gives=Done,
                errors=errors,
                streams=True,
            ),
            Route(
                "POST",
                "/api/reset",
                self._reset,
                owner,
                "Make the box as new: owner, pairings, conversations, settings and networks go.",
                body=ResetBody,
                gives=Done,
                errors=(404,),
            ),
        )

    async def _status(self, _: Call) -> web.Response:
        return reply(dict(self._flashed().status()))

    async def _receive(self, call: Call) -> web.Response:
        updates, length = self._flashed(), call.request.content_length
        if length is None:
            raise Refusal(411, "no_length", "How long it is must be said beforehand.", "Send Content-Length.")
        await updates.receive(self._pieces(call.request), length)
        return reply(Done())

    async def _reset(self, _: Call) -> web.Response:
        self._flashed().ask_for_reset()
        return reply(Done())

    def _flashed(self) -> Uploads:
        if self._hooks.updates is None:
            raise Refusal(
                404,
                "not_flashed",
                "This machine was not flashed with an image, and updates itself another way.",
                "See “As a service” in the README.",
            )
        return self._hooks.updates

    async def _pieces(self, request: web.Request) -> AsyncIterator[bytes]:
        while True:
            async with asyncio.timeout(self._patience_s):
                piece = await request.content.read(PIECE)
            if not piece:
                return
            yield piece
