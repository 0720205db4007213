"""What a person may write into `appliance-setup.toml`, and its strict reader: all of it, or nothing."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface
from typing import Annotated, Any, Final, Literal

from annotated_types import Len
from pydantic import StringConstraints, TypeAdapter, ValidationError

from appliance.audio.settings import EchoMode
from appliance.core.errors import MOST_PROBLEMS, InputError, listed
from appliance.device.mistakes import explain, one_line
from appliance.device.rules import contradictions

NAME: Final = "appliance-setup.toml"
"""What it is called, in the root folder of a stick."""
MOST_BYTES: Final = 65_536
"""Of a settings file: a hundred times what one needs."""

Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]
"""A text without control characters."""
HostName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z")]
"""One label of a domain name (RFC 1123, section 2.1)."""


@dataclass(frozen=True, slots=True)
class Network:
    """How the box gets onto the network. The whole section takes the place of what an earlier file said."""

    wifi: Line | None = None
    """Name of the wireless network (SSID); absent: the box is on a cable."""
    passphrase: Annotated[str, Len(0, 64)] | None = None
    """Of the wireless network: 8 to 63 characters, or 64 hexadecimal digits. "" joins an open network."""
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}\z")] | None = None
    """Two letters of the country the box stands in (ISO 3166-1): they decide which channels are allowed."""
    hidden: bool = False
    """Whether the wireless network does not tell its name."""
    address: IPv4Interface | None = None
    """A fixed address with the length of its network, as in 192.168.1.40/24; absent: DHCP."""
    gateway: IPv4Address | None = None
    """The router, for a fixed address; absent: none, which an offline box can live without."""
    dns: Annotated[tuple[IPv4Address, ...], Len(0, 3)] = ()
    """Name servers, for a fixed address."""


@dataclass(frozen=True, slots=True)
class Ssh:
    """Whether somebody may log in from elsewhere. Without this section nobody can."""

    key: Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]
    """A public key, as `ssh-keygen` writes it into a file that ends in .pub: with it root may log in."""


@dataclass(frozen=True, slots=True)
class Audio:
    """Which devices are used: ids or parts of names, as `appliance devices` lists them."""

    microphone: Line | None = None
    """As in `audio.microphone`."""
    loudspeaker: Line | None = None
    """As in `audio.loudspeaker`."""
    echo: EchoMode | None = None
    """As in `audio.echo`."""


@dataclass(frozen=True, slots=True)
class SetupFile:
    """All of it. What is absent stays as it is."""

    name: HostName | None = None
    """What the box is called: found as NAME.local. Small letters, digits and hyphens."""
    time_zone: Line | None = None
    """As in Europe/Berlin."""
    language: Literal["en", "de"] | None = None
    """Of the box's own screen, and of what it says by itself where its voice can."""
    profile: Line | None = None
    """Which models: see `models.profile`."""
    keep_conversations: bool | None = None
    """Whether what is said is written down, for a week and on the box alone. False: nothing is."""
    welcome: bool = True
    """Whether the box measures its echo and says hello when it is first started."""
    later_sticks: Literal["network", "everything", "nothing"] | None = None
    """What a settings file may change once the box has an owner; absent: as before, and at first `network`."""
    network: Network | None = None
    """How the box gets onto the network; absent: as it is, and at first by cable and DHCP."""
    ssh: Ssh | None = None
    """Who may log in from elsewhere; absent: as it is, and at first nobody."""
    audio: Audio = field(default_factory=Audio)
    """Microphone and loudspeaker."""
    appliance: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Any other setting of the program, by section and key: see `appliance settings --describe`."""

    def settings(self) -> dict[str, dict[str, Any]]:
        """What it says of the program's own settings, by section and key."""
        short = {
            ("http", "language"): self.language,
            ("models", "profile"): self.profile,
            ("records", "keep_days"): {None: None, True: WEEK, False: 0}[self.keep_conversations],
            ("audio", "microphone"): self.audio.microphone,
            ("audio", "loudspeaker"): self.audio.loudspeaker,
            ("audio", "echo"): self.audio.echo and self.audio.echo.value,
        }
        found = {section: dict(keys) for section, keys in self.appliance.items()}
        for (section, key), value in short.items():
            if value is not None:
                found.setdefault(section, {})[key] = value
        return found


WEEK: Final = 7
"""Days: `records.keep_days` as it is without anybody's choice."""


class RefusedFile(InputError):  # noqa: N818 - what the person is told
    """A settings file that is not taken. `problems` says why, each on a line."""

    def __init__(self, *problems: str) -> None:
        rest = len(problems) - MOST_PROBLEMS
        told = (*problems[:MOST_PROBLEMS], f"and {rest} more") if rest > 0 else problems
        self.problems = tuple(map(one_line, told))
        super().__init__(
            f"the settings file is wrong, and nothing of it was applied:\n{listed(self.problems)}",
            "`appliance setup --example` prints one with all its keys",
        )


def read_setup(data: bytes) -> SetupFile:
    """Read a settings file.

    Raises:
        RefusedFile: names every mistake.
    """
    given = _toml(data)
    try:
        setup = _ADAPTER.validate_python(given)
    except ValidationError as wrong:
        raise RefusedFile(*(explain(error, SetupFile) for error in wrong.errors())) from None
    if problems := contradictions(setup):
        raise RefusedFile(*problems)
    return setup


def _toml(data: bytes) -> dict[str, Any]:
    if len(data) > MOST_BYTES:
        raise RefusedFile(f"it has more than {MOST_BYTES // 1024} KB: that is no settings file")
    try:
        text = data.decode("utf-8-sig")  # editors of Windows begin with a byte order mark
    except UnicodeDecodeError:
        raise RefusedFile("it is no text in UTF-8: save it with that encoding") from None
    try:
        return tomllib.loads(text.replace("\r\n", "\n"))
    except (ValueError, RecursionError) as error:  # numbers of 5000 digits, a hundred nested lists
        raise RefusedFile(f"it is not valid TOML: {_without_names(str(error))}") from None


def _without_names(message: str) -> str:
    """Tells where the mistake is; what was written there may be a passphrase that lacks its quotes."""
    place = re.search(r"\(at [^)]*\)$", message)
    return f"look {place[0][1:-1]}" if place else "it cannot be read"


for _section in (Network, Ssh, Audio, SetupFile):
    _section.__pydantic_config__ = {"extra": "forbid"}  # type: ignore[union-attr] # how pydantic is told
_ADAPTER: Final = TypeAdapter(SetupFile)
