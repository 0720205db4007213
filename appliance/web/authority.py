"""The box's own certificate authority: an X.509 root that can speak for this box only, and its leaves.

Installing such a root is harmless beyond the box: critical name constraints keep it to `NAME.local`, `localhost`
and addresses that exist only inside a building. A bare `NAME` is not among them, for a constraint to it would
admit everything below, and somebody may call their box `com`.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance.web.addresses import Address

NETWORKS: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ip_network(network)
    for network in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "127.0.0.0/8",
        "fc00::/7",
        "fe80::/10",
        "::1/128",
    )
)
"""Private, link-local and loopback addresses (RFC 1918, 3927, 4193, 4291)."""

AUTHORITY_DAYS = 3653
"""Ten years, after which the new root must be installed on every device."""
LEAF_DAYS = 397
"""Browsers refuse certificates of public authorities that live longer, and some all."""
BACKDATED = datetime.timedelta(days=1)
"""Clocks of other devices may be behind ours."""
RELEASED = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
"""A clock that shows an earlier date than this program's own is wrong: boxes without a battery wake in 1970."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its private key."""

    certificate: x509.Certificate
    """Who one is."""
    key: ec.EllipticCurvePrivateKey
    """What proves it."""

    def pem(self) -> bytes:
        """Key and certificate in one text, so that they can never be of different pairs."""
        key = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return key + self.certificate.public_bytes(serialization.Encoding.PEM)

    @classmethod
    def from_pem(cls, pem: bytes) -> "Identity":
        """Read what `pem` wrote.

        Raises:
            ValueError: it is something else.
        """
        try:
            key = serialization.load_pem_private_key(pem, None)
            certificate = x509.load_pem_x509_certificate(pem)
        except UnsupportedAlgorithm as error:
            raise ValueError(str(error)) from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
            raise ValueError("the key is not the certificate's")
        try:
            certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
        except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
            raise ValueError(f"it is none of the box's own: {error}") from None
        return cls(certificate, key)


def found_authority(name: str, now: datetime.datetime) -> Identity:
    """A new root for the box called `name`."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(f"{name} certificate authority")
    builder = (
        _begin(subject, subject, key, now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .add_extension(_constraints(name), critical=True)
    )
    return Identity(builder.sign(key, hashes.SHA256()), key)


def issue(authority: Identity, name: str, addresses: Iterable[Address], now: datetime.datetime) -> Identity:
    """A new leaf for the box at `addresses`; those that the root may not speak for are left out."""
    key = ec.generate_private_key(ec.SECP256R1())
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in hosts(name)]
    names += [x509.IPAddress(address) for address in sorted(covered(addresses), key=str)]
    signer = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        _begin(_subject(f"{name}.local"), authority.certificate.subject, key, now, LEAF_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(signer), critical=False)
    )
    return Identity(builder.sign(authority.key, hashes.SHA256()), key)


def covered(addresses: Iterable[Address]) -> frozenset[Address]:
    """Those addresses that a root of ours may speak for."""
    return frozenset(a for a in addresses if any(a in network for network in NETWORKS))


def hosts(name: str) -> tuple[str, str]:
    """The names of the box that a root of ours may speak for."""
    return f"{name}.local", "localhost"


def speaks_for(authority: x509.Certificate, name: str) -> bool:
    """Whether the root was made for the box of this name."""
    try:
        found = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return False
    return found == _constraints(name)


def _begin(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime.datetime,
    days: int,
) -> x509.CertificateBuilder:
    begin = max(now, RELEASED) - BACKDATED
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])  # X.520: at most 64


def _constraints(name: str) -> x509.NameConstraints:
    permitted: list[x509.GeneralName] = [x509.DNSName(host) for host in hosts(name)]
    return x509.NameConstraints([*permitted, *(x509.IPAddress(network) for network in NETWORKS)], None)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
