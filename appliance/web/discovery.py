"""The box tells its network what it is called: multicast DNS, so that `NAME.local` is found without a server."""

import logging
from collections.abc import Iterable

from appliance.web.addresses import Address

SERVICE = "_https._tcp.local."
"""The kind of service under which network browsers list it (RFC 6763)."""

log = logging.getLogger("appliance.web")


class Discovery:
    """Announces the box where its addresses are. Without a network it is silent and tries again when there is one."""

    def __init__(self, name: str, port: int) -> None:
        from zeroconf.asyncio import AsyncZeroconf

        # A cable that is pulled out is no news for the log, least of all with a traceback for every address.
        logging.getLogger("zeroconf").setLevel(logging.ERROR)
        self._name = name
        self._port = port
        self._zeroconf: AsyncZeroconf | None = None
        self._complaint = ""

    async def announce(self, addresses: Iterable[Address]) -> bool:
        """Be found at these addresses, and no longer at others; False when the network does not let us."""
        await self.close()
        return await self._announce([str(address) for address in addresses])

    async def close(self) -> None:
        """Say goodbye to the network."""
        if self._zeroconf:
            zeroconf, self._zeroconf = self._zeroconf, None
            try:
                await zeroconf.async_unregister_all_services()
            except OSError as error:  # the network is gone already
                log.debug("mDNS: %s", error)
            await zeroconf.async_close()

    async def _announce(self, addresses: list[str]) -> bool:
        from zeroconf import Error
        from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

        if not addresses:
            return True
        info = AsyncServiceInfo(
            SERVICE,
            f"{self._name}.{SERVICE}",
            port=self._port,
            parsed_addresses=addresses,
            server=f"{self._name}.local.",
            properties={"path": "/"},
        )
        try:
            # Sockets belong to interfaces, so a change of addresses needs new ones.
            self._zeroconf = AsyncZeroconf(interfaces=addresses)
            await (await self._zeroconf.async_register_service(info, allow_name_change=True))
        except (OSError, Error) as error:
            await self.close()
            self._complain(str(error))
            return False
        self._complaint = ""
        log.info("Announced as %s.local on %s.", self._name, ", ".join(addresses))
        return True

    def _complain(self, problem: str) -> None:
        """Say what is wrong, once for as long as it is."""
        if problem != self._complaint:
            log.warning("%s.local cannot be announced: %s", self._name, problem)
        self._complaint = problem
