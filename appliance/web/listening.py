"""Listening sockets: of one network or all, and what is told when that is impossible."""

import errno
import socket

from appliance.core.errors import ApplianceError

BACKLOG = 128
"""Connections that the kernel keeps until they are looked at."""


class PortError(ApplianceError):
    """A port cannot be listened to (EX_UNAVAILABLE)."""

    exit_code = 69


def open_port(bind: str, port: int, setting: str) -> socket.socket:
    """Listen to a TCP port without blocking, by IPv4 and IPv6 where the machine has both.

    Args:
        bind: address to listen at; "" is all of them.
        port: 0 is any free one.
        setting: what the person would change who wants another.

    Raises:
        PortError: that is impossible.
    """
    families = [socket.AF_INET6] if ":" in bind else [socket.AF_INET]
    if not bind and socket.has_dualstack_ipv6():
        families.insert(0, socket.AF_INET6)
    for family in families:
        try:
            listener = socket.create_server(
                (bind, port),
                family=family,
                backlog=BACKLOG,
                dualstack_ipv6=not bind and family is socket.AF_INET6,
            )
        except OSError as error:
            if family is families[-1] or error.errno not in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                raise _explain(error, bind, port, setting) from None
        else:
            listener.setblocking(False)
            return listener
    raise AssertionError("the last family either listens or is explained")


def _explain(error: OSError, bind: str, port: int, setting: str) -> PortError:
    match error.errno:
        case errno.EADDRINUSE:
            return PortError(
                f"TCP port {port} is used by another program",
                f"`ss -ltnp 'sport = :{port}'` names it; stop it, or choose another port with {setting}",
            )
        case errno.EACCES:
            return PortError(f"TCP port {port} may not be opened", f"choose one above 1023 with {setting}")
        case errno.EADDRNOTAVAIL:
            return PortError(f"{bind} is no address of this machine", "correct http.bind, or leave it empty")
        case _:
            return PortError(f"TCP port {port} cannot be opened: {error.strerror}", f"see {setting}")
