"""Attacks the web server in every way that needs no password, and tells what a visitor notices meanwhile.

    .venv/bin/python -m scripts.attack_web [--seconds 6]

Server and visitor share a process, as server and conversation do in the appliance; attackers have processes of
their own. The visitor opens a new TLS connection for each request. The longest stretch is the processor time that
the event loop spends without letting anybody else run: what a conversation would wait for.
"""

import argparse
import asyncio
import socket
import ssl
import sys
import tempfile
from asyncio.subprocess import PIPE
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from time import thread_time

import psutil

from appliance.core.clock import monotonic
from scripts.bench_figures import Table
from scripts.bench_machine import this_machine
from tests.web.box import Browser, open_box

SLOW = 500
"""Connections of a slow-loris attack."""
HEAD = b"GET / HTTP/1.1\r\nHost: voicebox.local\r\n"
ASK = b"GET /healthz HTTP/1.1\r\nHost: voicebox.local\r\n\r\n"
FILL = (
    b"POST /api/pair HTTP/1.1\r\nHost: voicebox.local\r\nContent-Type: application/json\r\n"
    b"Content-Length: 10000000\r\n\r\n"
)


@dataclass(frozen=True)
class Target:
    """What is attacked, and for how long."""

    port: int
    """Of https."""
    plain: int
    """Of plain http."""
    end: float
    """Second on the monotonic clock."""


@contextmanager
def connected(address: str, port: int) -> Iterator[socket.socket]:
    """A connection from an address of one's own."""
    with socket.socket() as plain:
        plain.settimeout(2)
        plain.bind((address, 0))
        plain.connect(("127.0.0.1", port))
        yield plain


def slow(target: Target, addresses: int) -> str:
    """Headers that never end, a few bytes at a time."""
    held = []
    for number in range(SLOW):
        plain = socket.socket()
        plain.settimeout(2)
        with suppress(OSError):
            plain.bind((f"127.0.1.{1 + number % addresses}", 0))
            plain.connect(("127.0.0.1", target.port))
            plain.sendall(HEAD)
            held.append(plain)
    while monotonic() < target.end and held:
        held = [plain for plain in held if _sent(plain, b"X-a: b\r\n")]
        pause(0.5)
    return f"{len(held)} of {SLOW} still open"


def handshakes(target: Target) -> str:
    """One TLS handshake after the other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    done = refused = 0
    while monotonic() < target.end:
        try:
            with connected("127.0.2.1", target.port) as plain, context.wrap_socket(plain):
                done += 1
        except OSError:
            refused += 1
    return f"{done} let in, {refused} turned away"


def requests(target: Target) -> str:
    """Fifty requests at a time, without waiting for answers."""
    answered = refused = 0
    while monotonic() < target.end:
        with suppress(OSError), connected("127.0.2.2", target.plain) as plain:
            while monotonic() < target.end:
                plain.sendall(ASK * 50)
                got = plain.recv(100_000)
                answered, refused = answered + got.count(b" 200 OK"), refused + got.count(b" 429 ")
                if not got:
                    break
    return f"{answered} answered, {refused} refused"


def bodies(target: Target) -> str:
    """Bodies of 10 MB."""
    begun = taken = 0
    while monotonic() < target.end:
        begun += 1
        with suppress(OSError), connected("127.0.2.3", target.plain) as plain:
            plain.sendall(FILL)
            for _ in range(10):
                plain.sendall(b"x" * 1_000_000)
                taken += 1
    return f"{begun} begun, {taken} MB taken by the kernel"


def _sent(plain: socket.socket, data: bytes) -> bool:
    try:
        plain.sendall(data)
    except OSError:
        return False
    return True


def pause(seconds: float) -> None:
    """Wait, in a process that has nothing else to do."""
    with suppress(TimeoutError):
        left, right = socket.socketpair()
        with left, right:
            left.settimeout(seconds)
            left.recv(1)


ATTACKS: dict[str, Callable[[Target], str] | None] = {
    "nothing": None,
    "slow loris, one address": partial(slow, addresses=1),
    "slow loris, 50 addresses": partial(slow, addresses=50),
    "TLS handshakes": handshakes,
    "requests without waiting": requests,
    "bodies of 10 MB": bodies,
}


@dataclass
class Watch:
    """What is noticed during one attack."""

    stretches_ms: list[float] = field(default_factory=list)
    answers_ms: list[float] = field(default_factory=list)
    unanswered: int = 0

    async def loop(self) -> None:
        while True:
            begun = thread_time()
            await asyncio.sleep(0.001)
            self.stretches_ms.append(1000 * (thread_time() - begun))

    async def visit(self, box: object, end: float) -> None:
        while monotonic() < end:
            begun = monotonic()
            try:
                async with Browser(box) as browser:  # type: ignore[arg-type]
                    answer = await browser.get("/api/me")
                    self.unanswered += answer.status != 200
                    self.answers_ms.append(1000 * (monotonic() - begun))
            except OSError:
                self.unanswered += 1
            await asyncio.sleep(0.2)


async def main(seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with open_box(Path(folder)) as box:
            rows = [await endured(name, seconds, box.server) for name in ATTACKS]
    columns = ("attack", "longest stretch, ms", "visitor answered", "slowest, ms", "memory, MB", "result")
    print(Table(columns, rows).markdown())
    print(f"\n`scripts/attack_web.py --seconds {seconds:g}`: {this_machine()}")


async def endured(name: str, seconds: float, server: object) -> tuple[object, ...]:
    """One attack."""
    watch, process = Watch(), psutil.Process()
    before, end = process.memory_info().rss, monotonic() + seconds
    ports = map(str, server.ports)  # type: ignore[attr-defined]
    command = [
        sys.executable,
        "-m",
        "scripts.attack_web",
        "--attack",
        name,
        *ports,
        "--seconds",
        str(seconds),
    ]
    attacker = await asyncio.create_subprocess_exec(*command, stdout=PIPE) if ATTACKS[name] else None
    loop = asyncio.create_task(watch.loop())
    await watch.visit(server, end)
    loop.cancel()
    result = (await attacker.communicate())[0].decode().strip() if attacker else ""
    grown = (process.memory_info().rss - before) / 1e6
    seen = f"{len(watch.answers_ms) - watch.unanswered} of {len(watch.answers_ms)}"
    return name, max(watch.stretches_ms), seen, max(watch.answers_ms), grown, result


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=6.0, help="of each attack (default: %(default)s)")
    parser.add_argument("--attack", nargs=3, metavar=("NAME", "PORT", "PLAIN"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.attack:
        name, port, plain = options.attack
        attack = ATTACKS[name]
        assert attack
        print(attack(Target(int(port), int(plain), monotonic() + options.seconds)))
    else:
        asyncio.run(main(options.seconds))
