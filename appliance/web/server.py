"""The web server as a whole: puts its parts together, opens its ports and closes them."""

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiohttp import web

import appliance
from appliance.core.errors import ApplianceError, ConfigError
from appliance.web.access_log import AccessLog
from appliance.web.addresses import Address, normal, own_addresses
from appliance.web.api import Api
from appliance.web.certificates import Certificates, DeviceCertificates
from appliance.web.contracts import Hooks, Metric, Visitors
from appliance.web.devices import Devices
from appliance.web.discovery import Discovery
from appliance.web.door import Door, Limits
from appliance.web.guard import MAX_BODY, Guard, protect
from appliance.web.health_routes import HealthRoutes
from appliance.web.identity import identify
from appliance.web.invitation import Invitation
from appliance.web.metrics import Traffic, gather
from appliance.web.offers import Offers
from appliance.web.openapi import describe
from appliance.web.own_certificate import OwnCertificate
from appliance.web.owner import Owner
from appliance.web.pages import STATIC, Facts, Pages
from appliance.web.pairing import Pairing
from appliance.web.pin import Pin
from appliance.web.problems import explain
from appliance.web.routes import Access, Route, register
from appliance.web.screen import Screen
from appliance.web.settings import WebSettings
from appliance.web.updates import Updates
from appliance.web.whereabouts import Whereabouts

GOODBYE_S = 3.0
"""s that requests under way have to end when the server is closed."""

log = logging.getLogger("appliance.web")
protocol_log = logging.getLogger("appliance.web.protocol")


