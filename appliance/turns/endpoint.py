"""Where utterances begin and end: probabilities of speech in, events out, counted in samples.

    quiet ──speech──▶ candidate ──enough──▶ speech ◀──speech── pause ──silence──▶ quiet
      ▲                   │                    └────silence──────▲
      └─────silence───────┘

Two thresholds (hysteresis) keep a voice that trails off from flickering. Speech is confirmed by
the amount of clearly voiced sound, not by time since it began: two knocks 150 ms apart are not
a word. While the box itself is heard the bar is higher (`guarded`), because echo and backchannel
arrive then.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from annotated_types import Interval

from appliance.core.audio import CAPTURE_RATE
from appliance.turns.events import (
    SpeechConfirmed,
    SpeechDropped,
    SpeechEvent,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    UtteranceEnded,
)


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """When speech counts, and when it is over."""

    speech_threshold: Annotated[float, Interval(ge=0.05, le=0.99)] = 0.5
    """Probability from which a window is speech (Silero's own default)."""
    silence_threshold: Annotated[float, Interval(ge=0.01, le=0.95)] = 0.35
    """Probability below which a window is silence (Silero's default: 0.15 below speech)."""
    confirm_ms: Annotated[int, Interval(ge=32, le=1000)] = 96
    """ms of speech that make it certain while the box is quiet; “no” and “yes” have 150 and more."""
    guarded_threshold: Annotated[float, Interval(ge=0.05, le=0.99)] = 0.7
    """As `speech_threshold`, while the box is heard."""
    guarded_confirm_ms: Annotated[int, Interval(ge=32, le=1000)] = 192
    """As `confirm_ms`, while the box is heard. Peers need 200 to 640 ms here."""
    drop_ms: Annotated[int, Interval(ge=64, le=2000)] = 192
    """ms of silence after which unconfirmed speech was nothing."""
    pause_ms: Annotated[int, Interval(ge=32, le=2000)] = 96
    """ms of silence that make a pause: when the turn end model hears best (scripts/evaluate_turn_end.py). Of 96
    recorded orders 8 go on after such a pause, and 4 after one of 192."""
    end_ms: Annotated[int, Interval(ge=96, le=5000)] = 416
    """ms of silence that end the utterance when nobody knows better (`Endpointer.release`): two windows above
    the shortest that cut none of 96 recorded orders, in quiet or in a kitchen (scripts/evaluate_endpoint.py).
    Who goes on before the answer is heard is not cut off: what they say is added to the question."""
    longest_s: Annotated[float, Interval(ge=2, le=29)] = 25.0
    """s after which an utterance is cut: whisper.cpp reads 30 s at most, pre-roll included."""


class Phase(StrEnum):
    """Where the endpointer stands; see the drawing above."""

    QUIET = "quiet"
    CANDIDATE = "candidate"
    SPEECH = "speech"
    PAUSE = "pause"


class Endpointer:
    """Follows one microphone. Feed it every window in order."""

    def __init__(self, settings: EndpointSettings, window: int) -> None:
        self._settings = settings
        self._window = window
        self.phase = Phase.QUIET
        self._start = 0
        self._now = 0
        self._voiced_end = 0
        self._voiced = 0
        self._end_ms: float = settings.end_ms

    def reset(self) -> None:
        """Forget what was being heard."""
        self.phase = Phase.QUIET

    @property
    def onset(self) -> int:
        """Sample where the speech that is being heard began."""
        return self._start

    @property
    def voiced_end(self) -> int:
        """Sample at which its last voiced window so far ended."""
        return self._voiced_end

    @property
    def silence_ms(self) -> float:
        """ms since the last voiced window."""
        return (self._now - self._voiced_end) * 1000 / CAPTURE_RATE

    def release(self, silence_ms: float) -> None:
        """Let the present pause end the utterance after so much silence. Forgotten when speech resumes."""
        self._end_ms = silence_ms

    def feed(self, probability: float, end: int, *, guarded: bool) -> list[SpeechEvent]:
        """Take the next window.

        Args:
            probability: of speech in the window.
            end: sample at which the window ends, on the audio clock.
            guarded: the box itself is being heard.
        """
        s, self._now = self._settings, end
        speech = probability >= (s.guarded_threshold if guarded else s.speech_threshold)
        needed_ms = s.guarded_confirm_ms if guarded else s.confirm_ms
        match self.phase:
            case Phase.QUIET:
                return self._begin(end, needed_ms) if speech else []
            case Phase.CANDIDATE:
                return self._weigh(end, needed_ms, speech=speech)
            case _:
                return self._follow(probability, end, speech=speech)

    def _begin(self, end: int, needed_ms: int) -> list[SpeechEvent]:
        self.phase = Phase.CANDIDATE
        self._start, self._voiced_end, self._voiced = end - self._window, end, self._window
        self._end_ms = self._settings.end_ms
        return [SpeechStarted(self._start), *self._confirm(needed_ms)]

    def _weigh(self, end: int, needed_ms: int, *, speech: bool) -> list[SpeechEvent]:
        if speech:
            self._voiced_end, self._voiced = end, self._voiced + self._window
            return self._confirm(needed_ms)
        if end - self._voiced_end < _samples(self._settings.drop_ms):
            return []
        self.phase = Phase.QUIET
        return [SpeechDropped()]

    def _confirm(self, needed_ms: int) -> list[SpeechEvent]:
        if self._voiced < _samples(needed_ms):
            return []
        self.phase = Phase.SPEECH
        return [SpeechConfirmed(self._start)]

    def _follow(self, probability: float, end: int, *, speech: bool) -> list[SpeechEvent]:
        events: list[SpeechEvent] = []
        voiced = speech or probability >= self._settings.silence_threshold
        if self.phase is Phase.PAUSE and speech:
            self.phase = Phase.SPEECH
            self._end_ms = self._settings.end_ms
            events.append(SpeechResumed())
        if self.phase is Phase.SPEECH and voiced:
            self._voiced_end = end
        silence = end - self._voiced_end
        if self.phase is Phase.SPEECH and silence >= _samples(self._settings.pause_ms):
            self.phase = Phase.PAUSE
            events.append(SpeechPaused(self._voiced_end))
        too_long = end - self._start >= self._settings.longest_s * CAPTURE_RATE
        if too_long or silence >= _samples(self._end_ms):
            self.phase = Phase.QUIET
            events.append(UtteranceEnded(self._start, self._voiced_end))
        return events


def _samples(ms: float) -> int:
    return round(ms * CAPTURE_RATE / 1000)
