"""Somebody who talks from a browser: one conversation, whatever connection carries it, or none."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from appliance.core import clock
from appliance.records.conversation import Past
from appliance.transports.remote import RemotePort
from appliance.web.farewells import DURATION, IDLE, LEFT, REPLACED, TURNS, WORDS
from appliance.web.link import Carrier, Link
from appliance.web.messages import Bye, Message
from appliance.web.narrator import Narrator
from appliance.web.requests import BadMessage, Mute, Played, Request, Text
from appliance.web.talk import Talk, obey
from appliance.web.visitor_settings import VisitorSettings


class Visitor:
    """Owns the port, the narrator, and the connection that carries them now."""

    def __init__(
        self,
        name: str,
        device: str,
        port: RemotePort,
        settings: VisitorSettings,
        box: str,
        past: Past | None = None,
    ) -> None:
        """Begin a conversation, or go on with one from before a restart."""
        self.name = name
        """The session's id; whoever knows it and has the device may connect to it."""
        self.device = device
        """Who they are."""
        self.port = port
        """Their microphone and loudspeaker."""
        self.narrator = Narrator(self._tell, settings.kept_turns, past.turns if past else ())
        self.running: asyncio.Task[None] | None = None
        """The session's task."""
        self._talk: Talk
        self._link: Link | None = None
        self._settings = settings
        self._box = box
        self._no_flush = port.on_flush
        self._opened = clock.now() - (past.conversation.age_s(clock.wall().timestamp()) if past else 0.0)
        self._absent: float | None = None
        """Since when no connection carries it; None while one does, and before the first."""

    def begin(self, talk: Talk) -> "asyncio.Task[None]":
        """Start the conversation. From the next turn of the event loop on, requests are obeyed."""
        self._talk = talk
        self.running = asyncio.create_task(talk.run(), name=f"visitor on {self.device}")
        return self.running

    @property
    def connected(self) -> bool:
        """A page is there."""
        return self._link is not None

    @property
    def expected(self) -> bool:
        """No page was ever there."""
        return self._link is None and self._absent is None

    @property
    def absent_s(self) -> float:
        """Seconds without a page."""
        if self._link:
            return 0.0
        return clock.now() - (self._opened if self._absent is None else self._absent)

    def carried_by(self, carrier: Carrier) -> bool:
        """Whether it is this connection that carries it now."""
        return self._link is not None and self._link.carrier is carrier

    def attach(self, carrier: Carrier, flush: Callable[[], None] | None = None) -> None:
        """A connection carries it from now on, and is told all that has happened. Another one is closed.

        Args:
            carrier: the connection. It has attached itself to the port, and will detach itself.
            flush: makes the page drop the sound that it has not played yet, where that is possible.
        """
        self._drop(REPLACED)
        self._link, self._absent = Link(carrier, self._settings.messages_per_s), None
        self.port.on_flush = flush or self._no_flush
        self._tell_all()

    def detach(self, carrier: Carrier) -> None:
        """A connection is lost. Nothing happens when another one has taken its place already."""
        if self.carried_by(carrier):
            self._link, self._absent = None, clock.now()
            self.port.on_flush = self._no_flush

    def receive(self, carrier: Carrier, text: str) -> None:
        """A page says something. Whoever was replaced has no say any more."""
        if self._link and self._link.carrier is carrier:
            request = self._link.read(text, self._talk.turn)
            if request:
                self._obey(request)

    def complain(self, carrier: Carrier, bad: BadMessage) -> None:
        """A page sent something that cannot even be read."""
        if self._link and self._link.carrier is carrier:
            self._link.complain(bad, self._talk.turn)

    def due(self) -> Bye | None:
        """Why the conversation has to end now; None when it need not."""
        limits, narrator = self._settings, self.narrator
        reasons = {
            LEFT: self.absent_s > (limits.arrive_s if self.expected else limits.absent_s),
            IDLE: narrator.idle_s >= limits.idle_s,
            DURATION: clock.now() - self._opened >= limits.duration_s,
            TURNS: narrator.turns >= limits.turns,
            WORDS: narrator.characters >= limits.characters,
        }
        return next((bye for bye, applies in reasons.items() if applies), None)

    def forget(self) -> None:
        """Nobody knows any more what was said, the page included."""
        self._talk.forget()
        self._tell_all()

    def dismiss(self, bye: Bye) -> None:
        """Say good-bye and close the port, which ends the conversation."""
        self._drop(bye)
        self.port.close()

    def status(self) -> Mapping[str, Any]:
        """For the owner. Nothing that was said."""
        return {
            "id": self.name,
            "device": self.device,
            "state": self.narrator.now,
            "turns": self.narrator.turns,
            "connected": self.connected,
            "age_s": round(clock.now() - self._opened),
            "absent_s": round(self.absent_s),
            "idle_s": round(self.narrator.idle_s),
            "sound": self.port.counters(),
            "latency": self.narrator.budget.table(),
        }

    def _obey(self, request: Request) -> None:
        match request:
            case Played(delay_ms, rtt_ms):
                self.port.played(delay_ms)
                self.narrator.budget.rtt_ms = rtt_ms
            case Mute(on):
                self.port.muted = on  # at the edge too, so that surely nothing passes
            case Text():
                self.narrator.stir()
        if pong := obey(self._talk, request):
            self._tell(pong)

    def _drop(self, bye: Bye) -> None:
        """Take leave of the page that is connected."""
        if self._link:
            self._link.tell(bye)
            carrier = self._link.carrier
            self.detach(carrier)
            carrier.close(bye.reason)

    def _tell_all(self) -> None:
        for message in self.narrator.story(self.name, self._box):
            self._tell(message)

    def _tell(self, message: Message) -> None:
        if self._link:  # whoever connects later is told the whole story
            self._link.tell(message)