class WebServer:
    """The box on the network, as long as it is open. Made and used on the event loop."""

    def __init__(
        self, settings: WebSettings, folder: Path, visitors: Visitors, hooks: Hooks, static: Path = STATIC
    ) -> None:
        self._settings = settings
        certificates = _certificates(settings, folder / "tls")
        self._place = Whereabouts(settings.box_name(), certificates, lambda: _served(settings.bind))
        self._devices = Devices(folder / "devices.json", settings.max_devices)
        self._pairing = Pairing(Pin(settings.pin_lifetime_s, settings.pin_tries), self._devices)
        self._offers = Offers(visitors)
        self._traffic = Traffic()
        self._access = AccessLog()
        self._runner = self._application(self._table(visitors, hooks, static))
        self._door: Door | None = None
        self._following: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        """Where browsers find it, by name."""
        return self._place.address

    @property
    def ports(self) -> tuple[int, int]:
        """TCP ports of the page, and of the help with the certificate and the box's own screen."""
        return self._place.port, self._place.help_port

    @property
    def authority(self) -> bytes | None:
        """The root that devices are asked to trust, PEM; None when they know the certificate already."""
        return self._place.certificates.authority

    @property
    def owned(self) -> bool:
        """Whether the box has an owner: the first device that is paired becomes the owner's."""
        return self._devices.owned

    def invitation(self) -> Invitation:
        """What people at the box need to talk to it from elsewhere."""
        place, pin = self._place, self._pairing.pin
        return Invitation(
            address=place.address,
            numeric_address=place.numeric_address,
            pin=pin.digits,
            expires_s=int(pin.expires_s),
            fingerprint=place.certificates.fingerprint,
            help_address=place.help_address,
        )

    async def start(self) -> None:
        """Open the ports.

        Raises:
            ConfigError: the certificate cannot be used.
            PortError: a port cannot be opened.
        """
        try:
            await self._place.find()
        except OSError as error:
            raise ConfigError(f"{error.filename or 'a file'} cannot be written: {error.strerror}") from None
        protocol_log.addFilter(self._access.shorten)
        await self._runner.setup()
        assert self._runner.server, "it has just been set up"
        settings, certificates = self._settings, self._place.certificates
        limits = Limits(
            settings.max_connections, settings.max_connections_per_address, float(settings.patience_s)
        )
        self._door = Door(self._runner.server, lambda: certificates.context, limits)
        try:
            self._listen(self._door)
        except ApplianceError:
            await self.close()
            raise
        discovery = Discovery(self._place.name, self._place.port) if settings.discovery else None
        self._following = asyncio.create_task(self._place.follow(discovery))
        log.info("Open at %s and, for help with the certificate, %s", self.address, self._place.help_address)

    async def close(self) -> None:
        """End all connections and free the ports."""
        if self._following:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        if self._door:
            await self._door.close()
        await self._offers.close()
        await self._runner.cleanup()
        protocol_log.removeFilter(self._access.shorten)
        with contextlib.suppress(ApplianceError):  # only when devices were seen is lost
            await self._devices.save()

    def _listen(self, door: Door) -> None:
        bind, place = self._settings.bind, self._place
        place.port = door.listen(bind, self._settings.port, "http.port")
        place.help_port = door.listen(bind, self._settings.help_port, "http.help_port")
        only = normal(bind)
        if only and not only.is_unspecified and not only.is_loopback:
            door.listen("127.0.0.1", place.help_port, "http.help_port")  # the box's own screen

    def _application(self, table: Iterable[Route]) -> web.AppRunner:
        guard = Guard(self._place.names, lambda: self.address)
        app = web.Application(
            middlewares=[self._access.write, self._traffic.count, explain, guard.check],
            client_max_size=MAX_BODY,
        )
        app.on_response_prepare.append(protect)
        patience_s = self._settings.patience_s
        register(app, table, lambda request: identify(request, self._devices.identify), patience_s)
        return web.AppRunner(
            app,
            handle_signals=False,
            access_log=None,  # ours is a middleware, and knows rows
            logger=protocol_log,
            keepalive_timeout=patience_s,  # which is also how long headers may take
            lingering_time=GOODBYE_S,
            shutdown_timeout=GOODBYE_S,
            auto_decompress=False,  # what is inflated has no bound
        )

    def _table(self, visitors: Visitors, hooks: Hooks, static: Path) -> tuple[Route, ...]:
        def measure() -> str:
            return gather((self._measure, self._traffic.metrics, hooks.metrics))

        def status() -> dict[str, Any]:
            named = {"box": place.name, "version": appliance.__version__, "address": place.address}
            return {**named, **hooks.status()}

        def facts() -> Facts:
            return Facts(place.name, place.address, place.certificates.fingerprint)

        place = self._place
        own = replace(hooks, status=status)
        metrics_access = Access.EVERYBODY if self._settings.open_metrics else Access.NEAR
        parts = (
            Pages(static, facts, lambda: place.certificates.authority),
            Api(
                self._pairing,
                place.name,
                lambda: place.address,
                hooks.language,
                self._settings.screen_off_s,
            ),
            self._offers,
            Screen(self._pairing.pin, self.invitation, lambda: self.owned, hooks.setup),
            Owner(own, visitors, self._devices, measure, self._offers.revoke),
            Updates(own, float(self._settings.patience_s)),
            HealthRoutes(
                hooks.obstacle, measure, lambda: describe(table, appliance.__version__), metrics_access
            ),
        )
        table = tuple(route for part in parts for route in part.routes())
        return table

    def _measure(self) -> Iterable[Metric]:
        yield Metric("appliance_paired_devices", "Devices that are paired.", len(self._devices.all()))
        refused = self._pairing.refused
        yield Metric(
            "appliance_pairings_refused_total", "Wrong digits, or too many.", refused, kind="counter"
        )
        if self._door:
            yield from self._door.metrics()


def _served(bind: str) -> frozenset[Address]:
    """The addresses of this machine that are served."""
    only = normal(bind)
    if only is None or only.is_unspecified:
        return own_addresses()
    return frozenset(address for address in own_addresses() if address == only or address.is_loopback)


def _certificates(settings: WebSettings, folder: Path) -> Certificates:
    if settings.certificate or settings.key:
        return OwnCertificate(settings.certificate, settings.key)
    return DeviceCertificates(folder, settings.box_name())
