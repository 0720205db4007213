"""What supervisors and measuring programs ask: does it live, can it answer, how is it doing, what is there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from appliance.web.metrics import CONTENT_TYPE
from appliance.web.problems import Refusal
from appliance.web.routes import Access, Call, Route, reply


@dataclass(frozen=True, slots=True)
class Health:
    """That it is well."""

    status: str = "ok"
    """Always `ok`."""


class HealthRoutes:
    """Answers programs."""

    def __init__(
        self,
        obstacle: Callable[[], str],
        measure: Callable[[], str],
        describe: Callable[[], dict[str, Any]],
        metrics_access: Access,
    ) -> None:
        self._obstacle = obstacle
        self._measure = measure
        self._describe = describe
        self._metrics_access = metrics_access

    def routes(self) -> tuple[Route, ...]:
        """Its rows of the table."""
        everybody = Access.EVERYBODY
        return (
            Route("GET", "/healthz", self._alive, everybody, "Whether the program lives.", gives=Health),
            Route(
                "GET",
                "/readyz",
                self._ready,
                everybody,
                "Whether it can answer.",
                gives=Health,
                errors=(503,),
            ),
            Route(
                "GET",
                "/metrics",
                self._metrics,
                self._metrics_access,
                "Measurements, for Prometheus.",
                gives="text/plain",
            ),
            Route("GET", "/api/openapi.json", self._document, Access.NEAR, "This document."),
        )

    async def _alive(self, _: Call) -> web.Response:
        return reply(Health())

    async def _ready(self, _: Call) -> web.Response:
        if obstacle := self._obstacle():
            raise Refusal(503, "not_ready", obstacle, "Wait, or look at the owner's page.")
        return reply(Health())

    async def _metrics(self, _: Call) -> web.Response:
        return web.Response(body=self._measure().encode(), headers={"Content-Type": CONTENT_TYPE})

    async def _document(self, _: Call) -> web.Response:
        return reply(self._describe())
