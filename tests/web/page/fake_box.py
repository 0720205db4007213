"""A box for the page to talk to: the routes and messages of the real one, and a script in place of a mind."""

import asyncio
import json
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import WSMsgType, web

from tests.web.page.fake_owner import owner_routes
from tests.web.page.fake_peer import Peer, tone

STATIC = Path(__file__).parents[3] / "appliance" / "web" / "static"
PATIENCE_S = 20.0
"""Longest wait for anything; only a test that fails waits that long."""
OPUS_ZERO = 1 / 32768
"""Loudest sample that Opus makes of digital silence."""
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; media-src 'self' blob:; "
    "img-src 'self' data:; worker-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
T = TypeVar("T")


class FakeBox:
    """Owns a thread in which the box lives. What tests change is read there; what happens there is kept."""

    def __init__(self, port: int = 0) -> None:
        """Begin, closed. A port of 0 is any."""
        self._port = port
        self.me: dict[str, Any] = {
            "paired": True, "owner": True, "kiosk": False, "device": "d1",
            "box": "Aurora", "address": "https://aurora.local:8443/", "language": "en",
            "screen_off_s": 600,
        }  # fmt: skip
        self.address = ""
        self.script = Script()
        self.conversation: list[dict[str, Any]] = []
        self.happened: deque[tuple[str, Any]] = deque(maxlen=10_000)
        self.loudness: deque[float] = deque(maxlen=25)
        """Peaks of the last half second that came in."""
        self._changed = threading.Condition()
        self._carrier: Peer | web.WebSocketResponse | None = None
        self._peers: list[Peer] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    # What tests do

    def start(self) -> None:
        """Open the box."""
        self._thread.start()
        self.address = self._run(self._open())

    def close(self) -> None:
        """Switch it off."""
        self._run(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    def tell(self, kind: str, **fields: Any) -> None:
        """Send the page a message."""
        self._run(self._tell(json.dumps({"type": kind, **fields})))

    def hang_up(self) -> None:
        """The network breaks the connection."""
        self._run(self._drop())

    def wait_for(self, condition: Callable[[], T]) -> T:
        """Wait until something holds that what happens here decides."""
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE_S), list(self.happened)[-20:]
            return condition()

    def hears(self) -> bool:
        """Something came in within the last half second."""
        return max(self.loudness, default=0) > 0.01

    def hears_silence(self) -> bool:
        """Nothing did, though the link lives."""
        return len(self.loudness) == self.loudness.maxlen and max(self.loudness) <= OPUS_ZERO

    def messages(self, kind: str) -> list[dict[str, Any]]:
        """What the page has said of this type."""
        return [said for what, said in self.happened if what == "message" and said["type"] == kind]

    def offers(self) -> list[str | None]:
        """Sessions that were asked for by WebRTC."""
        return [session for what, session in self.happened if what == "offer"]

    def sockets(self) -> list[str | None]:
        """Sessions that were asked for by WebSocket."""
        return [session for what, session in self.happened if what == "socket"]

    # What the box does

    def note(self, what: str, detail: Any = None) -> None:
        """Something happened."""
        with self._changed:
            self.happened.append((what, detail))
            self._changed.notify_all()

    async def _open(self) -> str:
        app = web.Application()
        app.on_response_prepare.append(_protect)
        app.add_routes([
            web.get("/", _file("index.html")), web.get("/owner", _file("owner.html")),
            web.get("/help", _file("help.html")), web.get("/static/{file}", _static),
            web.get("/healthz", self._health), web.get("/api/me", self._me),
            web.post("/api/pair", self._pair), web.post("/api/offer", self._offer),
            web.get("/api/ws", self._socket), web.get("/api/kiosk", self._kiosk),
            *owner_routes(self.note),
        ])  # fmt: skip
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _shut(self) -> None:
        await self._drop()
        for peer in self._peers:
            await peer.close()
        await self._runner.cleanup()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    async def _tell(self, text: str) -> None:
        if isinstance(self._carrier, Peer):
            self._carrier.tell(text)
        elif self._carrier is not None:
            await self._carrier.send_str(text)

    async def _drop(self) -> None:
        carrier, self._carrier = self._carrier, None
        if carrier is not None:
            await carrier.close()

    async def _health(self, _: web.Request) -> web.Response:
        return web.Response(text="ok") if self.script.awake else web.Response(status=503)

    async def _me(self, _: web.Request) -> web.Response:
        return web.json_response(self.me)

    async def _pair(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.note("pair", body)
        if self.script.pair_wait_s:
            told = {
                "error": "too_many_tries",
                "problem": "Too many wrong digits were tried.",
                "remedy": "wait",
            }
            return web.json_response(told, status=429, headers={"Retry-After": str(self.script.pair_wait_s)})
        if body["pin"] != self.script.pin:
            self.script.tries_left -= 1
            told = {"error": "wrong_pin", "problem": "These are not the digits.", "remedy": "read them again"}
            return web.json_response(told | {"tries_left": self.script.tries_left}, status=401)
        self.me["paired"] = True
        return web.json_response({"paired": True, "owner": True, "device": "d1"})

    async def _offer(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.note("offer", body["session"])
        if self.script.queue_place:
            told = {
                "error": "busy",
                "problem": "As many people talk as the box can answer well.",
                "remedy": "stay",
            }
            return web.json_response(told | {"place": self.script.queue_place}, status=503)
        if not self.script.awake:
            return web.json_response({}, status=503)
        peer = Peer(lambda: self.script.loud, self._carried, self._told, self._heard)
        self._peers.append(peer)
        answer = await peer.answer(body["sdp"], self.script.udp)
        return web.json_response({"sdp": answer, "type": "answer", "session": self.script.session})

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.note("socket", request.query.get("session"))
        if self.script.queue_place:
            told = {"type": "busy", "place": self.script.queue_place, "problem": "Full.", "remedy": "stay"}
            await socket.send_json(told)
            return socket
        self._carried(socket)
        voice = asyncio.create_task(self._speak(socket))
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self._told(message.data)
            elif message.type is WSMsgType.BINARY:
                self._heard(max(map(abs, memoryview(message.data).cast("h"))) / 32768)
        voice.cancel()
        return socket

    async def _speak(self, socket: web.WebSocketResponse) -> None:
        at = 0
        while not socket.closed:
            await asyncio.sleep(0.02)
            await socket.send_bytes(tone(at, self.script.loud).tobytes())
            at += 960

    async def _kiosk(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._carried(socket)
        async for message in socket:
            self._told(message.data)
        return socket

    async def _replace(self, socket: web.WebSocketResponse) -> None:
        await socket.send_str(json.dumps({"type": "bye", "reason": "replaced", "problem": "", "remedy": ""}))
        await socket.close()

    def _carried(self, carrier: Peer | web.WebSocketResponse) -> None:
        before, self._carrier = self._carrier, carrier
        if isinstance(before, web.WebSocketResponse) and not before.closed:
            self._loop.create_task(self._replace(before))
        hello = {
            "type": "hello", "session": self.script.session, "box": self.me["box"], "muted": False,
            "state": "listening", "conversation": self.conversation,
        }  # fmt: skip
        self._loop.create_task(self._tell(json.dumps(hello)))
        self.note("open")

    def _told(self, text: str) -> None:
        message = json.loads(text)
        if message["type"] == "ping":
            self._loop.create_task(self._tell(json.dumps({"type": "pong", "t": message["t"]})))
        self.note("message", message)

    def _heard(self, peak: float) -> None:
        with self._changed:
            self.loudness.append(peak)
            self._changed.notify_all()


class Script:
    """How the box behaves in this test."""

    pin = "123456"
    tries_left = 5
    pair_wait_s = 0
    queue_place = 0
    udp = True
    awake = True
    loud = False
    session = "s1"


async def _protect(_: web.Request, response: web.StreamResponse) -> None:
    response.headers["Content-Security-Policy"] = CSP
    response.headers["Cache-Control"] = "no-store"


def _file(name: str) -> Callable[[web.Request], Coroutine[Any, Any, web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        facts: Mapping[str, str] = {
            "name": "Aurora",
            "address": "https://aurora.local:8443/",
            "fingerprint": "3F:A9:" * 15 + "0C:11",
        }
        page = (STATIC / name).read_text()
        for key, value in facts.items():
            page = page.replace(f"{{{{{key}}}}}", value)
        return web.Response(text=page, content_type="text/html")

    return answer


async def _static(request: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / Path(request.match_info["file"]).name)
