"""A web server that is a mirror, a model hub, slow, cut off, or a liar, as told."""

import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "c" * 40
PATIENCE_S = 20.0
"""Seconds that a stalled answer may wait for its test to end."""


@dataclass
class Served:
    """One file and how it is given."""

    content: bytes
    status: int = 200
    cuts: list[int] = field(default_factory=list)
    """Bytes after which the next answers break off."""
    stalls: list[int] = field(default_factory=list)
    """Bytes after which the next answers fall silent."""
    ranges: bool = True
    claims_size: int | None = None
    """Content-Length, where it is not the truth."""
    claims_sha256: str | None = None
    """The hub's ETag, where it is not the truth."""
    redirect: str = ""
    shift: int = 0
    """How far beside the asked range it begins."""


@dataclass
class Asked:
    method: str
    path: str
    start: int
    headers: dict[str, str]
    sent: int = 0


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, Served] = {}
        self.asked: list[Asked] = []
        self.silent = False
        self.stalled = threading.Event()
        self.release = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def on_hub(self, repo: str, path: str, content: bytes, revision: str = "main") -> Served:
        served = Served(content)
        for name in (revision, COMMIT):
            self.files[f"/{repo}/resolve/{name}/{path}"] = served
        return served

    def gets(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.method == "GET"]

    def sent(self) -> int:
        return sum(asked.sent for asked in self.asked)

    def handle_error(self, *_: object) -> None:
        """Clients that go away are part of the tests."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_HEAD(self) -> None:
        asked = self._ask("HEAD")
        served = self._find()
        if served and not served.redirect:
            self._head(served, 0)
        assert asked.sent == 0

    def do_GET(self) -> None:
        asked = self._ask("GET")
        served = self._find()
        if served is None:
            return
        if served.redirect:
            self.send_response(302)
            self.send_header("Location", served.redirect)
            self.end_headers()
            return
        if asked.start > len(served.content) - 1 and served.ranges and asked.start:
            self.send_error(416)
            return
        self._give(served, asked, asked.start if served.ranges else 0)

    def _ask(self, method: str) -> Asked:
        given = self.headers.get("Range", "bytes=0-")
        asked = Asked(method, self.path, int(given[6:-1]), {k.lower(): v for k, v in self.headers.items()})
        self.server.asked.append(asked)
        if self.server.silent:
            self._stall()
        return asked

    def _find(self) -> Served | None:
        served = self.server.files.get(self.path)
        if served is None or served.status != 200:
            self.send_error(served.status if served else 404)
            return None
        return served

    def _head(self, served: Served, start: int) -> None:
        size = served.claims_size or len(served.content)
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(size - start))
        self.send_header("ETag", f'"{served.claims_sha256 or hashlib.sha256(served.content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        if start:
            self.send_header("Content-Range", f"bytes {start + served.shift}-{size - 1}/{size}")
        self.end_headers()

    def _give(self, served: Served, asked: Asked, start: int) -> None:
        self._head(served, start)
        cut = served.cuts.pop(0) if served.cuts else None
        stall = served.stalls.pop(0) if served.stalls else None
        body = served.content[start:][: cut if cut is not None else stall]
        self.wfile.write(body)
        asked.sent += len(body)
        if stall is not None:
            self._stall()

    def _stall(self) -> None:
        self.wfile.flush()
        self.server.stalled.set()
        self.server.release.wait(PATIENCE_S)

    def log_message(self, *_: object) -> None:
        """Tests read `asked`."""


def nobody() -> str:
    """An address at which nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{bound.getsockname()[1]}"


@contextmanager
def running() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.release.set()
            server.shutdown()
            thread.join(PATIENCE_S)
