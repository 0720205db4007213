"""Where browsers begin to talk: by WebRTC, or over a WebSocket; and where the box's screen looks on."""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal
from weakref import WeakKeyDictionary

from aiohttp import WSCloseCode, web
from annotated_types import Len
from pydantic import StringConstraints

from appliance.core.errors import InputError
from appliance.web.contracts import Visitors
from appliance.web.limits import RateLimit
from appliance.web.problems import Refusal, retry_after
from appliance.web.routes import Access, Call, Route, reply

SESSION = r"^[A-Za-z0-9_-]{1,64}$"
"""What the id of a session looks like."""
BURST, EVERY_S = 10, 2.0
"""Connections that one device may begin at once, and s until it may begin another."""
ALL_BURST, ALL_EVERY_S = 20, 0.1
"""The same for all devices together. An offer costs 7 ms of the loop that the conversation at the box shares, and a
peer that is never connected some more for 10 s (`scripts/half_open.py`)."""
MAX_MESSAGE = 4096
"""Bytes of one message upwards."""
HEARTBEAT_S = 10.0
"""s between the questions whether the other end of a WebSocket still lives; half of it to answer."""
WRITE_BUFFER = 2048
"""Bytes that may wait below a WebSocket: one frame of sound. With asyncio's own 64 KB, and the kernel's, a page that no
longer reads was sent 12 s of sound before anybody noticed."""
ANSWER_S = 15.0
"""s in which an offer must be answered."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A WebRTC offer."""

    sdp: Annotated[str, Len(1, 60_000)]
    """As the browser made it, with all its candidates."""
    type: Literal["offer"]
    """Always `offer`."""
    session: Annotated[str, StringConstraints(pattern=SESSION)] | None = None
    """The session to go on with; absent: a new one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to it."""

    sdp: str
    """For the browser's `setRemoteDescription`."""
    type: str
    """Always `answer`."""
    session: str
    """The session, to go on with it later."""


class Offers:
    """Hands connections over to the visitors. Owns the open WebSockets."""

    def __init__(self, visitors: Visitors) -> None:
        self._visitors = visitors
        self._limit = RateLimit(BURST, EVERY_S)
        self._limit_all = RateLimit(ALL_BURST, ALL_EVERY_S, keys=1)
        self._sockets: WeakKeyDictionary[web.WebSocketResponse, str] = WeakKeyDictionary()

    def routes(self) -> tuple[Route, ...]:
        """Its rows of the table."""
        return (
            Route(
                "POST",
                "/api/offer",
                self._offer,
                Access.PAIRED,
                "Talk by WebRTC: an offer with all candidates, answered by one.",
                body=Offer,
                gives=Answer,
                errors=(503,),
            ),
            Route(
                "GET",
                "/api/ws",
                self._websocket,
                Access.PAIRED,
                "Talk over a WebSocket: messages as text, sound as binary frames. `?session=` goes on with one.",
                errors=(426,),
            ),
            Route(
                "GET",
                "/api/kiosk",
                self._kiosk,
                Access.SCREEN,
                "Follow the conversation at the box over a WebSocket.",
                errors=(426,),
            ),
        )

    async def close(self) -> None:
        """End all WebSockets."""
        await _close(self._sockets, WSCloseCode.GOING_AWAY)

    async def revoke(self, device: str) -> None:
        """End all that a device has open, now that it is no longer welcome."""
        await self._visitors.revoke(device)  # who says goodbye first
        theirs = [socket for socket, owner in self._sockets.items() if owner == device]
        await _close(theirs, WSCloseCode.POLICY_VIOLATION)

    async def _offer(self, call: Call) -> web.Response:
        offer: Offer = call.body
        device = self._admit(call)
        async with asyncio.timeout(ANSWER_S):
            session, sdp = await self._visitors.offer(device, offer.session, offer.sdp)
        return reply(Answer(sdp, "answer", session))

    async def _websocket(self, call: Call) -> web.StreamResponse:
        device, session = self._admit(call), call.request.query.get("session") or None
        if session is not None and not re.fullmatch(SESSION, session):
            raise InputError("session: this is no id of a session", "Leave it out to begin a new one.")
        socket = await self._open(call)
        await self._visitors.websocket(socket, device, session)
        return socket

    async def _kiosk(self, call: Call) -> web.StreamResponse:
        socket = await self._open(call)
        await self._visitors.kiosk(socket)
        return socket

    def _admit(self, call: Call) -> str:
        assert call.who.device, "only paired devices come here"
        wait_s = self._limit.take(call.who.device.id) or self._limit_all.take()
        if wait_s:
            raise Refusal(
                429,
                "too_often",
                "This device connects too often, or too many do at once.",
                f"Wait {wait_s:.0f} seconds.",
                headers=retry_after(wait_s),
            )
        return call.who.device.id

    async def _open(self, call: Call) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(
            timeout=2.0,  # s to say goodbye
            heartbeat=HEARTBEAT_S,
            max_msg_size=MAX_MESSAGE,
            compress=False,  # sound does not shrink, and what is inflated has no bound
            writer_limit=1,  # whoever does not read is noticed here, and not when every buffer below is full
        )
        try:
            possible = socket.can_prepare(call.request).ok
        except ValueError:  # of a key that is no ASCII aiohttp thinks too well
            possible = False
        if not possible:
            raise Refusal(426, "not_a_websocket", "This is for WebSockets.", headers={"Upgrade": "websocket"})
        if call.request.transport:
            call.request.transport.set_write_buffer_limits(high=WRITE_BUFFER)
        await socket.prepare(call.request)
        self._sockets[socket] = call.who.device.id if call.who.device else ""
        return socket


async def _close(sockets: Iterable[web.WebSocketResponse], code: WSCloseCode) -> None:
    closing = [socket.close(code=code) for socket in tuple(sockets)]
    await asyncio.gather(*closing, return_exceptions=True)
