"""What answers on the box's own port until its server does."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing

import pytest

from appliance.web.settings import WebSettings
from appliance.web.starting import Starting, Step


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def starting(port: int) -> Iterator[Starting]:
    starting = Starting(WebSettings(help_port=port, language="de"))
    starting.open()
    yield starting
    starting.close()


def got(port: int, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_it_says_how_far_it_is(starting: Starting, port: int) -> None:
    starting.begin(Step.MODELS)
    starting.done(Step.MODELS)
    starting.begin(Step.VOICE)
    starting.begin(Step.HEARING)
    starting.done(Step.ECHO)  # never begun: not measured this time
    starting.to_come(Step.TRIAL, Step.HEARING)
    status, body = got(port, "/starting")
    assert status == 200
    assert json.loads(body) == {
        "language": "de",
        "steps": [
            {"name": "models", "state": "done"},
            {"name": "stt", "state": "now"},
            {"name": "tts", "state": "now"},
            {"name": "trial", "state": "to come"},
        ],
    }


def test_the_page_is_there_and_nothing_else(starting: Starting, port: int) -> None:
    assert got(port, "/?kiosk")[0] == 200
    for path in ("/healthz", "/readyz", "/api/me", "/static/main.js", "/starting/../etc/passwd"):
        status, body = got(port, path)
        assert status == 503, path
        assert json.loads(body)["error"] == "starting"


def test_it_leaves_the_port_at_once_also_to_those_who_were_on_the_line(starting: Starting, port: int) -> None:
    with closing(socket.create_connection(("127.0.0.1", port), timeout=20)) as line:
        line.sendall(b"GET /starting HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert line.recv(12) == b"HTTP/1.1 200"
        starting.close()
        while line.recv(4096):  # until it is hung up
            pass
    with closing(socket.socket()) as successor:
        successor.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
        successor.bind(("127.0.0.1", port))
        successor.listen()
    starting.close()


def test_who_cannot_have_the_port_goes_on_without(port: int) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        late = Starting(WebSettings(help_port=port))
        late.open()
        late.begin(Step.MODELS)
        late.close()


def test_a_box_that_is_not_on_the_network_opens_nothing(port: int) -> None:
    Starting(WebSettings(help_port=port, enabled=False)).open()
    with closing(socket.socket()) as nobody:
        assert nobody.connect_ex(("127.0.0.1", port))
