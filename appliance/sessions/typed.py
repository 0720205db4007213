"""What somebody typed, in the place of an utterance."""

from appliance.core.audio import CAPTURE_RATE
from appliance.core.speech import Transcript

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
