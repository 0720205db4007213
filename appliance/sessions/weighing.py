"""What is said over a reply, from the moment it is surely a voice until it is known what it wants."""

from collections.abc import Callable

from appliance.core.audio import CAPTURE_RATE
from appliance.core.errors import EngineError
from appliance.sessions.exchange import Exchange
from appliance.sessions.hearing import Hearing
from appliance.sessions.parts import Parts
from appliance.turns.events import Backchannel, FloorTaken, Unclear
from appliance.turns.events import Verdict as Judgement
from appliance.turns.floor import FloorSettings, Said, Verdict, judge

EVENTS: dict[Verdict, Callable[[], Judgement]] = {
    Verdict.TAKEN: FloorTaken,
    Verdict.BACKCHANNEL: Backchannel,
    Verdict.UNCLEAR: Unclear,
}
"""The machine's words for it."""


class Weighing:
    """Asks the judge whenever there is something new, and posts what he says."""

    def __init__(
        self,
        hearing: Hearing,
        settings: FloorSettings,
        post: Callable[[Judgement], None],
        *,
        reopened: bool,
        asked: bool,
    ) -> None:
        """Begin.

        Args:
            hearing: the utterance.
            settings: the judge's.
            post: told the verdict, perhaps more than once.
            reopened: they began so soon after their own turn that they had not finished it.
            asked: the last thing they heard is a question.
        """
        self._hearing = hearing
        self._settings = settings
        self._post = post
        self._reopened = reopened
        self._asked = asked
        hearing.hurry()

    @classmethod
    def over(
        cls, exchange: Exchange, hearing: Hearing, parts: Parts, post: Callable[[Judgement], None]
    ) -> "Weighing":
        """Begin over the reply of `exchange`, as it is heard just now."""
        since_ms = hearing.onset * 1000 / CAPTURE_RATE - (exchange.stamps.endpoint or 0.0)
        reopened = since_ms <= parts.floor.reopen_ms
        return cls(hearing, parts.floor, post, reopened=reopened, asked=exchange.asks(parts.port.heard()))

    def tick(self) -> None:
        """They go on."""
        self._judge(self._hearing.partial.text)

    async def read(self) -> None:
        """They pause: what have they said?"""
        voiced_s = self._voiced_s
        transcript = await self._hearing.read()
        if self._voiced_s > voiced_s:
            return  # they have gone on; the next pause will tell
        if isinstance(transcript, EngineError):
            self._post(FloorTaken())  # who cannot be understood has the floor, and is told why
        else:
            self._judge(transcript.text, transcript.confidence, over=True)

    def leave(self) -> None:
        """Nobody asks any more."""
        self._post = lambda _: None

    @property
    def _voiced_s(self) -> float:
        return self._hearing.utterance.speech()[0]

    def _judge(self, text: str, confidence: float = 1.0, *, over: bool = False) -> None:
        said = Said(self._voiced_s * 1000, text, confidence, over, self._reopened, self._asked)
        verdict = judge(said, self._settings)
        if verdict:
            self._post(EVENTS[verdict]())
