"""What arrives at a socket that stands for systemd's."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.guardian.notify import SOCKET, Notifier


@pytest.fixture(params=["a path", "an abstract name"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A socket and its name in the environment."""
    path = str(tmp_path / "notify")
    name = path if request.param == "a path" else "@" + path
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name.replace("@", "\0"))
        listening.setblocking(False)
        yield listening, name


def told(listening: socket.socket) -> list[str]:
    heard = []
    while True:
        try:
            heard.append(listening.recv(4096).decode())
        except BlockingIOError:
            return heard


def test_the_words_of_the_protocol(systemd: tuple[socket.socket, str]) -> None:
    listening, name = systemd
    notifier = Notifier({SOCKET: name})
    assert notifier.heard
    notifier.extend(2.5)
    notifier.ready()
    notifier.alive()
    notifier.stopping()
    assert told(listening) == ["EXTEND_TIMEOUT_USEC=2500000", "READY=1", "WATCHDOG=1", "STOPPING=1"]
    notifier.restarting()
    assert told(listening)[0].startswith("RELOADING=1\nMONOTONIC_USEC=")


def test_a_status_is_told_once_and_on_one_line(systemd: tuple[socket.socket, str]) -> None:
    listening, name = systemd
    notifier = Notifier({SOCKET: name})
    for status in ("Ready.", "Ready.", "Broken.\nREADY=1", "Ready."):
        notifier.status(status)
    assert told(listening) == ["STATUS=Ready.", "STATUS=Broken. READY=1", "STATUS=Ready."]


def test_where_nobody_listens_nothing_happens(tmp_path: Path) -> None:
    for environment in ({}, {SOCKET: str(tmp_path / "nobody")}):
        notifier = Notifier(environment)
        notifier.status("Ready.")
        notifier.alive()


def test_who_does_not_read_is_not_waited_for(systemd: tuple[socket.socket, str]) -> None:
    listening, name = systemd
    notifier = Notifier({SOCKET: name})
    for number in range(5000):
        notifier.status(f"{number} " + "x" * 500)
    assert 0 < len(told(listening)) < 5000
    notifier.status("4999 " + "x" * 500)
    assert len(told(listening)) == 1, "what could not be told is told later"
