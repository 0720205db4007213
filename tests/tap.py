"""What a box sends, to whom, and whether that is anybody's business."""

import ipaddress
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.lan import LAPTOP, Lan
from tests.sniffer import Flow

NOBODY = "192.0.2.53"
"""A name server that does not exist (RFC 5737): whoever asks for a name is seen asking it."""
OWN, GATE = "fd77::1", "fd77::2"
"""Addresses of box and laptop in IPv6."""
DNS, MDNS = 53, 5353
MULTICAST_DNS = {"224.0.0.251", "ff02::fb"}
SOLICIT, REPORT = {133, 135, 136}, {143}
"""ICMPv6 by which a kernel finds its neighbours, and tells switches what it listens to (RFC 4861, 3810)."""

WITHOUT_RIGHTS = (
    "setpriv",
    "--no-new-privs",
    "--inh-caps=-all",
    "--ambient-caps=-all",
    "--bounding-set=-all",
)
"""Runs a command that can do no more than any user, whoever it belongs to."""


@dataclass
class Capture:
    """What was seen."""

    flows: dict[Flow, tuple[int, int]] = field(default_factory=dict)
    """Packets and bytes of each."""
    lost: int = 0
    """Packets that came too fast to be looked at."""

    def sent(self) -> dict[Flow, str]:
        """What this machine sent, and whose business it is: empty for nobody's."""
        return {flow: business(flow) for flow in self.flows if flow.sent}

    def leaks(self) -> list[Flow]:
        """What went to nobody who should have it."""
        return [flow for flow, reason in self.sent().items() if not reason]


def business(flow: Flow) -> str:
    """Why a box may send this; empty: it may not."""
    peer = ipaddress.ip_address(flow.peer) if flow.peer != "?" else None
    if flow.interface == "lo":
        return "itself"
    if flow.service == MDNS and flow.protocol == "udp" and flow.peer in MULTICAST_DNS:
        return "multicast DNS: how it is found by its name"
    if flow.protocol == "arp" or (flow.protocol == "icmpv6" and flow.service in SOLICIT | REPORT):
        return "the kernel looks for neighbours" if flow.service not in REPORT else "the kernel joins groups"
    if flow.protocol == "igmp" and peer and peer.is_multicast:
        return "the kernel joins groups"
    if flow.peer in {LAPTOP, GATE} and flow.service != DNS:
        return "the laptop"
    return ""


def give_way_out(cable: Lan) -> None:
    """Let the box believe that the laptop leads to the internet, and have a name server there.

    Without a route an attempt fails before there is a packet, and nothing could be seen.
    """
    box, laptop = cable.at_box(), cable.at_laptop()
    for command in (
        [*box, "ip", "addr", "add", f"{OWN}/64", "dev", "box0", "nodad"],
        [*laptop, "ip", "addr", "add", f"{GATE}/64", "dev", "lap0", "nodad"],
        [*box, "ip", "route", "add", "default", "via", LAPTOP],
        [*box, "ip", "-6", "route", "add", "default", "via", GATE],
    ):
        subprocess.run(command, check=True, capture_output=True)


@contextmanager
def name_server(cable: Lan) -> Iterator[None]:
    """What programs on the box ask for names (ip-netns(8))."""
    folder = Path("/etc/netns") / cable.at_box()[-1]
    folder.mkdir(parents=True)
    try:
        (folder / "resolv.conf").write_text(f"nameserver {NOBODY}\n")
        yield
    finally:
        (folder / "resolv.conf").unlink(missing_ok=True)
        folder.rmdir()


@contextmanager
def tap(cable: Lan) -> Iterator[Capture]:
    """Look at all packets of the box. What was seen is known afterwards."""
    capture = Capture()
    command = [*cable.at_box(), sys.executable, "-m", "tests.sniffer"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as sniffer:
        assert sniffer.stdout
        assert sniffer.stdout.readline() == "ready\n"
        try:
            yield capture
        finally:
            found = json.loads(sniffer.communicate()[0])
            capture.lost = found["lost"]
            capture.flows = dict(_flows(found["flows"]))


def _flows(found: Iterable[dict[str, object]]) -> Iterator[tuple[Flow, tuple[int, int]]]:
    for item in found:
        packets, size = int(str(item.pop("packets"))), int(str(item.pop("bytes")))
        yield Flow(**item), (packets, size)  # type: ignore[arg-type]  # fields of that very class
