"""Who is asking: a paired device, the box's own screen, or anybody."""

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from appliance.web.addresses import normal
from appliance.web.devices import Device

COOKIE = "appliance_device"
"""Where browsers keep their token. Programs may send it as `Authorization: Bearer` instead."""
COOKIE_AGE_S = 365 * 24 * 3600
"""s for which a browser keeps it."""
FORWARDED = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")
"""Headers of a proxy: who comes through one on this machine may be anybody, and is not the box's own screen."""


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who asks for something."""

    address: str
    """Where they are."""
    device: Device | None
    """The paired device that they are; None when they are none."""
    kiosk: bool
    """Whether they sit at the box itself."""

    @property
    def owner(self) -> bool:
        """Whether they are a device that may change the box."""
        return self.device is not None and self.device.owner


def identify(request: web.Request, known: Callable[[str], Device | None]) -> Who:
    """Who asks, by their address, their token and the name by which they call the box."""
    token = request.cookies.get(COOKIE) or request.headers.get("Authorization", "").removeprefix("Bearer ")
    return Who(peer(request), known(token) if token else None, at_the_box(request))


def peer(request: web.BaseRequest) -> str:
    """The address at the other end of the connection."""
    return str(normal(request.remote or "") or "?")


def at_the_box(request: web.BaseRequest) -> bool:
    """Whether it comes from this machine, was meant for this machine, and was passed on by nobody.

    The name counts because any page can have its own name resolve to 127.0.0.1 (DNS rebinding).
    """
    address, host = normal(request.remote or ""), host_name(request)
    loopback = normal(host)
    called_local = host == "localhost" or (loopback is not None and loopback.is_loopback)
    return (
        address is not None
        and address.is_loopback
        and called_local
        and not any(header in request.headers for header in FORWARDED)
    )


def host_name(request: web.BaseRequest) -> str:
    """The name or address by which the box was called, in lower case, without the port."""
    host = request.headers.get("Host", "").lower()
    return host.partition("]")[0][1:] if host.startswith("[") else host.partition(":")[0].rstrip(".")
