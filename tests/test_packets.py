"""Nothing leaves the building: every packet of a box is looked at, and every socket on which it listens.

The real program, as a user without any right, beside a laptop that it takes for the way to the internet.
`scripts/packet_capture.py` does the same for ten minutes, by voice.
"""

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from appliance.core.clock import monotonic
from tests.lan import BOX, LAPTOP, Lan, lan, needs_lan
from tests.models import SILERO, SMOLLM2, needs_model
from tests.program import BUNDLED, PATIENCE_S, running
from tests.sniffer import Flow
from tests.tap import WITHOUT_RIGHTS, business, give_way_out, name_server, tap

DOCUMENTED = {("tcp", 8443), ("tcp", 8080), ("udp", 5353)}
"""http.port, http.help_port, and multicast DNS. WebRTC opens UDP ports for the time of a call."""

pytestmark = [
    pytest.mark.engines,
    pytest.mark.timeout(300),
    pytest.mark.skipif(shutil.which("setpriv") is None, reason="no program setpriv"),
    needs_lan,
    needs_model(SILERO),
    needs_model(SMOLLM2),
]


@pytest.fixture
def cable() -> Iterator[Lan]:
    with lan() as cable, name_server(cable):
        give_way_out(cable)
        yield cable


def start(cable: Lan, state: Path, *, until: str, prefix: Sequence[str] = (), **more: str) -> ExitStack:
    """The program on the box, until the stack is closed."""
    stack = ExitStack()
    environment = BUNDLED | {
        "APPLIANCE_HTTP__NAME": "voicebox",
        "APPLIANCE_AUDIO__FOLDER": str(state),
        **more,
    }
    program = stack.enter_context(running(environment, [*cable.at_box(), *WITHOUT_RIGHTS, *prefix]))
    program.line(until)
    return stack


def sockets(cable: Lan) -> set[tuple[str, int]]:
    """Kind and port of every socket on the box that takes what it is sent."""
    command = [*cable.at_box(), "ss", "-H", "-n", "-l", "-A", "tcp,udp,raw,sctp,dccp,vsock_stream"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return {(line.split()[0], int(line.split()[4].rpartition(":")[2])) for line in lines}


def settled_sockets(cable: Lan) -> set[tuple[str, int]]:
    """The same, as soon as all that are documented are there: the name is made known in the background."""
    end = monotonic() + PATIENCE_S
    pause = threading.Event()
    while (found := sockets(cable)) < DOCUMENTED and monotonic() < end:
        pause.wait(0.2)  # the box needs the cores, too
    return found


PAIR = """
import json, ssl, sys, urllib.request as web
url, pin = sys.argv[1:]
body = json.dumps({"pin": pin, "name": "laptop"}).encode()
request = web.Request(url, body, {"Content-Type": "application/json"})
answer = web.urlopen(request, context=ssl._create_unverified_context())
print(answer.headers["Set-Cookie"].partition("=")[2].partition(";")[0])
"""
"""What a browser does that is to be paired, and the token that it is given."""

INVITE = (
    "import urllib.request as web; print(web.urlopen('http://127.0.0.1:8080/api/invitation').read().decode())"
)
"""What the box's own screen asks."""


def pair(cable: Lan) -> str:
    """Pair the laptop. Returns its token."""
    pin = json.loads(python(cable.at_box(), INVITE))["pin"]
    return python(cable.at_laptop(), PAIR, f"https://{BOX}:8443/api/pair", pin)


def python(place: list[str], code: str, *arguments: str) -> str:
    """What a few lines print, somewhere on the cable."""
    command = [*place, sys.executable, "-c", code, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_a_start_a_visitor_and_an_end_reach_nobody_but_the_laptop(cable: Lan, tmp_path: Path) -> None:
    with tap(cable) as capture, start(cable, tmp_path, until="Talk to it from a browser:"):
        assert settled_sockets(cable) == DOCUMENTED
        pair(cable)
    assert capture.leaks() == []
    assert capture.lost == 0
    assert any(flow.peer == LAPTOP and flow.service == 8443 for flow in capture.sent()), (
        "it sees what there is"
    )


def test_without_the_network_side_it_listens_nowhere_and_sends_nothing(cable: Lan, tmp_path: Path) -> None:
    with tap(cable) as capture, start(cable, tmp_path, until="READY", APPLIANCE_HTTP__ENABLED="false"):
        assert sockets(cable) == set()
    chatter = "the kernel looks for neighbours", "the kernel joins groups"
    assert [flow for flow, reason in capture.sent().items() if reason not in chatter] == []


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.getaddrinfo('example.org', 443)",
        "import socket; socket.create_connection(('203.0.113.9', 443), 0.3)",
        "import socket; socket.create_connection(('2001:db8::9', 443), 0.3)",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('203.0.113.9', 3478))",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('239.255.255.250', 1900))",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('10.77.0.2', 53))",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('10.77.0.9', 9))",
    ],
)
def test_attempts_to_get_out_are_seen(cable: Lan, attempt: str) -> None:
    with tap(cable) as capture:
        command = [*cable.at_box(), "timeout", "3", "python3", "-c", attempt]
        subprocess.run(command, check=False, capture_output=True)
    if "10.77.0.9" in attempt:  # nobody has that address: the question for it is all that is sent
        assert any(flow.protocol == "arp" and flow.peer == "10.77.0.9" for flow in capture.sent())
    else:
        assert capture.leaks()


def test_whose_business_a_packet_is() -> None:
    assert not business(Flow(True, "box0", "udp", "224.0.0.251", 5354))
    assert not business(Flow(True, "box0", "0x88cc", "?", 0))
    assert not business(Flow(True, "box0", "icmpv6", "2001:db8::9", 128))
    assert business(Flow(True, "box0", "tcp", LAPTOP, 8443)) == "the laptop"


def test_what_lies_on_the_disk_is_private_and_holds_no_token(cable: Lan, tmp_path: Path) -> None:
    """Of all that a box writes while a device is paired with it; nor does its log hold one."""
    state, log = tmp_path / "state", tmp_path / "log"
    chatty = ("sh", "-c", 'exec "$@" --verbose 2>"$0"', str(log))
    with start(cable, state, until="Talk to it from a browser:", prefix=chatty):
        token = pair(cable)
    assert "was paired" in log.read_text()
    assert token not in log.read_text()
    files = [path for path in state.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"devices.json"}
    assert [path for path in files if token.encode() in path.read_bytes()] == []
    modes = {path: path.stat().st_mode & 0o077 for path in (state, *state.rglob("*"))}
    assert [path for path, others in modes.items() if others] == []
