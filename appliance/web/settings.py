"""What a person may set about the box on the network."""

import re
import socket
from dataclasses import dataclass
from typing import Annotated, Literal

from annotated_types import Interval

FALLBACK_NAME = "voicebox"
"""What a box is called whose host name is none."""


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Where browsers and programs find the box, and how it protects itself from them."""

    enabled: bool = True
    """Whether the box is on the network at all."""
    bind: str = ""
    """Address of the one network to serve; empty: all of them. The box's own screen is always served."""
    port: Annotated[int, Interval(ge=0, le=65535)] = 8443
    """TCP port of the page and the interface, by https. 0: any free one."""
    help_port: Annotated[int, Interval(ge=0, le=65535)] = 8080
    """TCP port of the page that explains the certificate, by plain http, and of the box's own screen. 0: any."""
    name: str = ""
    """What the box is called: it is found as NAME.local. One word of letters, digits and hyphens.
    Empty: its host name."""
    language: Literal["en", "de"] = "en"
    """Language of the box's own screen, and of what it says by itself where its voice can. Browsers elsewhere bring
    their own."""
    screen_off_s: Annotated[int, Interval(ge=0, le=86400)] = 600
    """Seconds without a word or a touch after which the box's own screen is switched off, until somebody speaks or
    touches it. 0: never."""
    certificate: str = ""
    """PEM file of a certificate of your own, with its chain. Empty: the box makes one, and an authority of
    its own that browsers can be told to trust."""
    key: str = ""
    """PEM file of the private key to `certificate`, without a passphrase."""
    discovery: bool = True
    """Whether the box tells its network its name (mDNS)."""
    pin_lifetime_s: Annotated[int, Interval(ge=30, le=86400)] = 600
    """Seconds for which the six digits that admit a device are valid."""
    pin_tries: Annotated[int, Interval(ge=1, le=20)] = 5
    """Wrong digits after which there are new ones."""
    open_metrics: bool = False
    """Whether everybody on the network may read /metrics; otherwise paired devices and the box itself."""
    max_devices: Annotated[int, Interval(ge=1, le=1000)] = 64
    """Devices that may be paired at a time."""
    max_connections: Annotated[int, Interval(ge=16, le=4096)] = 256
    """TCP connections from the network at a time; those beyond are closed at once."""
    max_connections_per_address: Annotated[int, Interval(ge=8, le=1024)] = 32
    """The same from one address. A browser opens six, and keeps one for its conversation."""
    patience_s: Annotated[int, Interval(ge=1, le=60)] = 10
    """Seconds that each step of a request may take: the TLS handshake, its headers, its body; and that an
    idle connection is kept."""

    def box_name(self) -> str:
        """`name`, or what the host is called, as one label of a domain name."""
        host = (self.name or socket.gethostname()).partition(".")[0].lower()
        label = re.sub(r"[^a-z0-9]+", "-", host)[:63].strip("-")
        return FALLBACK_NAME if label in {"", "localhost"} else label
