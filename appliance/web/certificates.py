"""The certificates that the box makes for itself, kept in a folder and renewed in time."""

import datetime
import logging
import ssl
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization

from appliance.core import clock
from appliance.web.addresses import Address
from appliance.web.authority import (
    LEAF_DAYS,
    RELEASED,
    Identity,
    covered,
    found_authority,
    hosts,
    issue,
    speaks_for,
)
from appliance.web.private_file import set_aside, write_private

RENEWED = datetime.timedelta(days=30)
"""How long before its end a leaf is replaced."""

log = logging.getLogger("appliance.web")


class Certificates(Protocol):
    """What the server shows to browsers."""

    context: ssl.SSLContext
    """For new connections; another object after a renewal."""
    hosts: frozenset[str]
    """Names and addresses for which the certificate stands, in lower case, wildcards included."""
    authority: bytes | None
    """The root to install, PEM; None when browsers know it already."""
    fingerprint: str
    """SHA-256 of the root, or of the certificate when there is no root to install: `AB:CD:…`."""

    def refresh(self, addresses: Iterable[Address]) -> None:
        """Bring the certificate up to date: what it says of `addresses`, and its age. Blocks for milliseconds."""


class DeviceCertificates:
    """The box's own authority and leaf. Owns `authority.pem` and `box.pem` in its folder."""

    context: ssl.SSLContext
    hosts: frozenset[str]
    authority: bytes | None
    fingerprint: str

    def __init__(self, folder: Path, name: str, wall: Callable[[], datetime.datetime] = clock.wall) -> None:
        self._root_file, self._leaf_file = folder / "authority.pem", folder / "box.pem"
        self._name = name
        self._wall = wall
        self._leaf: Identity | None = None
        self.hosts = frozenset(hosts(name))

    def refresh(self, addresses: Iterable[Address]) -> None:
        """See `Certificates`."""
        now, wanted = self._wall(), covered(addresses)
        if self._leaf and _good(self._leaf.certificate, wanted, now):
            return
        root, leaf = self._root(now), _read(self._leaf_file)
        if (
            leaf is None
            or not _good(leaf.certificate, wanted, now)
            or not _signed(leaf.certificate, root.certificate)
        ):
            leaf = issue(root, self._name, wanted, now)
            write_private(self._leaf_file, leaf.pem())
            log.info("A certificate for %s.local and %d addresses was issued.", self._name, len(wanted))
        self.hosts = frozenset((*hosts(self._name), *map(str, wanted)))
        self.authority = root.certificate.public_bytes(serialization.Encoding.PEM)
        self.fingerprint = fingerprint(root.certificate)
        self.context = server_context(self._leaf_file)
        self._leaf = leaf

    def _root(self, now: datetime.datetime) -> Identity:
        root = _read(self._root_file)
        if root and speaks_for(root.certificate, self._name) and _lasting(root.certificate, now):
            return root
        if root:
            log.warning(
                "The box has a new name, or its certificate authority is of another time: "
                "devices need the new one."
            )
        root = found_authority(self._name, now)
        write_private(self._root_file, root.pem())
        return root


def server_context(certificate: Path, key: Path | None = None) -> ssl.SSLContext:
    """What TLS needs to serve with a certificate; blocks.

    Raises:
        OSError: files are missing, or do not belong together (ssl.SSLError).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_cert_chain(certificate, key, password="")  # never asks at the terminal
    return context


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 as people compare it: `AB:CD:…`."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _read(path: Path) -> Identity | None:
    """What a file of ours holds; None when there is none. A broken one is set aside."""
    if not path.exists():
        return None
    try:
        return Identity.from_pem(path.read_bytes())
    except (ValueError, TypeError) as error:
        log.warning("%s is broken (%s): it is kept as %s, and made anew.", path, error, set_aside(path).name)
        return None


def _begun(certificate: x509.Certificate, now: datetime.datetime) -> bool:
    """Whether its time has come. A clock before RELEASED is wrong, and says nothing about that."""
    return certificate.not_valid_before_utc <= now or now < RELEASED


def _lasting(root: x509.Certificate, now: datetime.datetime) -> bool:
    """Whether it is valid as long as a leaf that it signs today."""
    return _begun(root, now) and root.not_valid_after_utc > now + datetime.timedelta(days=LEAF_DAYS)


def _good(leaf: x509.Certificate, wanted: frozenset[Address], now: datetime.datetime) -> bool:
    """Whether it stands for all addresses, and its time has come and does not end soon."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    return (
        _begun(leaf, now)
        and now < leaf.not_valid_after_utc - RENEWED
        and wanted <= set(names.get_values_for_type(x509.IPAddress))
    )


def _signed(leaf: x509.Certificate, root: x509.Certificate) -> bool:
    try:
        leaf.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
