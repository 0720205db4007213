"""Where the box is and what it is called there: followed while networks come and go."""

import asyncio
import logging
from collections.abc import Callable

from appliance.core import clock
from appliance.web.addresses import Address, normal, on_the_lan, own_addresses
from appliance.web.certificates import Certificates
from appliance.web.discovery import Discovery

WATCH_S = 10.0
"""s between looks at the addresses. A look takes less than a millisecond."""
CERTIFICATE_LOOKS = 360
"""Looks, an hour's worth, between those at the age of the certificate."""

log = logging.getLogger("appliance.web")


class Whereabouts:
    """Name, addresses and ports of the box; keeps the certificate and the announcement true to them."""

    def __init__(
        self,
        name: str,
        certificates: Certificates,
        look: Callable[[], frozenset[Address]] = own_addresses,
    ) -> None:
        self.name = name
        self.certificates = certificates
        self.port = self.help_port = 0
        self._look = look
        self._addresses: frozenset[Address] = frozenset()

    @property
    def address(self) -> str:
        """Where browsers find it, by name."""
        return self._https(self._host())

    @property
    def numeric_address(self) -> str:
        """The same for devices that do not find names of the local network; "" without a network that is private."""
        nearby = (str(address) for address in on_the_lan(self._addresses))
        certified = next((address for address in nearby if address in self.certificates.hosts), "")
        return self._https(certified) if certified else ""

    @property
    def help_address(self) -> str:
        """Where the certificate is explained, without one."""
        nearby = on_the_lan(self._addresses)
        return f"http://{nearby[0] if nearby else 'localhost'}:{self.help_port}/"

    def names(self) -> frozenset[str]:
        """All names by which the box may be called."""
        own = {self.name, f"{self.name}.local", "localhost"}
        return self.certificates.hosts | own | {str(address) for address in self._addresses}

    async def find(self) -> None:
        """Look where the box is, and have a certificate for that.

        Raises:
            ConfigError: the owner's certificate cannot be used.
            OSError: the folder cannot be written.
        """
        self._addresses = self._look()
        await asyncio.to_thread(self.certificates.refresh, self._addresses)

    async def follow(self, discovery: Discovery | None) -> None:
        """Announce the box and keep everything up to date until cancelled."""
        announced: frozenset[Address] | None = None
        looks = 0
        try:
            while True:
                await self._renew(due=looks % CERTIFICATE_LOOKS == 0)
                if discovery and announced != self._addresses:
                    addresses = self._addresses
                    announced = addresses if await discovery.announce(on_the_lan(addresses)) else None
                looks += 1
                await clock.sleep_until(clock.now() + WATCH_S)
        finally:
            if discovery:
                await discovery.close()

    async def _renew(self, *, due: bool) -> None:
        if not due and self._look() == self._addresses:
            return
        try:
            await self.find()
        except OSError as error:  # the disk is full or read-only
            log.warning("The certificate cannot be renewed: %s", error)

    def _https(self, host: str) -> str:
        return f"https://{host}/" if self.port == 443 else f"https://{host}:{self.port}/"

    def _host(self) -> str:
        """The name for which the certificate stands."""
        own, known = f"{self.name}.local", self.certificates.hosts
        names = sorted(host for host in known if not normal(host) and host != "localhost")
        if own in known or not names:
            return own
        return names[0].replace("*", self.name)
