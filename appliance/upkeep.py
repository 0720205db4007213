"""What keeps a box well over the years, for the doctor: its clock, certificate, name, folder and log."""

import datetime
import os
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from cryptography import x509

from appliance.core import clock
from appliance.core.findings import Finding, Verdict
from appliance.diagnosis.journal import SOCKET
from appliance.settings import Settings
from appliance.web.addresses import own_addresses
from appliance.web.authority import RELEASED

WEB, LOG, FLIGHT = "web", "log", "flight"
"""Folders within the one for what must outlive a restart."""
SOON: Final = datetime.timedelta(days=14)
"""Before its end a certificate of one's own is warned about: time for whoever has to get a new one."""
BACKWARDS: Final = datetime.timedelta(days=1)
"""By which files may be newer than the clock: time zones and a battery-less board's first minutes are less."""
ASKED_MS: Final = 1500
"""ms for which the network is asked; a box on it answers in 20 to 120 (RFC 6762, section 6)."""

Ask = Callable[[str], frozenset[str]]
"""Which addresses answer to a name."""


def examine_upkeep(settings: Settings) -> Iterator[Finding]:
    """Look at all of it."""
    folder = settings.audio.state_folder()
    yield from examine_clock(folder, clock.wall())
    yield from examine_folder(folder)
    yield from examine_log(folder, settings.diagnosis.log)
    if settings.http.enabled:
        own = settings.http.certificate
        yield from examine_certificate(
            Path(own).expanduser() if own else folder / WEB / "box.pem", clock.wall()
        )
        if settings.http.discovery:
            yield from examine_name(settings.http.box_name(), asked, map(str, own_addresses()))


def examine_clock(folder: Path, now: datetime.datetime) -> Iterator[Finding]:
    """Whether the time can be right: certificates and logs depend on it."""
    shown = f"{now:%Y-%m-%d %H:%M} {now.tzname()}"
    remedy = (
        "`timedatectl set-time` or `timedatectl set-ntp true`; a board without a battery needs one of them"
    )
    newest = max(_modified(folder), default=now)
    if now < RELEASED:
        yield Finding("clock", Verdict.WARNING, f"{shown} is before this program was written", remedy)
    elif newest > now + BACKWARDS:
        detail = f"{shown}, but the appliance has written files on {newest:%Y-%m-%d}: the clock has gone back"
        yield Finding("clock", Verdict.WARNING, detail, remedy)
    else:
        yield Finding("clock", Verdict.OK, shown)


def examine_folder(folder: Path) -> Iterator[Finding]:
    """Whether the box can keep what it learns, and nobody else can read it."""
    subject = "state folder"
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        remedy = f"sudo chown -R {os.getuid()} {existing}, or set audio.folder"
        yield Finding(subject, Verdict.PROBLEM, f"{existing} cannot be written to", remedy)
        return
    open_to_all = [path for path in _private(folder) if path.stat().st_mode & 0o077]
    if open_to_all:
        names = ", ".join(str(path) for path in open_to_all[:3])
        remedy = f"chmod -R go= {folder}"
        yield Finding(subject, Verdict.WARNING, f"others on this machine may read {names}", remedy)
    else:
        yield Finding(subject, Verdict.OK, f"{folder} is writable and private")


def examine_log(folder: Path, wanted: bool, journal: Path = SOCKET) -> Iterator[Finding]:
    """Whether anybody could find out afterwards what went wrong."""
    files = [path for path in (folder / LOG).glob("*") if path.is_file()]
    size_mb = sum(path.stat().st_size for path in files) / 2**20
    kept = [f"{size_mb:.1f} MB in {folder / LOG}"] if wanted else []
    kept += ["the journal, under systemd"] if journal.exists() else []
    if kept:
        yield Finding("log", Verdict.OK, " and ".join(kept))
    else:
        yield Finding(
            "log", Verdict.WARNING, "nothing is logged but to the terminal", "set diagnosis.log = true"
        )


def examine_certificate(path: Path, now: datetime.datetime) -> Iterator[Finding]:
    """How long browsers will trust the box."""
    subject = "certificate"
    if not path.exists():
        yield Finding(subject, Verdict.OK, "none yet: the box makes one when it starts")
        return
    try:
        end = x509.load_pem_x509_certificate(_certificate(path)).not_valid_after_utc
    except (OSError, ValueError, ssl.SSLError) as error:
        remedy = f"move {path} away: the box makes a new one"
        yield Finding(subject, Verdict.WARNING, f"{path} cannot be read: {error}", remedy)
        return
    detail = f"{path} is valid until {end:%Y-%m-%d}"
    if end < now:
        remedy = "start the appliance: it renews its own; one of yours (http.certificate) needs a new file"
        yield Finding(subject, Verdict.WARNING, f"{path} ended on {end:%Y-%m-%d}", remedy)
    elif end < now + SOON:
        yield Finding(
            subject, Verdict.WARNING, detail, "let the appliance run, or bring a new http.certificate"
        )
    else:
        yield Finding(subject, Verdict.OK, detail)


def examine_name(name: str, ask: Ask, own: Iterable[str]) -> Iterator[Finding]:
    """Whether another machine on the network has the box's name."""
    others = ask(f"{name}.local.") - frozenset(own)
    if others:
        yield Finding(
            "name on the network",
            Verdict.WARNING,
            f"another machine is called {name}.local already: {', '.join(sorted(others))}",
            "give one of them another name (http.name)",
        )
    else:
        yield Finding("name on the network", Verdict.OK, f"nobody else is called {name}.local")


def asked(name: str) -> frozenset[str]:
    """Ask the network by multicast DNS; nobody answers where there is none."""
    from zeroconf import AddressResolver, Error, Zeroconf  # type: ignore[attr-defined] # it is in its documentation

    resolver = AddressResolver(name)
    # Where no interface at all is up, it is a RuntimeError.
    with suppress(OSError, Error, RuntimeError), closing(Zeroconf()) as network:
        resolver.request(network, ASKED_MS)
    return frozenset(resolver.parsed_addresses())


def _certificate(path: Path) -> bytes:
    """The first certificate in a file that may begin with a key."""
    _, mark, rest = path.read_bytes().partition(b"-----BEGIN CERTIFICATE-----")
    return mark + rest


def _private(folder: Path) -> list[Path]:
    """What nobody else may read: the folders of keys, reports and logs, and their files."""
    folders = [folder / name for name in (WEB, LOG, FLIGHT) if (folder / name).is_dir()]
    return [path for each in folders for path in (each, *each.glob("*"))]


def _modified(folder: Path) -> Iterator[datetime.datetime]:
    for path in folder.rglob("*") if folder.is_dir() else ():
        with suppress(OSError):
            yield datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC)
