"""What the shape of a settings file cannot say: which keys need each other, what is no key and no network."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from appliance.core.errors import ConfigError
from appliance.device.mistakes import did_you_mean
from appliance.engines.models import load_manifest

if TYPE_CHECKING:
    from appliance.device.setup_file import Network, SetupFile

KEY_KINDS: Final = (
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-rsa",
)
"""Kinds of public keys that OpenSSH 9.2 takes (sshd_config(5), PubkeyAcceptedAlgorithms)."""
LONGEST_SSID: Final = 32
"""Bytes (IEEE 802.11, 9.4.2.2)."""
SHORTEST, LONGEST = 8, 63
"""Characters of a passphrase (IEEE 802.11, annex J.4.1); 64 are the key itself, in hexadecimal."""


def contradictions(setup: "SetupFile") -> list[str]:
    """Everything that is wrong with a file whose parts are right."""
    found = [*_twice(setup), *_profile(setup.profile)]
    if setup.network:
        found += [*_wireless(setup.network), *_fixed(setup.network)]
    if setup.ssh and (problem := _key_problem(setup.ssh.key)):
        found.append(f"ssh.key: {problem}")
    return found


def _twice(setup: "SetupFile") -> Iterator[str]:
    """Some settings have a short name and a long one."""
    short = {
        ("http", "language"): ("language", setup.language),
        ("models", "profile"): ("profile", setup.profile),
        ("records", "keep_days"): ("keep_conversations", setup.keep_conversations),
        ("audio", "microphone"): ("audio.microphone", setup.audio.microphone),
        ("audio", "loudspeaker"): ("audio.loudspeaker", setup.audio.loudspeaker),
        ("audio", "echo"): ("audio.echo", setup.audio.echo),
    }
    for (section, key), (name, value) in short.items():
        given: Any = setup.appliance.get(section, {})
        if value is not None and key in given:
            yield f"{name}: is said twice, here and as appliance.{section}.{key}"


def _profile(profile: str | None) -> Iterator[str]:
    try:
        known = sorted(load_manifest().profiles)
    except ConfigError:
        return  # a box whose manifest is damaged has other worries, and says so
    if profile is not None and profile not in known:
        meant = did_you_mean(profile, known) or f"; there are {', '.join(known)}"
        yield f"profile: there is no profile {profile!r}{meant}"


def _wireless(network: "Network") -> Iterator[str]:
    if network.wifi is None:
        for key in ("passphrase", "country"):
            if getattr(network, key) is not None:
                yield f"network.{key}: belongs to a wireless network, and network.wifi is absent"
        return
    if len(network.wifi.encode()) > LONGEST_SSID:
        yield f"network.wifi: a network's name has at most {LONGEST_SSID} bytes"
    if network.country is None:
        yield 'network.country: is needed with network.wifi, as in country = "DE"'
    if network.passphrase is None:
        yield 'network.passphrase: is needed with network.wifi; "" joins an open network'
    elif problem := _passphrase_problem(network.passphrase):
        yield f"network.passphrase: {problem}"


def _passphrase_problem(passphrase: str) -> str:
    """Never says what it is."""
    if not passphrase or re.fullmatch(r"[0-9a-fA-F]{64}", passphrase):
        return ""
    if not all(" " <= letter <= "~" for letter in passphrase):
        return "has letters, digits and signs of ASCII only; others work differently from router to router"
    if not SHORTEST <= len(passphrase) <= LONGEST:
        return f"has {SHORTEST} to {LONGEST} characters, or 64 hexadecimal digits; this one has {len(passphrase)}"
    return ""


def _fixed(network: "Network") -> Iterator[str]:
    address, gateway = network.address, network.gateway
    if address is None:
        for key in ("gateway", "dns"):
            if getattr(network, key):
                yield f"network.{key}: belongs to a fixed address, and network.address is absent"
        return
    inside = address.network
    if inside.prefixlen == 32:
        yield f"network.address: {address.ip} lacks the length of its network, as in {address.ip}/24"
    elif address.is_loopback or address.is_multicast or address.is_unspecified:
        yield f"network.address: {address} is no address for a box"
    elif inside.prefixlen < 31 and address.ip in {inside.network_address, inside.broadcast_address}:
        yield f"network.address: {address.ip} stands for the whole network {inside}"
    elif gateway and gateway not in inside:
        yield f"network.gateway: {gateway} is outside of {inside}, and could not be reached"
    elif gateway == address.ip:
        yield f"network.gateway: {gateway} is the box itself"


def _key_problem(line: str) -> str:
    """A key is three words: its kind, itself, and a remark."""
    kind, _, rest = line.strip().partition(" ")
    if "PRIVATE KEY" in line:
        return "this is a private key, which nobody else may ever have: give the one from the file that ends in .pub"
    if kind not in KEY_KINDS:
        return f"begins with its kind, as in {KEY_KINDS[0]}; options before it are not taken"
    try:
        blob = base64.b64decode(rest.strip().partition(" ")[0], validate=True)
    except (binascii.Error, ValueError):
        blob = b""
    # RFC 4253, section 6.6: the key begins with its kind again, behind four bytes that say how long that is.
    if not blob.startswith(len(kind).to_bytes(4, "big") + kind.encode()) or len(blob) <= 4 + len(kind):
        return "is damaged: copy the whole line from the file that ends in .pub"
    return ""
