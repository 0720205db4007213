"""One browser at the other end of one WebRTC connection."""

import asyncio
import logging
import re
from collections.abc import Callable
from typing import Final

import numpy as np
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
)

from appliance.core import clock
from appliance.core.audio import Samples
from appliance.core.errors import ConfigError
from appliance.transports.remote import RemotePort
from appliance.transports.webrtc.back_door import divert, tame
from appliance.transports.webrtc.control import Control
from appliance.transports.webrtc.inbound import Inbound
from appliance.transports.webrtc.offer import RELOAD, OfferError, admit, prefer_repair
from appliance.transports.webrtc.outbound import VoiceTrack
from appliance.transports.webrtc.settings import WebRtcSettings

log = logging.getLogger(__name__)

LABEL: Final = "control"
"""Of the one data channel, which the page opens."""


class Peer:
    """Owns one connection, from its offer to its end, and carries one port's sound in the meantime.

    aiortc cannot restart ICE: it keeps its name, password and addresses for life. So a page that has changed
    networks makes a new offer to a new peer for the same port, which takes over when it is connected.
    """

    def __init__(
        self,
        port: RemotePort,
        settings: WebRtcSettings | None = None,
        *,
        message: Callable[[str], None],
        connected: Callable[[], None],
        lost: Callable[[str], None],
    ) -> None:
        """Prepare for an offer.

        Args:
            port: whose sound to carry while connected.
            settings: addresses and limits.
            message: called with every text the page sends.
            connected: called once, when sound flows.
            lost: called once with the reason, unless it was `close`d first. The peer closes itself then.
        """
        self._port = port
        self._settings = settings or WebRtcSettings()
        self._message, self._connected, self._lost = message, connected, lost
        self._inbound = Inbound(self._capture)
        self._control = Control(lambda: self._lose("the page does not read what it is sent"))
        self._connection: RTCPeerConnection | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None

    async def answer(self, sdp: str) -> str:
        """Take the page's offer, once, and return the answer with all addresses of the box in it.

        Raises:
            OfferError: it cannot be answered. Nothing is left behind.
            ConfigError: the settings name a server that is none.
        """
        if self._connection or self._closing:
            raise RuntimeError("a peer answers one offer")
        offer = admit(sdp)
        connection = self._connection = RTCPeerConnection(_configuration(self._settings))
        transceiver = connection.addTransceiver(VoiceTrack(self._pull), "sendrecv")
        _speak_opus(transceiver)
        tame(transceiver)
        divert(transceiver.receiver, self._inbound.take)
        connection.on("datachannel", self._open_control)
        connection.on("connectionstatechange", self._follow)
        self._deadline = clock.after(self._settings.connect_s, self._expire)
        try:
            await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
            await connection.setLocalDescription(await connection.createAnswer())
        except Exception as error:  # aiortc meets bad input with whatever comes first
            await self.close()
            raise OfferError(f"the page's offer cannot be answered ({error})", RELOAD) from error
        return prefer_repair(connection.localDescription.sdp)

    def send(self, text: str, replaces: str = "") -> None:
        """Send the page a text; before the channel is open it waits.

        Where texts wait, one with the same `replaces` takes the place of the older one, so that the newest state
        wins. A page for which 256 KB wait is lost.
        """
        if self._closing is None:
            self._control.send(text, replaces)

    async def close(self) -> None:
        """End the connection. Leaves no task behind."""
        await asyncio.shield(self._close())

    def counters(self) -> dict[str, int]:
        """What the network did: packets `received` and `late`, `concealed` samples at 48 kHz, and the `depth` now."""
        buffer = self._inbound.buffer
        return {
            "received": buffer.received,
            "late": buffer.late,
            "concealed": buffer.missing,
            "depth": buffer.depth,
        }

    def _capture(self, samples: Samples) -> None:
        if self._port.carrier is self:
            self._port.capture(samples)

    def _pull(self, count: int) -> Samples:
        return self._port.pull(count) if self._port.carrier is self else np.zeros(count, np.float32)

    def _follow(self) -> None:
        """The state of the connection has changed."""
        assert self._connection, "it reports"
        match self._connection.connectionState:
            case "connected" if self._deadline:
                self._cancel_deadline()
                self._port.attach(self)
                self._connected()
            case "failed" | "closed" if self._deadline:
                self._lose("no connection came about")
            case "failed" | "closed" if self._port.alive:
                self._lose("the page has closed the connection")
            case "failed" | "closed":  # whichever of the two comes first in aiortc when the network is gone
                self._lose("the network between the page and the box is gone")

    def _open_control(self, channel: RTCDataChannel) -> None:
        if channel.label != LABEL or not self._control.open(channel):
            channel.close()
            return
        channel.on("message", lambda data: self._message(data) if isinstance(data, str) else None)
        channel.on("bufferedamountlow", self._control.flush)

    def _expire(self) -> None:
        self._lose(f"no connection within {self._settings.connect_s:g} s")

    def _lose(self, reason: str) -> None:
        if self._closing is None:
            log.info("a page is lost: %s", reason)
            self._close()
            self._lost(reason)

    def _close(self) -> "asyncio.Task[None]":
        """Begin to close, once."""
        if self._closing is None:
            self._cancel_deadline()
            self._inbound.close()
            self._port.detach(self)
            self._closing = asyncio.create_task(self._end())
        return self._closing

    async def _end(self) -> None:
        if self._connection:
            try:
                await self._connection.close()
            except Exception:  # aiortc ends in disorder what began in disorder
                log.exception("A connection to a page was not closed cleanly.")

    def _cancel_deadline(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None


def _configuration(settings: WebRtcSettings) -> RTCConfiguration:
    """Without a list of servers aiortc would ask one on the internet; an empty list asks nobody."""
    servers = []
    for url, kind in ((settings.stun, "stun"), (settings.turn, "turn")):
        if url and not re.fullmatch(rf"{kind}s?:[^?:]+(:\d+)?(\?transport=(udp|tcp))?", url):
            raise ConfigError(
                f"{url!r} is no address of a {kind.upper()} server", f"write {kind}:host:port, or nothing"
            )
        if url:
            servers.append(RTCIceServer(url, settings.username or None, settings.credential or None))
    return RTCConfiguration(servers, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)


def _speak_opus(transceiver: RTCRtpTransceiver) -> None:
    codecs = RTCRtpSender.getCapabilities("audio").codecs
    transceiver.setCodecPreferences([codec for codec in codecs if codec.mimeType == "audio/opus"])
