"""Where connections and conversations meet: what the server asks for (`contracts.Visitors`) is done here."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from typing import Any, Final, Protocol

from aiohttp import web

from appliance.core import clock
from appliance.core.errors import ApplianceError, InputError
from appliance.inference.job import LOCAL
from appliance.timelines.svg import picture
from appliance.transports.remote import RemotePort
from appliance.web.contracts import Busy
from appliance.web.kiosk import Kiosk
from appliance.web.messages import Full, encode
from appliance.web.outbox import close
from appliance.web.visitor import Visitor
from appliance.web.visitors import Visitors
from appliance.web.websocket import Connection

LAST_WORDS_S: Final = 0.3
"""s that a data channel has to deliver a good-bye, before aiortc closes it with whatever it still holds."""


class Peer(Protocol):
    """A WebRTC connection: `transports.webrtc.peer.Peer`."""

    async def answer(self, sdp: str) -> str:
        """Take an offer."""

    def send(self, text: str, replaces: str = "") -> None:
        """Send a text."""

    async def close(self) -> None:
        """End it."""


class OpenPeer(Protocol):
    """Makes a peer."""

    def __call__(
        self,
        port: RemotePort,
        *,
        message: Callable[[str], None],
        connected: Callable[[], None],
        lost: Callable[[str], None],
    ) -> Peer:
        """See `transports.webrtc.peer.Peer`."""


class Call:
    """A `Carrier` over WebRTC. It carries its visitor from the moment the peer is connected."""

    def __init__(self, visitor: Visitor, open_peer: OpenPeer, reception: "Reception") -> None:
        self.visitor = visitor
        self.peer = open_peer(
            visitor.port,
            message=lambda text: visitor.receive(self, text),
            connected=lambda: reception.connected(self),
            lost=lambda _: reception.lost(self),
        )
        self._reception = reception

    def send(self, text: str) -> None:
        """See `Carrier`."""
        self.peer.send(text)

    def close(self, reason: str) -> None:  # noqa: ARG002 - a data channel has no place for it
        """See `Carrier`."""
        self.visitor.port.detach(self.peer)
        self._reception.lost(self)
        self._reception.see_off(self.peer)


class Reception:
    """Owns the connections that are being made, and those that end. Satisfies `contracts.Visitors`."""

    def __init__(self, visitors: Visitors, kiosk: Kiosk, open_peer: OpenPeer) -> None:
        self._visitors = visitors
        self._kiosk = kiosk
        self._open_peer = open_peer
        self._calls: dict[str, Call] = {}
        """The newest call of each visitor, by their name."""
        self._leaving: set[asyncio.Task[None]] = set()
        """Peers that end. Bounded: the server limits how often a device may make an offer."""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """See to visitors and screens; in the end take leave of all, and leave no task behind."""
        async with asyncio.TaskGroup() as tasks:
            chores = [tasks.create_task(chore) for chore in (self._visitors.run(), self._kiosk.run())]
            try:
                yield
            finally:
                for chore in chores:
                    chore.cancel()
                for call in tuple(self._calls.values()):
                    if not call.visitor.carried_by(call):
                        call.close("restart")
                await self._visitors.close()
                await asyncio.gather(*self._leaving)

    async def offer(self, device: str, session: str | None, sdp: str) -> tuple[str, str]:
        """See `contracts.Visitors`."""
        visitor = self._visitors.enter(device, session)
        before = self._calls.get(visitor.name)
        if before and not visitor.carried_by(before):
            before.close(
                "another offer"
            )  # one is tried at a time; the one that works stays until a better one does
        call = self._calls[visitor.name] = Call(visitor, self._open_peer, self)
        try:
            return visitor.name, await call.peer.answer(sdp)
        except ApplianceError as error:
            self.lost(call)
            raise InputError(error.problem, error.remedy) from error

    async def websocket(self, socket: web.WebSocketResponse, device: str, session: str | None) -> None:
        """See `contracts.Visitors`."""
        try:
            visitor = self._visitors.enter(device, session)
        except Busy as busy:
            with suppress(ConnectionError):
                await socket.send_str(encode(Full(busy.place, busy.problem, busy.remedy)))
            await close(socket, "busy")
            return
        await Connection(socket, visitor).run()

    async def kiosk(self, socket: web.WebSocketResponse) -> None:
        """See `contracts.Visitors`."""
        await self._kiosk.watch(socket)

    def sessions(self) -> Sequence[Mapping[str, Any]]:
        """See `contracts.Visitors`. The first is the one at the box's own microphone."""
        return [self._kiosk.status(), *(visitor.status() for visitor in self._visitors)]

    def picture(self, session: str) -> str | None:
        """See `contracts.Visitors`."""
        told = {visitor.name: visitor.narrator for visitor in self._visitors} | {LOCAL: self._kiosk.narrator}
        last = told[session].budget.last if session in told else None
        return picture(last) if last else None

    def status(self) -> Mapping[str, Any]:
        """See `contracts.Visitors`."""
        return {
            "talking": len(self._visitors),
            "connected": sum(visitor.connected for visitor in self._visitors),
            "waiting": len(self._visitors.queue),
            "limit": self._visitors.limit,
        }

    def conversations(self) -> Sequence[Mapping[str, Any]]:
        """What was said lately, by session: for the owner alone."""
        local = {"session": LOCAL, "turns": [asdict(line) for line in self._kiosk.narrator.lines]}
        return [
            local,
            *(
                {"session": visitor.name, "turns": [asdict(line) for line in visitor.narrator.lines]}
                for visitor in self._visitors
            ),
        ]

    async def end(self, session: str) -> bool:
        """See `contracts.Visitors`."""
        return self._visitors.end(session)

    async def revoke(self, device: str) -> None:
        """See `contracts.Visitors`."""
        self._visitors.revoke(device)

    def connected(self, call: Call) -> None:
        """Sound flows."""
        if call.visitor in self._visitors:
            call.visitor.attach(call)
        else:  # their conversation ended meanwhile
            call.close("ended")

    def lost(self, call: Call) -> None:
        """A call is over, or never came about."""
        call.visitor.detach(call)
        if self._calls.get(call.visitor.name) is call:
            del self._calls[call.visitor.name]

    def see_off(self, peer: Peer) -> None:
        """Close a peer, behind the last words that it was given."""
        leaving = asyncio.create_task(_close(peer))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)


async def _close(peer: Peer) -> None:
    await clock.sleep_until(clock.now() + LAST_WORDS_S)
    await peer.close()
