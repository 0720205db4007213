"""What the fake box tells its owner and its screen."""

from collections.abc import Callable, Coroutine
from typing import Any

import segno
from aiohttp import web

from appliance.timelines.svg import picture
from tests.timelines.made import TURN

INVITATION = {
    "address": "https://aurora.local:8443/",
    "numeric_address": "https://192.168.1.40:8443/",
    "pin": "123456",
    "expires_s": 600,
    "fingerprint": "3F:A9:" * 15 + "0C:11",
    "help_address": "http://aurora.local:8080/help",
    "svg": segno.make_qr("https://aurora.local:8443/#pin=123456").svg_inline(omitsize=True, light="#fff"),
}

LATENCY = {
    "turns": 12,
    "last": 12,
    "rows": {
        "transport": {"last": 31.2, "p50": 28.0, "p95": 44.1, "budget": 50},
        "endpoint": {"last": 262.0, "p50": 258.5, "p95": 1471.0, "budget": 260},
        "transcript": {"last": 0.0, "p50": 12.0, "p95": 80.3, "budget": 40},
        "first_token": {"last": 96.0, "p50": 101.0, "p95": 143.0, "budget": 60},
        "first_clause": {"last": 105.4, "p50": 112.0, "p95": 245.0, "budget": 60},
        "first_sound": {"last": 3.1, "p50": 3.0, "p95": 9.0, "budget": 30},
        "all": {"last": 497.7, "p50": 475.0, "p95": 1478.0, "budget": 500},
    },
    "took": {
        "asr_lag": {"last": 140.0, "p50": 152.0, "p95": 300.0},
        "first_token": {"last": 96.0, "p50": 101.0, "p95": 143.0},
        "tts_first_byte": {"last": 3.1, "p50": 3.0, "p95": 9.0},
    },
    "rtt_ms": None,
    "drop_rate": 0.0,
}
"""Where the waits went at the box; from elsewhere it has taken as long, and a ping 8 ms."""

ANSWERS: dict[str, Any] = {
    "/api/status": {
        "state": "listening",
        "version": "0.4.0",
        "uptime_s": 93_600,
        "ready": True,
        "models": {"ears": "whisper base.en", "mind": "qwen3 4B", "voice": "piper en_US-lessac"},
        "sound": {"microphone": "Jabra Speak 510", "loudspeaker": "Jabra Speak 510", "faults": []},
        "visitors": {"talking": 1, "waiting": 0, "limit": 3},
    },
    "/api/sessions": [
        {"id": "local", "device": None, "state": "listening", "turns": 12, "age_s": 93_600,
         "latency": LATENCY},
        {"id": "s1", "device": "d1", "state": "speaking", "turns": 3, "age_s": 140,
         "latency": LATENCY | {"turns": 3, "rtt_ms": 8.4, "drop_rate": 0.0012}},
    ],
    "/api/devices": [
        {"id": "d1", "name": "Anna’s phone", "owner": True, "paired": "2026-01-02T10:00:00+00:00", "seen": None},
        {"id": "d2", "name": "Tablet in the kitchen", "owner": False, "paired": "2026-01-03T10:00:00+00:00",
         "seen": "2026-01-04T08:00:00+00:00"},
    ],
    "/api/conversations": [
        {"session": "local", "turns": [
            {"turn": 1, "you": "What’s the time?", "heard": "It is a quarter past nine.", "outcome": "answered"},
        ]},
    ],
    "/api/choices": {"sessions": {"idle_s": 900.0, "most": 0}, "http": {"name": "aurora", "enabled": True}},
    "/api/update": {
        "runs": "1.2.202601010000", "receiving": False, "room": 1_000_000, "state": "rolled-back", "kind": "rootfs",
        "version": "1.3.202602010000", "before": "1.2.202601010000", "percent": 100,
        "problem": "version 1.3 did not become ready", "remedy": "tell whoever made it", "source": "page",
    },
    "/api/pin": {"pin": "654321", "expires_s": 600, "tries_left": 5},
    "/api/invitation": INVITATION,
}  # fmt: skip


def owner_routes(note: Callable[[str, Any], None]) -> list[web.RouteDef]:
    """All that an owner may ask; what changes something is noted."""
    return [
        *(web.get(path, _telling(answer)) for path, answer in ANSWERS.items()),
        web.get("/api/sessions/{id}/timeline", _drawing),
        web.post("/api/pin", _telling(ANSWERS["/api/pin"])),
        web.post("/api/{what:say|restart|echo|reset}", _noting(note)),
        web.post("/api/update", _weighing(note)),
        web.delete("/api/{what:sessions|devices}/{id}", _noting(note)),
        web.delete("/api/conversations", _noting(note)),
        web.put("/api/settings/{section}/{key}", _noting(note)),
    ]


Handler = Callable[[web.Request], Coroutine[Any, Any, web.Response]]


def _telling(answer: Any) -> Handler:
    async def tell(_: web.Request) -> web.Response:
        return web.json_response(answer)

    return tell


async def _drawing(_: web.Request) -> web.Response:
    return web.Response(text=picture(TURN), content_type="image/svg+xml")


def _noting(note: Callable[[str, Any], None]) -> Handler:
    async def do(request: web.Request) -> web.Response:
        note(request.method, (request.path, await request.json()))
        return web.json_response({"done": True})

    return do


def _weighing(note: Callable[[str, Any], None]) -> Handler:
    async def answer(request: web.Request) -> web.Response:
        note(request.method, (request.path, request.content_type, len(await request.read())))
        return web.json_response({"done": True})

    return answer
