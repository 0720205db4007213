"""All who talk from browsers: who comes in, who comes back, who has to go. Nothing crosses between them."""

import asyncio
import logging
import math
import secrets
from collections.abc import Callable, Iterator, Sequence

from appliance.core import clock
from appliance.core.speech import Turn
from appliance.sessions.observer import Observer
from appliance.sessions.recorder import Keep, KeepNothing, Recorder
from appliance.transports.remote import RemotePort
from appliance.web.admission import Queue
from appliance.web.audience import Audience
from appliance.web.contracts import Busy
from appliance.web.farewells import CRASHED, ENDED, REPLACED, RESTART, REVOKED, YIELDED
from appliance.web.messages import Bye
from appliance.web.talk import Talk
from appliance.web.visitor import Visitor
from appliance.web.visitor_settings import VisitorSettings

log = logging.getLogger(__name__)

OpenTalk = Callable[[str, RemotePort, Observer, Sequence[Turn]], Talk]
"""Makes a conversation of a name, on a port, with an observer, that goes on after some turns."""

SWEEP_S = 1.0
"""s between two looks at who has to go."""

PATIENCE_S = 2.0
"""s that a conversation may take to end by itself once its port is closed."""


class Visitors:
    """Owns the conversations of all browsers: at most `limit`, one per device, each ended when its time has come."""

    def __init__(
        self,
        open_talk: OpenTalk,
        open_port: Callable[[], RemotePort],
        settings: VisitorSettings,
        limit: int,
        box: str,
        keep: Keep | None = None,
    ) -> None:
        """Begin without any.

        Args:
            open_talk: makes a conversation.
            open_port: makes its microphone and loudspeaker.
            settings: how long each may last.
            limit: how many there may be at once, as `admission.places` found.
            box: name of the appliance, for its pages.
            keep: writes down what is said, and knows what was said before a restart.
        """
        self.limit = limit
        self.queue = Queue(settings)
        self._open_talk = open_talk
        self._open_port = open_port
        self._settings = settings
        self._box = box
        self._keep = keep or KeepNothing()
        self._recall_until = math.inf
        self._recorders: dict[str, Recorder] = {}
        self._visitors: dict[str, Visitor] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        """Conversations that end. Bounded: each ends within `PATIENCE_S`, and there is one per place."""

    def __iter__(self) -> Iterator[Visitor]:
        return iter(tuple(self._visitors.values()))

    def __len__(self) -> int:
        return len(self._visitors)

    def enter(self, device: str, name: str | None) -> Visitor:
        """Let a page in, at once.

        Args:
            device: who it belongs to. One device has one conversation, whatever windows it opens; only one that
                nobody carries any more is given up for a new one.
            name: the conversation to go on with; unknown ones, and those of other devices, are ignored. One from
                before a restart waits for its page as long as one that lost its connection: `absent_s` from the start.

        Raises:
            Busy: everybody whom the machine carries is there; says which number they have in the queue.
        """
        own = next((visitor for visitor in self if visitor.device == device), None)
        if own and (own.name == name or own.connected or own.expected):
            return own
        if own:
            self._dismiss(own, REPLACED)
        self._make_room()
        place = self.queue.ask(device, self.limit - len(self._visitors), clock.now())
        if place != 0:
            raise _busy(place)
        return self._open(device, name)

    def end(self, name: str) -> bool:
        """End a conversation as the owner wishes; False when there is none of that name."""
        visitor = self._visitors.get(name)
        if visitor:
            self._dismiss(visitor, ENDED)
        return visitor is not None

    def revoke(self, device: str) -> None:
        """A device is no longer welcome."""
        self.queue.leave(device)
        for visitor in self:
            if visitor.device == device:
                self._dismiss(visitor, REVOKED)

    def forget(self) -> None:
        """Nobody knows any more what was said."""
        for visitor in self:
            visitor.forget()

    @property
    def recorded(self) -> frozenset[str]:
        """Keys of the conversations that go on."""
        return frozenset(recorder.key for recorder in self._recorders.values())

    async def run(self) -> None:
        """See to it that everybody goes in time, until cancelled."""
        self._recall_until = clock.now() + self._settings.absent_s
        while True:
            await clock.sleep_until(clock.now() + SWEEP_S)
            self._sweep()

    async def close(self) -> None:
        """End all conversations, and return when they have ended."""
        for visitor in self:
            self._dismiss(visitor, RESTART)
        await asyncio.gather(*self._leaving)

    def _sweep(self) -> None:
        self.queue.expire(clock.now())
        for visitor in self:
            if bye := visitor.due():
                self._dismiss(visitor, bye)

    def _make_room(self) -> None:
        """Whoever has been away for longer than places are reserved gives theirs to who is here."""
        if len(self._visitors) >= self.limit:
            longest = max(self, key=lambda visitor: visitor.absent_s)
            if longest.absent_s > self._settings.reserved_s:
                self._dismiss(longest, YIELDED)

    def _open(self, device: str, wish: str | None) -> Visitor:
        past = None
        if wish and clock.now() <= self._recall_until:
            past = self._keep.recall(wish, device, self._settings.idle_s)
        name = wish if wish and past else secrets.token_urlsafe(24)
        visitor = Visitor(name, device, self._open_port(), self._settings, self._box, past)
        recorder = Recorder(self._keep, name, device, past)
        audience = Audience(visitor.narrator, recorder)
        talk = self._open_talk(f"browser {name[:6]}", visitor.port, audience, past.turns if past else ())
        self._visitors[name], self._recorders[name] = visitor, recorder
        visitor.begin(talk).add_done_callback(lambda running: self._ended(visitor, running))
        log.info("%s talks from a browser; %d of %d places are taken.", device, len(self), self.limit)
        return visitor

    def _ended(self, visitor: Visitor, running: "asyncio.Task[None]") -> None:
        """A conversation is over. That it is by a bug must not harm anybody else's."""
        bug = None if running.cancelled() else running.exception()
        if bug:
            log.error("The conversation of %s broke and was ended.", visitor.device, exc_info=bug)
        if visitor.name in self._visitors:
            self._dismiss(visitor, CRASHED)

    def _dismiss(self, visitor: Visitor, bye: Bye) -> None:
        """Their place is free at once; the rest of the good-bye takes a moment."""
        del self._visitors[visitor.name]
        recorder = self._recorders.pop(visitor.name)
        if bye is not RESTART:  # then they come back
            recorder.end()
        log.info("%s has left (%s): %s", visitor.device, bye.reason, bye.problem)
        visitor.dismiss(bye)
        leaving = asyncio.create_task(_end(visitor))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)


async def _end(visitor: Visitor) -> None:
    """Return once its task is over, by itself or by force."""
    assert visitor.running, "it has begun"
    _, lingering = await asyncio.wait({visitor.running}, timeout=PATIENCE_S)
    if lingering:
        visitor.running.cancel()
        await asyncio.wait(lingering)


def _busy(place: int | None) -> Busy:
    if place is None:
        return Busy(
            0,
            "As many people talk and wait as the box can serve.",
            "try again in a few minutes, or talk to it directly",
        )
    waiting = "You are next." if place == 1 else f"You are number {place} in the queue."
    return Busy(
        place,
        f"As many people talk as the box can answer well. {waiting}",
        "stay on this page: it keeps asking",
    )
