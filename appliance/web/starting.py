"""What the box's own screen is shown until its server answers: how far the start has come."""

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from appliance.web.settings import WebSettings

PAGE: Final = Path(__file__).parent / "static" / "starting.html"
EARLY: Final = json.dumps({
    "error": "starting", "problem": "The appliance is starting.", "remedy": "Ask again in a moment.",
}).encode()  # fmt: skip
"""What everything else is answered with. Where the page asks how far it is, the server that comes after has nothing,
and that is the news."""
IDLE_S: Final = 30
"""s for which a connection is kept: it is the screen's sign of life, and the page asks twice a second."""
POLICY: Final = "; ".join((
    "default-src 'none'", "script-src 'unsafe-inline'", "style-src 'unsafe-inline'", "connect-src 'self'",
    "base-uri 'none'",
))  # fmt: skip


class Step(StrEnum):
    """What a start consists of, in the order in which it is shown."""

    MODELS = "models"
    HEARING = "stt"
    ANSWERS = "llm"
    VOICE = "tts"
    TRIAL = "trial"
    ECHO = "echo"
    PAGE = "page"


class Progress(StrEnum):
    """How far a step is."""

    TO_COME = "to come"
    NOW = "now"
    DONE = "done"


class Starting:
    """Owns the port of the box's own screen from the first moment of a start until the server takes it.

    On this machine alone, in threads of its own: whoever obtains models and loads engines has no time.
    """

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings
        self._steps: dict[Step, Progress] = {}
        self._server: _Server | None = None

    def open(self) -> None:
        """Begin to answer. Where that is impossible nobody is told anything; the server will say why."""
        if not self._settings.enabled or not self._settings.help_port:
            return
        with suppress(OSError):
            self._server = _Server(("127.0.0.1", self._settings.help_port), self.facts)
            name = "starting"
            threading.Thread(target=self._server.serve_forever, args=(0.05,), name=name, daemon=True).start()

    def to_come(self, *steps: Step) -> None:
        """These will be done."""
        for step in steps:
            self._steps.setdefault(step, Progress.TO_COME)

    def begin(self, step: Step) -> None:
        """This is being done."""
        self._steps[step] = Progress.NOW

    def done(self, step: Step) -> None:
        """This is over, if it ever began."""
        if step in self._steps:
            self._steps[step] = Progress.DONE

    def close(self) -> None:
        """Leave the port to somebody else. Takes a twentieth of a second; a second call takes nothing."""
        server, self._server = self._server, None
        if server:
            server.shutdown()
            server.end()

    def facts(self) -> bytes:
        """What the page is told, as JSON."""
        steps = dict(self._steps)
        told = [{"name": step, "state": steps[step]} for step in Step if step in steps]
        return json.dumps({"language": self._settings.language, "steps": told}).encode()


class _Server(ThreadingHTTPServer):
    """The server, which remembers whom it serves."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], facts: Callable[[], bytes]) -> None:
        self.facts = facts
        self.page = PAGE.read_bytes()
        self.guests: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def end(self) -> None:
        """Close everything: whoever kept a line would go on hearing that it starts."""
        self.server_close()
        for guest in tuple(self.guests):
            with suppress(OSError):
                guest.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """A screen that goes away in the middle of an answer is no news."""


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection: the page, how far it is, and to everything else that it is too early."""

    protocol_version = "HTTP/1.1"
    server_version = "appliance"
    sys_version = ""
    timeout = IDLE_S
    server: _Server

    def setup(self) -> None:
        """A connection begins."""
        super().setup()
        self.server.guests.add(self.request)

    def finish(self) -> None:
        """It has ended."""
        self.server.guests.discard(self.request)
        with suppress(OSError):
            super().finish()

    def do_GET(self) -> None:
        """One request."""
        match self.path.partition("?")[0]:
            case "/":
                self._reply(HTTPStatus.OK, "text/html; charset=utf-8", self.server.page)
            case "/starting":
                self._reply(HTTPStatus.OK, "application/json", self.server.facts())
            case _:
                self._reply(HTTPStatus.SERVICE_UNAVAILABLE, "application/json", EARLY)

    def _reply(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Cache-Control": "no-store",
            "Content-Security-Policy": POLICY,
            "Cross-Origin-Resource-Policy": "cross-origin",  # the page before this one is a file
            "X-Content-Type-Options": "nosniff",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """The journal need not know."""
