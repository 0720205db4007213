"""The files with which systemd-networkd and iwd bring the box onto the network.

iwd rather than wpa_supplicant: its files name a network and no interface, so a stick can be read before the radio is
there, or for one that is plugged in later; and the network's name stands in a file's name, in hexadecimal where it is
anything but letters, so that no name of a network can say more than a name.
"""

import re
from collections.abc import Iterator
from typing import Final

from appliance.device.files import NewFile, enabled
from appliance.device.setup_file import Network

WIRED: Final = "etc/systemd/network/20-appliance-wired.network"
WIRELESS: Final = "etc/systemd/network/20-appliance-wireless.network"
IWD: Final = "var/lib/iwd"
"""Where iwd looks for networks (iwd.network(5))."""
IWD_SETTINGS: Final = "etc/iwd/main.conf"
DHCP: Final = "DHCP=yes\nLinkLocalAddressing=yes\nIPv6AcceptRA=yes\n"
"""Also an address that two machines on a cable give themselves."""
NOTE: Final = "# From a settings file on a USB stick (`appliance setup`); the next one replaces it.\n"


def network_files(network: Network) -> Iterator[NewFile]:
    """All of them. A fixed address is that of the wireless network where there is one, else of the cable."""
    fixed = _addresses(network)
    yield NewFile(WIRED, _network("Type=ether\nKind=!*", DHCP if network.wifi else fixed or DHCP))
    if network.wifi is None:
        return
    # Access points that are changed between (roaming) must not cost the address.
    yield NewFile(WIRELESS, _network("Type=wlan", f"{fixed or DHCP}IgnoreCarrierLoss=3s\n"))
    yield NewFile(IWD_SETTINGS, f"{NOTE}[General]\nCountry={network.country}\n")
    yield _known_network(network.wifi, network)
    yield enabled("iwd.service")


def _network(match: str, body: str) -> str:
    # An offline box waits for no network, and is called what its owner says, not what a router does.
    link, named = "[Link]\nRequiredForOnline=no", "[DHCPv4]\nUseHostname=no\nClientIdentifier=mac"
    return f"{NOTE}[Match]\n{match}\n\n{link}\n\n[Network]\n{body}\n{named}\n"


def _addresses(network: Network) -> str:
    """Nothing but digits, dots and a slash: these are addresses, no texts."""
    if network.address is None:
        return ""
    lines = [f"Address={network.address.with_prefixlen}"]
    lines += [f"Gateway={network.gateway}"] if network.gateway else []
    lines += [f"DNS={server}" for server in network.dns]
    return "\n".join(lines) + "\n"


def _known_network(name: str, network: Network) -> NewFile:
    passphrase = network.passphrase or ""
    raw = len(passphrase) == 64  # the key itself, instead of what it is made of
    secret = f"PreSharedKey={passphrase.lower()}" if raw else f"Passphrase={escaped(passphrase)}"
    body = f"[Security]\n{secret}\n" if passphrase else ""
    body += "[Settings]\nHidden=true\n" if network.hidden else ""
    return NewFile(f"{IWD}/{file_name(name)}.{'psk' if passphrase else 'open'}", body, mode=0o600)


def file_name(name: str) -> str:
    """What iwd calls a network's file (iwd 2.3, src/storage.c): the name, or = and its bytes in hexadecimal."""
    return name if re.fullmatch(r"[A-Za-z0-9_ -]+", name) else f"={name.encode().hex()}"


def escaped(value: str) -> str:
    """A value of one of iwd's files (ell, settings.c): backslashes are doubled, leading spaces spelt."""
    bare = value.lstrip(" ")
    return r"\s" * (len(value) - len(bare)) + bare.replace("\\", r"\\")
