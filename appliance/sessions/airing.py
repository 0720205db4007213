"""What is heard of a turn: samples that have left the loudspeaker become events, and so does silence."""

from collections.abc import Callable

from appliance.core import clock
from appliance.core.interfaces import Heard
from appliance.sessions.exchange import Exchange
from appliance.sessions.parts import Parts
from appliance.sessions.stalling import Stalling
from appliance.turns.events import (
    Event,
    LoudspeakerLost,
    PhraseEnded,
    ReplyEnded,
    ReplyShown,
    ReplyStarted,
)
from appliance.turns.events import Stalled as StalledEvent
from appliance.turns.state import ANSWERING, IDLE, PHRASES, State

BUSY_S, IDLE_S = 0.1, 1.0
"""s between two looks where no sound comes in: a dead microphone must not cost an answer."""


class Airing:
    """Looks at the count of heard samples, whenever somebody has the time to ask it to."""

    def __init__(
        self,
        parts: Parts,
        present: Callable[[], tuple[Exchange | None, State]],
        post: Callable[[Event], None],
    ) -> None:
        """Begin.

        Args:
            parts: of the conversation.
            present: the open turn, and where the conversation stands.
            post: told what has happened.
        """
        self._parts = parts
        self._present = present
        self._post = post
        self._stalling = Stalling(parts.reply)

    @property
    def requests(self) -> int:
        """How often patience has been asked for in this turn."""
        return self._stalling.asked

    def begin(self) -> None:
        """Somebody waits for an answer from now on."""
        self._stalling.begin()

    def notice(self) -> None:
        """See what was heard of the open turn, if there is one."""
        heard = self._parts.loudspeaker.tick()
        exchange, state = self._present()
        if exchange and (event := self._news(exchange, state, heard)):
            self._post(event)

    async def watch(self) -> None:
        """Notice for ever."""
        while True:
            _, state = self._present()
            await clock.sleep_until(clock.now() + (IDLE_S if state in IDLE else BUSY_S))
            self.notice()

    def _news(self, exchange: Exchange, state: State, heard: Heard) -> Event | None:
        if self._parts.port.speechless:
            done = exchange.work and exchange.work.done()
            return ReplyShown(exchange.number) if done and state in ANSWERING else None
        if exchange.lost(heard):  # the loudspeaker was gone in between
            return ReplyShown(exchange.number) if state in ANSWERING else LoudspeakerLost()
        if exchange.started(heard):
            if state in ANSWERING:
                exchange.stamps.mark("first_audio", self._began(exchange, heard))
                return ReplyStarted(exchange.number)
            if exchange.finished(heard):
                return PhraseEnded(exchange.number) if state in PHRASES else ReplyEnded(exchange.number)
            if news := exchange.caption(heard):
                self._parts.observer.saying(exchange.number, news)
        late = self._stalling.due(state, heard, away=self._parts.port.away)
        return StalledEvent(exchange.number) if late else None

    def _began(self, exchange: Exchange, heard: Heard) -> float:
        """Second at which the first sample of the reply left.

        What sounds without a gap has one beginning for the loudspeaker: the phrase's, where patience was asked for.
        """
        if not self._stalling.asked:
            return heard.started
        return max(heard.started, heard.ended - exchange.aired_s(heard))
