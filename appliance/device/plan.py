"""From a settings file to the files of the system: what would be written, or why nothing can be. Changes nothing."""

import difflib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from appliance.core.errors import ConfigError
from appliance.device.files import NewFile, enabled
from appliance.device.memory import Memory
from appliance.device.mistakes import one_line
from appliance.device.names import given_name, host_name, hosts
from appliance.device.networks import network_files
from appliance.device.setup_file import Network, RefusedFile, SetupFile
from appliance.device.toml import write_toml
from appliance.settings import mistakes, read_file

SETTINGS: Final = "etc/appliance/appliance.toml"
"""The program's settings."""
STATE: Final = "var/lib/appliance"
"""What the program keeps, unless it is told another folder."""
PAIRED: Final = "web/devices.json"
"""The list of paired devices, in there: it says whether the box has an owner."""
ZONES: Final = "usr/share/zoneinfo"
NETWORKD: Final = "lib/systemd/systemd-networkd"
IWD: Final = "usr/libexec/iwd"
SSHD: Final = "usr/sbin/sshd"
NETWORK_MANAGER: Final = "usr/sbin/NetworkManager"
"""Programs that Debian 12 and Ubuntu 24.04 have there, if at all."""
SSH_RULES: Final = """\
# From a settings file on a USB stick (`appliance setup`): whoever has the key may log in, and nobody else.
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AuthorizedKeysFile /etc/ssh/authorized_keys.d/%u
"""
MOST_LIST: Final = 2_000_000
"""Bytes of the list of paired devices that are read."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a settings file leads to."""

    files: tuple[NewFile, ...]
    """What is to be written."""
    told: tuple[str, ...]
    """What that means, for people; no secrets."""
    network: tuple[str, ...] = ()
    """Files of the network among them, which the next [network] section takes the place of."""
    units: tuple[str, ...] = field(default=())
    """What is to be restarted so that it is in force, beside the appliance itself."""


def first_plan(root: Path) -> Plan:
    """What every box does at its first start: it takes a name, unless a person has given it one."""
    if host_name(root):
        return Plan((), ())
    name = given_name(root)
    return Plan(tuple(_named(root, name)), (f"name: {name}",))


def make_plan(setup: SetupFile, root: Path, memory: Memory) -> Plan:
    """See what a settings file would do to a system.

    Args:
        setup: it is right in itself.
        root: the system.
        memory: what earlier files have done.

    Raises:
        RefusedFile: it does not fit to this system, or is not allowed now; says why.
    """
    problems = [
        *_not_allowed(setup, root, memory),
        *_zone_problems(setup.time_zone, root),
        *_network_problems(setup.network, root),
        *([] if not setup.ssh or (root / SSHD).exists() else ["ssh: there is no SSH server on this system"]),
    ]
    settings, wrong = _settings(setup, root)
    if problems := [*problems, *wrong]:
        raise RefusedFile(*problems)
    network = tuple(network_files(setup.network)) if setup.network else ()
    paths = tuple(file.path for file in network)
    gone = [NewFile(path, absent=True) for path in memory.network if path not in paths] if network else []
    files = (
        *(_named(root, setup.name) if setup.name else ()),
        *(_zoned(setup.time_zone) if setup.time_zone else ()),
        *network,
        *gone,
        *(_admitted(setup.ssh.key) if setup.ssh else ()),
        *settings,
    )
    units = (["systemd-networkd.service"] if network else []) + (["ssh.service"] if setup.ssh else [])
    units += ["iwd.service"] if setup.network and setup.network.wifi else []
    return Plan(files, tuple(map(one_line, _told(setup))), paths or memory.network, tuple(units))


def owned(root: Path) -> bool:
    """Whether the box has an owner. A list that cannot be understood counts: nobody gets in by damaging it."""
    try:
        with (_state_folder(root) / PAIRED).open("rb") as opened:
            devices = json.loads(opened.read(MOST_LIST))
        return any(device["owner"] for device in devices)
    except FileNotFoundError:
        return False
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return True


def _state_folder(root: Path) -> Path:
    """Where the program keeps what must outlive a restart: an earlier stick may have moved it."""
    try:
        folder = read_file(root / SETTINGS)["audio"]["folder"]
    except (ConfigError, KeyError, TypeError):
        folder = ""
    return root / str(folder or STATE).lstrip("/")


