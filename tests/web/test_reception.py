"""Offers, calls and conversations: which connection carries whom, and what is left of those that do not."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pytest
from aiohttp import web

from appliance.core.errors import ApplianceError, InputError
from appliance.inference.job import LOCAL
from appliance.transports.remote import RemotePort
from appliance.web.contracts import Busy
from appliance.web.contracts import Visitors as Contract
from appliance.web.kiosk import Kiosk
from appliance.web.reception import Reception
from tests.virtual_time import run
from tests.web.fake_sessions import DOWN, FRAME_S, UP, House, wait
from tests.web.fake_socket import FakeSocket


@dataclass
class FakePeer:
    """A WebRTC connection without a network."""

    port: RemotePort
    message: Callable[[str], None]
    connected: Callable[[], None]
    lost: Callable[[str], None]
    sent: list[dict[str, Any]] = field(default_factory=list)
    closed: list[bool] = field(default_factory=list)

    async def answer(self, sdp: str) -> str:
        await wait(0.05)
        if sdp != "offer":
            raise ApplianceError("that is no offer", "reload")
        return "answer"

    def send(self, text: str, replaces: str = "") -> None:
        assert not self.closed
        self.sent.append(json.loads(text))

    async def close(self) -> None:
        self.closed.append(True)
        self.port.detach(self)

    def told(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.sent if message["type"] == kind]

    def connect(self) -> None:
        """What happens when sound flows."""
        self.port.attach(self)
        self.connected()

    def lose(self) -> None:
        """What happens when the network is gone."""
        self.port.detach(self)
        self.lost("the network is gone")

    async def live(self, seconds: float, level: float = 0.0) -> None:
        """Carry sound."""
        for _ in range(round(seconds / FRAME_S)):
            await wait(FRAME_S)
            if self.port.carrier is self:
                self.port.capture(np.full(UP, level, np.float32))
                self.port.pull(DOWN)


class Desk:
    """A reception, and all peers that it has made."""

    def __init__(self, limit: int = 3) -> None:
        self.house = House(limit=limit)
        self.peers: list[FakePeer] = []
        kiosk = Kiosk(self.house.settings, "box", lambda: (0.0, 0.0))
        self.reception = Reception(self.house.visitors, kiosk, self._open_peer)

    def _open_peer(self, port: RemotePort, **callbacks: Any) -> FakePeer:
        self.peers.append(FakePeer(port, **callbacks))
        return self.peers[-1]


def tell(story: Callable[[Reception, list[FakePeer]], Awaitable[None]], limit: int = 3) -> None:
    """Tell a story; nothing may be left over of it."""

    async def main() -> None:
        desk = Desk(limit)
        async with desk.reception.open():
            await story(desk.reception, desk.peers)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert all(peer.closed or peer.port.carrier is None for peer in desk.peers)

    run(main())


def test_it_is_what_the_server_asks_for() -> None:
    contract: type[Contract] = Reception
    assert contract


def test_the_last_answer_of_a_conversation_is_drawn() -> None:
    async def story(reception: Reception, peers: list[FakePeer]) -> None:
        session, _ = await reception.offer("phone", None, "offer")
        peers[0].connect()
        assert reception.picture(session) is None
        await peers[0].live(1.0, level=0.3)
        await peers[0].live(3.0)
        assert "to the first sound" in (reception.picture(session) or "")
        assert reception.picture("local") is None
        assert reception.picture("nobody") is None

    tell(story)


def test_an_offer_leads_to_a_conversation() -> None:
    async def story(reception: Reception, peers: list[FakePeer]) -> None:
        session, sdp = await reception.offer("phone", None, "offer")
        (peer,) = peers
        assert sdp == "answer"
        assert not peer.sent
        peer.connect()
        assert peer.sent[0]["session"] == session
        await peer.live(1.0, level=0.3)
        await peer.live(4.0)
        assert peer.told("turn")[0]["outcome"] == "answered"
        assert reception.status() == {"talking": 1, "connected": 1, "waiting": 0, "limit": 3}
        local, remote = reception.sessions()
        assert (local["id"], remote["id"], remote["device"]) == (LOCAL, session, "phone")
        assert reception.conversations()[1]["turns"][0]["heard"] == "Yes. I think so."
        peer.message('{"type":"ping","t":1}')
        assert peer.told("pong")

    tell(story)


def test_a_new_call_takes_over_when_it_is_connected_and_not_before() -> None:
    async def story(reception: Reception, peers: list[FakePeer]) -> None:
        session, _ = await reception.offer("phone", None, "offer")
        peers[0].connect()
        assert (await reception.offer("phone", session, "offer"))[0] == session
        await peers[0].live(1.0)
        assert not peers[0].told("bye")
        peers[1].connect()
        assert peers[0].told("bye")[0]["reason"] == "replaced"
        assert peers[1].sent[0]["type"] == "hello"
        assert not peers[0].closed  # its last words are on their way
        await peers[1].live(1.0)
        assert peers[0].closed
        assert peers[1].port.carrier is peers[1]

    tell(story)


def test_of_many_offers_one_is_tried() -> None:
    async def story(reception: Reception, peers: list[FakePeer]) -> None:
        sessions = {(await reception.offer("phone", None, "offer"))[0] for _ in range(100)}
        assert len(sessions) == 1
        await wait(1.0)
        assert [len(peer.closed) for peer in peers] == [1] * 99 + [0]
        peers[-1].lose()
        await wait(30.0)
        assert reception.status()["talking"] == 0

    tell(story)


def test_offers_that_cannot_be_read_are_the_pages_fault() -> None:
    async def story(reception: Reception, peers: list[FakePeer]) -> None:
        with pytest.raises(InputError, match="no offer"):
            await reception.offer("phone", None, "rubbish")

    tell(story)


def test_a_call_that_is_lost_can_be_made_again() -> None:
    async def story(reception: Reception, peers: list[FakePeer]) -> None:
        session, _ = await reception.offer("phone", None, "offer")
        peers[0].connect()
        peers[0].lose()
        assert reception.status()["connected"] == 0
        assert (await reception.offer("phone", session, "offer"))[0] == session
        peers[1].connect()
        assert reception.status()["connected"] == 1

    tell(story)


def test_whoever_connects_to_a_conversation_that_has_ended_is_sent_away() -> None:
    async def story(reception: Reception, peers: list[FakePeer]) -> None:
        session, _ = await reception.offer("phone", None, "offer")
        assert await reception.end(session)
        assert not await reception.end(session)
        peers[0].connect()
        await wait(1.0)
        assert peers[0].closed
        assert not peers[0].sent

    tell(story)


def test_a_page_that_floods_the_channel_loses_its_call_and_not_its_conversation() -> None:
    async def story(reception: Reception, peers: list[FakePeer]) -> None:
        await reception.offer("phone", None, "offer")
        peers[0].connect()
        await wait(0.1)
        for _ in range(50):
            peers[0].message('{"type":"ping","t":1}')
        await wait(1.0)
        assert peers[0].closed
        assert len(peers[0].told("pong")) <= 20
        assert reception.status()["talking"] == 1

    tell(story)


def test_a_revoked_device_loses_its_call() -> None:
    async def story(reception: Reception, peers: list[FakePeer]) -> None:
        await reception.offer("phone", None, "offer")
        peers[0].connect()
        await reception.revoke("phone")
        assert peers[0].told("bye")[0]["reason"] == "revoked"
        await wait(1.0)
        assert peers[0].closed

    tell(story)


def test_who_is_refused_is_told_over_either_way() -> None:
    async def story(reception: Reception, peers: list[FakePeer]) -> None:
        await reception.offer("phone", None, "offer")
        with pytest.raises(Busy) as busy:
            await reception.offer("laptop", None, "offer")
        assert busy.value.place == 1
        assert len(peers) == 1
        socket = FakeSocket()
        await reception.websocket(
            cast(web.WebSocketResponse, socket), "laptop", None
        )  # it has what is used of one
        (told,) = socket.texts
        assert (told["type"], told["place"], "You are next" in told["problem"]) == ("busy", 1, True)
        assert socket.closed == ["busy"]

    tell(story, limit=1)


def test_a_websocket_goes_on_where_a_call_found_no_way() -> None:
    async def story(reception: Reception, peers: list[FakePeer]) -> None:
        session, _ = await reception.offer("phone", None, "offer")
        socket = FakeSocket()
        carrying = asyncio.create_task(
            reception.websocket(cast(web.WebSocketResponse, socket), "phone", session)  # likewise
        )
        await wait(0.1)
        assert socket.texts[0]["session"] == session
        peers[0].lose()
        assert reception.status()["connected"] == 1
        socket.page_leaves()
        await carrying

    tell(story)


def test_screens_are_shown_the_local_conversation() -> None:
    async def story(reception: Reception, peers: list[FakePeer]) -> None:
        socket = FakeSocket()
        watching = asyncio.create_task(reception.kiosk(cast(web.WebSocketResponse, socket)))  # likewise
        await wait(0.5)
        assert socket.texts[0]["session"] == LOCAL
        assert socket.told("levels")
        assert reception.sessions()[0]["screens"] == 1
        socket.page_leaves()
        await watching

    tell(story)
