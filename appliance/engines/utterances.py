"""The sound of utterances that a recogniser has been given and not yet been asked to finish."""

import numpy as np

from appliance.core.audio import CAPTURE_RATE, Samples
from appliance.core.speech import Transcript

MAX_OPEN = 24
"""Utterances. A session has one open at a time, and a recogniser serves several sessions. When there are more, some
were opened and never closed, so the oldest is forgotten. Each holds up to 2 MB."""

LONGEST_S = 30
"""s of each utterance: Whisper's window. What is said beyond it is ignored, because a streaming decoder
has long understood the beginning by then and cannot exchange it for the end."""


NOTHING = Transcript("", 0.0)
"""Of an utterance that nobody has asked for, or that has no sound."""


class OpenUtterances:
    """Owns the sound of at most `MAX_OPEN` utterances, the first `LONGEST_S` seconds of each, and what was
    understood of it when it was last asked for."""

    def __init__(self) -> None:
        self._sound: dict[int, _Sound] = {}

    def __contains__(self, utterance: object) -> bool:
        return utterance in self._sound

    def append(self, utterance: int, samples: Samples) -> None:
        """Copy sound behind what an utterance already has, opening it if it is new."""
        if utterance not in self._sound:
            if len(self._sound) == MAX_OPEN:
                del self._sound[next(iter(self._sound))]
            self._sound[utterance] = _Sound()
        self._sound[utterance].append(samples)

    def sound(self, utterance: int) -> Samples:
        """What an open utterance has so far; nothing when it is not open."""
        return self._sound[utterance].samples if utterance in self._sound else np.zeros(0, np.float32)

    def understand(self, utterance: int, transcript: Transcript) -> None:
        """Keep the transcript of all that an open utterance has so far."""
        self._sound[utterance].understand(transcript)

    def understood(self, utterance: int) -> bool:
        """Whether nothing came since the transcript."""
        return utterance in self._sound and self._sound[utterance].understood

    def transcript(self, utterance: int) -> Transcript:
        """What was understood of an utterance when it was last asked for, be it open or not."""
        return self._sound[utterance].transcript if utterance in self._sound else NOTHING

    def close(self, utterance: int) -> Samples:
        """Forget an utterance and return its sound; nothing when it is not open."""
        samples = self.sound(utterance)
        self._sound.pop(utterance, None)
        return samples


class _Sound:
    """A recording with room for the longest utterance. The system only lends the pages that are written."""

    def __init__(self) -> None:
        self._room = np.empty(LONGEST_S * CAPTURE_RATE, dtype=np.float32)
        self._length = 0
        self._understood: int | None = None  # samples
        self.transcript = NOTHING

    @property
    def samples(self) -> Samples:
        return self._room[: self._length]

    @property
    def understood(self) -> bool:
        return self._understood == self._length

    def append(self, samples: Samples) -> None:
        taken = samples[: len(self._room) - self._length]
        self._room[self._length : self._length + len(taken)] = taken
        self._length += len(taken)

    def understand(self, transcript: Transcript) -> None:
        self._understood, self.transcript = self._length, transcript