def _not_allowed(setup: SetupFile, root: Path, memory: Memory) -> Iterator[str]:
    """Whoever owns the box decides; a stick can be plugged in by anybody who walks past."""
    if memory.later_sticks == "everything" or not owned(root):
        return
    if memory.later_sticks == "nothing":
        yield "the box has an owner, and takes nothing from sticks any more: see “factory reset”"
        return
    given: dict[str, Any] = {
        "name": setup.name,
        "language": setup.language,
        "profile": setup.profile,
        "keep_conversations": setup.keep_conversations,
        "later_sticks": setup.later_sticks,
        "ssh": setup.ssh,
        "audio": setup.audio.microphone or setup.audio.loudspeaker or setup.audio.echo,
        "appliance": setup.appliance or None,
    }
    for key, value in given.items():
        if value is not None:
            yield f"{key}: the box has an owner, and only [network] and time_zone may come from a stick"


def _zone_problems(zone: str | None, root: Path) -> Iterator[str]:
    if zone is None:
        return
    known = list(_zones(root))
    if zone not in known:
        meant = difflib.get_close_matches(zone, known, 1)
        yield f"time_zone: there is no zone {zone!r}" + (
            f"; did you mean {meant[0]!r}?" if meant else "; as in Europe/Berlin"
        )


def _zones(root: Path) -> Iterator[str]:
    """Names of all time zones. What was written is looked for among them, and never becomes a path by itself."""
    folder = root / ZONES
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        if re.fullmatch(r"[A-Z][A-Za-z0-9_+/-]*", name) and path.is_file():
            yield name


def _network_problems(network: Network | None, root: Path) -> Iterator[str]:
    if network is None:
        return
    if not (root / NETWORKD).exists() or (root / NETWORK_MANAGER).exists():
        yield "network: another program runs this system's network: set it up there (NetworkManager: `nmtui`)"
    elif network.wifi and not (root / IWD).exists():
        yield "network.wifi: there is no program for wireless networks on this system (iwd)"


def _settings(setup: SetupFile, root: Path) -> tuple[list[NewFile], list[str]]:
    """The program's settings file with what the stick says of it, and what is wrong with that."""
    given = setup.settings()
    if not given:
        return [], []
    path = root / SETTINGS
    try:
        before = read_file(path) if path.is_file() else {}
    except ConfigError as broken:
        return [], [f"appliance: the box's own settings are damaged: {broken.problem}"]
    merged = {section: dict(keys) for section, keys in before.items() if isinstance(keys, dict)}
    for section, keys in given.items():
        merged[section] = merged.get(section, {}) | keys
    if wrong := mistakes(merged):
        return [], [f"appliance.{problem}" for problem in wrong]
    note = "# Written by `appliance setup` from a settings file on a USB stick; comments are not kept.\n\n"
    mode = path.stat().st_mode & 0o777 if path.is_file() else 0o644
    return [NewFile(SETTINGS, note + write_toml(merged), mode)], []


def _named(root: Path, name: str) -> Iterable[NewFile]:
    try:
        before = (root / "etc/hosts").read_text(errors="replace")
    except OSError:
        before = ""
    return NewFile("etc/hostname", f"{name}\n"), NewFile("etc/hosts", hosts(before, name))


def _zoned(zone: str) -> Iterable[NewFile]:
    return NewFile("etc/localtime", target=f"/{ZONES}/{zone}"), NewFile("etc/timezone", f"{zone}\n")


def _admitted(key: str) -> Iterable[NewFile]:
    """Below /etc, because a root folder that is read-only has no home for root's own list."""
    return (
        NewFile("etc/ssh/authorized_keys.d/root", f"{key.strip()}\n", mode=0o600),
        NewFile("etc/ssh/sshd_config.d/10-appliance.conf", SSH_RULES),
        enabled("ssh.service"),
    )


def _told(setup: SetupFile) -> Iterator[str]:
    network = setup.network
    plain = {"name": setup.name, "time zone": setup.time_zone, "language": setup.language}
    yield from (f"{what}: {value}" for what, value in plain.items() if value)
    if network:
        yield f"network: {f'Wi-Fi “{network.wifi}”' if network.wifi else 'cable'}, {network.address or 'DHCP'}"
    if setup.ssh:
        kind, _, rest = setup.ssh.key.strip().partition(" ")
        yield f"SSH: root, with the key {rest.partition(' ')[2].strip() or kind}"
    yield from (
        f"{section}.{key} = {value!r}"
        for section, keys in setup.settings().items()
        for key, value in keys.items()
        if (section, key) != ("http", "language")
    )
