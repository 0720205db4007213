"""Under which addresses the box is reached."""

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

import psutil

Address = IPv4Address | IPv6Address

VIRTUAL = ("br-", "cni", "docker", "flannel", "lxc", "podman", "veth", "virbr", "vmnet")
"""Prefixes of interfaces to containers and virtual machines. They come and go, and nobody speaks there."""


def own_addresses() -> frozenset[Address]:
    """Addresses of all interfaces that are up and real, loopback included. Takes less than a millisecond."""
    interfaces = psutil.net_if_addrs()
    try:
        up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    except OSError:  # it also asks for speeds, in a way that some drivers and emulators do not know
        up = set(interfaces)
    return frozenset(
        ip_address(item.address.partition("%")[0])  # without the zone of link-local addresses
        for interface, items in interfaces.items()
        if not interface.startswith(VIRTUAL) and interface in up
        for item in items
        if item.family in {socket.AF_INET, socket.AF_INET6}
    )


def on_the_lan(addresses: Iterable[Address]) -> list[IPv4Address]:
    """Those under which others reach the box, most likely first.

    Only IPv4: link-local IPv6 addresses are useless in an address bar, and the others come with IPv4.
    """
    found = [a for a in addresses if isinstance(a, IPv4Address) and not a.is_loopback]
    return sorted(found, key=lambda a: (a.is_link_local, not a.is_private, a))


def normal(text: str) -> Address | None:
    """The address that `text` writes, IPv4 also where it comes as IPv6; None when it writes none."""
    try:
        address = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
