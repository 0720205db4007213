"""What somebody typed, in the place of an utterance."""

from typing import Any

from appliance.core.audio import CAPTURE_RATE
from appliance.core.speech import Transcript
from appliance.sessions.exchange import Exchange, Spawn
from appliance.sessions.parts import Parts
from appliance.turns.commands import Command

LETTERS_S = 12
"""Letters per second at which it would have been said: brisk sentences have 16 (pipeline/ghosts.py)."""


class Typed:
    """It took no time, has no sound, and is beyond doubt."""

    def __init__(self, text: str, seconds: float) -> None:
        """`text` was typed at second `seconds` on the audio clock."""
        self._text = text
        self.speech_start = self.speech_end = round(seconds * CAPTURE_RATE)

    def speech(self) -> tuple[float, float]:
        """As if it had been said: seconds, and the probability that this was a voice."""
        return max(1.0, len(self._text) / LETTERS_S), 1.0

    async def transcript(self) -> Transcript:
        """Just what was typed."""
        return Transcript(self._text, 1.0)


def begin_typed(
    parts: Parts, command: Command, script: str, previous: Exchange | None, spawn: Spawn[Any]
) -> Exchange:
    """A turn whose words were typed, or in which `script` is said: it is committed at once.

    Args:
        parts: of the conversation.
        command: has its number, and what was typed.
        script: empty where somebody typed.
        previous: the turn before.
        spawn: starts tasks.
    """
    now = parts.port.now()
    typed = Typed(command.text, now)
    exchange = Exchange(parts, command.turn, typed, script)
    exchange.understand(typed.transcript, previous, spawn)
    exchange.commit(now, spawn)
    return exchange
