"""A box on 127.0.0.1 with nobody behind it, and browsers that visit it."""

import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
from aiohttp import web

from appliance.core.errors import InputError
from appliance.web.contracts import Busy, Hooks
from appliance.web.server import WebServer
from appliance.web.settings import WebSettings

NAME = "voicebox"


class FakeVisitors:
    """`Visitors` who remember what they were asked, and echo what they are told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.known: list[dict[str, Any]] = [{"id": "s1", "device": "d1", "turns": 3}]

    async def offer(self, device: str, session: str | None, sdp: str) -> tuple[str, str]:
        self.asked.append(("offer", device, session or "", sdp))
        if sdp == "full":
            raise Busy(2, "Two people talk already.", "Wait a moment.")
        if sdp == "nonsense":
            raise InputError("the offer is no SDP")
        return session or "new", f"answer to {sdp}"

    async def websocket(self, socket: web.WebSocketResponse, device: str, session: str | None) -> None:
        self.asked.append(("websocket", device, session or ""))
        async for message in socket:
            await socket.send_str(f"{device} {message.data}")

    async def kiosk(self, socket: web.WebSocketResponse) -> None:
        await socket.send_json({"type": "hello"})
        async for _ in socket:
            pass

    def sessions(self) -> Sequence[Mapping[str, Any]]:
        return self.known

    def picture(self, session: str) -> str | None:
        return "<svg/>" if session == "s1" else None

    def status(self) -> Mapping[str, Any]:
        return {"talking": len(self.known)}

    async def end(self, session: str) -> bool:
        self.asked.append(("end", session))
        return session == "s1"

    async def revoke(self, device: str) -> None:
        self.asked.append(("revoke", device))


@dataclass
class Deeds:
    """What the owner had the box do."""

    said: list[str] = field(default_factory=list)
    restarts: int = 0
    measured: int = 0
    obstacle: str = ""

    async def say(self, text: str) -> None:
        self.said.append(text)

    def restart(self) -> None:
        self.restarts += 1

    def measure(self) -> None:
        self.measured += 1

    def hooks(self) -> Hooks:
        return Hooks(
            say=self.say,
            restart=self.restart,
            measure=self.measure,
            status=lambda: {"state": "listening"},
            settings=lambda: {"models": {"token": "hunter2", "source": "https://anna:pw@mirror.example/"}},
            obstacle=lambda: self.obstacle,
            language=lambda: "de",
            setup=lambda: {"state": "none"},
            diagnosis=lambda: {"notes/../engines.txt": "all well"},
        )


@dataclass(frozen=True)
class Answer:
    """What a browser got."""

    status: int
    headers: Mapping[str, str]
    text: str
    body: Any


class Browser:
    """Somebody who calls the box by name, and therefore is not its own screen."""

    def __init__(self, server: WebServer, host: str = f"{NAME}.local", *, secure: bool = True) -> None:
        port = server.ports[0] if secure else server.ports[1]
        self.origin = f"{'https' if secure else 'http'}://{host}:{port}"
        self._base = f"{'https' if secure else 'http'}://127.0.0.1:{port}"
        self._headers = {"Host": f"{host}:{port}", "Origin": self.origin}
        tls = ssl.create_default_context(cadata=(server.authority or b"").decode())
        # Cookies belong to 127.0.0.1 here, whatever name the box is called by.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=tls), cookie_jar=aiohttp.CookieJar(unsafe=True)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    @property
    def token(self) -> str:
        """Its cookie."""
        return next((cookie.value for cookie in self._session.cookie_jar), "")

    async def ask(
        self,
        method: str,
        path: str,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        data: Any = None,
    ) -> Answer:
        sent = {**self._headers, **(headers or {})}
        async with self._session.request(
            method, self._base + path, json=json, data=data, headers=sent, allow_redirects=False
        ) as response:
            raw = await response.read()
            kind = response.content_type
            body = await response.json() if kind == "application/json" else raw
            return Answer(response.status, response.headers, raw.decode("utf-8", "replace"), body)

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return await self.ask("GET", path, headers=headers)

    async def post(self, path: str, json: Any, headers: Mapping[str, str] | None = None) -> Answer:
        return await self.ask("POST", path, json, headers)

    async def delete(self, path: str) -> Answer:
        return await self.ask("DELETE", path)

    async def pair(self, server: WebServer, name: str = "a phone") -> str:
        """Pair with the right digits; returns the device's id."""
        answer = await self.post("/api/pair", {"pin": server.invitation().pin, "name": name})
        assert answer.status == 200, answer.text
        return str(answer.body["device"])

    def websocket(
        self, path: str, headers: Mapping[str, str] | None = None
    ) -> "aiohttp.client._WSRequestContextManager":
        return self._session.ws_connect(self._base + path, headers={**self._headers, **(headers or {})})


@dataclass(frozen=True)
class Box:
    """An open server and what is behind it."""

    server: WebServer
    visitors: FakeVisitors
    deeds: Deeds


@contextlib.asynccontextmanager
async def open_box(
    folder: Path, hooks: Callable[[Hooks], Hooks] = lambda hooks: hooks, **changes: Any
) -> AsyncIterator[Box]:
    """A server on any free ports, unknown to mDNS."""
    static = folder / "static"
    static.mkdir(exist_ok=True)
    (static / "index.html").write_text("<title>{{name}}</title>")
    (static / "help.html").write_text("help {{address}} {{fingerprint}}")
    (static / "owner.html").write_text("owner")
    (static / "talk.js").write_text("export {};")
    (static / "secret.pem").write_text("no")
    settings = replace(
        WebSettings(port=0, help_port=0, name=NAME, bind="127.0.0.1", discovery=False), **changes
    )
    visitors, deeds = FakeVisitors(), Deeds()
    server = WebServer(settings, folder / "state", visitors, hooks(deeds.hooks()), static)
    await server.start()
    try:
        yield Box(server, visitors, deeds)
    finally:
        await server.close()
