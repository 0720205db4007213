"""The appliance's ear without the rest of it: everything between the microphone and the decision to answer."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from appliance.core.audio import CAPTURE_RATE, PERIOD, AudioFrame, Samples
from appliance.core.interfaces import SpeechToText, VoiceActivityDetector
from appliance.core.speech import Transcript
from appliance.pipeline.conditioner import Conditioner
from appliance.pipeline.ghosts import Refusal, refuse
from appliance.pipeline.listen import Listener, ListenSettings, Utterance
from appliance.turns.endpoint import EndpointSettings
from appliance.turns.events import SpeechConfirmed, SpeechEvent, SpeechStarted, UtteranceEnded
from scripts.evaluate_stt import BLOCK, Never

CLEAR_SPEECH_S, CLEAR_VOICE = 1.0, 0.85
"""From here on a refused transcript is apologised for, which is heard as well (sessions/exchange.py)."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One utterance; times in s since the ear began to listen."""

    first_s: float
    """Where its sound begins: the pre-roll."""
    start_s: float
    """Where speech was noticed."""
    end_s: float
    """Where speech ended."""
    speech_s: float
    """Speech without its pauses."""
    voice: float
    """Mean probability of it."""
    sound: Samples
    """All that the recogniser is given."""


class Ear:
    """One microphone's. `started` and `confirmed` count what became of its sounds before they were utterances."""

    def __init__(
        self,
        vad: VoiceActivityDetector,
        *,
        conditioned: bool = True,
        endpoint: EndpointSettings | None = None,
    ) -> None:
        vad.reset()
        self._window = vad.window
        conditioner = Conditioner() if conditioned else None
        self._listener = Listener(vad, endpoint or EndpointSettings(), ListenSettings(), conditioner)
        self._position = 0
        self._first = 0
        self.started = 0
        self.confirmed = 0

    def hear(self, sound: Samples) -> Iterator[Heard]:
        """Listen in periods of 10 ms; yields utterances when they are over."""
        for start in range(0, len(sound), PERIOD):
            frame = AudioFrame(sound[start : start + PERIOD], CAPTURE_RATE, self._position)
            self._position = frame.end
            for event in self._listener.feed(frame, guarded=False):
                yield from self._follow(event)

    def _follow(self, event: SpeechEvent) -> Iterator[Heard]:
        utterance = self._listener.utterance
        self.started += isinstance(event, SpeechStarted)
        self.confirmed += isinstance(event, SpeechConfirmed)
        if isinstance(event, SpeechStarted) and utterance:
            self._first = (
                event.at + self._window - utterance.length
            )  # one window has been added to the pre-roll
        if isinstance(event, UtteranceEnded) and utterance:
            yield self._heard(event, utterance)

    def _heard(self, event: UtteranceEnded, utterance: Utterance) -> Heard:
        first, start, end = (sample / CAPTURE_RATE for sample in (self._first, event.start, event.end))
        return Heard(first, start, end, *utterance.speech(), utterance.last(30.0))


def understand(engine: SpeechToText, sound: Samples) -> Transcript:
    """What the recogniser makes of an utterance."""
    for start in range(0, len(sound), BLOCK):
        engine.accept(0, sound[start : start + BLOCK], Never())
    return engine.finish(0, Never())


def judged(heard: Heard, transcript: Transcript) -> Refusal | None:
    """What the ghosts' judge makes of a transcript."""
    return refuse(transcript, heard.speech_s, heard.voice)


def apologised_for(heard: Heard) -> bool:
    """Whether a refusal of this would be heard: “I did not understand”."""
    return heard.speech_s >= CLEAR_SPEECH_S and heard.voice >= CLEAR_VOICE


def room(seconds: float, level_dbfs: float, seed: int) -> Samples:
    """The sound of nobody."""
    chance = np.random.default_rng(seed)
    return chance.normal(0.0, 10 ** (level_dbfs / 20), round(seconds * CAPTURE_RATE)).astype(np.float32)
