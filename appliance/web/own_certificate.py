"""A certificate that the owner of the box brings along."""

import datetime
import logging
import ssl
from collections.abc import Callable, Iterable
from pathlib import Path

from cryptography import x509

from appliance.core import clock
from appliance.core.errors import ConfigError
from appliance.web.addresses import Address
from appliance.web.certificates import fingerprint, server_context

log = logging.getLogger("appliance.web")


class OwnCertificate:
    """`Certificates` out of two files, read again when somebody renews them."""

    context: ssl.SSLContext
    hosts: frozenset[str]
    authority: bytes | None = None
    fingerprint: str

    def __init__(
        self, certificate: str, key: str, wall: Callable[[], datetime.datetime] = clock.wall
    ) -> None:
        if not certificate or not key:
            raise ConfigError(
                "http.certificate and http.key go together, and only one of them is set",
                "set both, or none: then the box makes its own",
            )
        self._files = Path(certificate).expanduser(), Path(key).expanduser()
        self._wall = wall
        self._seen: tuple[int, ...] = ()

    def refresh(self, addresses: Iterable[Address]) -> None:  # noqa: ARG002 - others stand for addresses
        """See `Certificates`. New files that cannot be used leave the old ones in force, and are logged."""
        try:
            stamps = tuple(path.stat().st_mtime_ns for path in self._files)
            if stamps == self._seen:
                return
            self._load()
        except OSError as error:
            self._complain(f"{error.filename or self._files[0]} cannot be read: {error.strerror}")
        except ConfigError as error:
            self._complain(error.problem)
        else:
            self._seen = stamps

    def _complain(self, problem: str) -> None:
        if not self._seen:
            raise ConfigError(problem, "mend http.certificate and http.key, or leave both empty")
        log.error("The renewed certificate is not used: %s.", problem)

    def _load(self) -> None:
        certificate, key = self._files
        leaf = _leaf(certificate)
        now = self._wall()
        if leaf.not_valid_after_utc < now:
            raise ConfigError(f"the certificate {certificate} expired on {leaf.not_valid_after_utc:%Y-%m-%d}")
        if leaf.not_valid_before_utc > now:
            raise ConfigError(
                f"the certificate {certificate} is valid only from {leaf.not_valid_before_utc:%Y-%m-%d} on"
            )
        key.read_bytes()  # tells a file that may not be read from one that is wrong
        try:
            self.context = server_context(certificate, key)
        except ssl.SSLError as error:
            reason = (error.reason or str(error)).replace("_", " ").lower()
            raise ConfigError(
                f"the key {key} does not fit the certificate {certificate} ({reason})"
            ) from None
        self.hosts = _hosts(leaf)
        self.fingerprint = fingerprint(leaf)


def _leaf(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError:
        raise ConfigError(f"{path} is not a certificate in PEM format") from None


def _hosts(leaf: x509.Certificate) -> frozenset[str]:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType) as error:
        raise ConfigError(f"the names in the certificate cannot be read ({error})") from None
    found = [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
    return frozenset(name.lower() for name in found)
