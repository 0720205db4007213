"""Listening: frames in, speech events out, and the sound of an utterance kept from its very start."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Annotated

import numpy as np
from annotated_types import Interval

from appliance.core.audio import CAPTURE_RATE, AudioFrame, EchoTracks, Samples
from appliance.core.interfaces import VoiceActivityDetector
from appliance.pipeline.conditioner import Conditioner
from appliance.pipeline.echo_gate import EchoGate, EchoGateSettings
from appliance.pipeline.residue import Residue
from appliance.turns.endpoint import Endpointer, EndpointSettings
from appliance.turns.events import SpeechDropped, SpeechEvent, SpeechStarted, UtteranceEnded

CAPACITY = 30 * CAPTURE_RATE
"""Samples of one utterance; the endpointer ends it earlier, what lies beyond is dropped."""

VOICED = 0.35
"""Probability from which a window holds speech, for statistics; Silero's own lower threshold."""

_numbers = count(1)
"""Engines are shared by all sessions, so utterances are numbered across them."""


@dataclass(frozen=True, slots=True)
class ListenSettings:
    """What is kept of the time before somebody is noticed, and when the box can be interrupted."""

    preroll_ms: Annotated[int, Interval(ge=500, le=2000)] = 500
    """ms of sound before the first voiced window that belong to the utterance: soft first phonemes."""
    barge_in: bool = True
    """Whether speech is heard while the box speaks."""
    tail_ms: Annotated[int, Interval(ge=0, le=2000)] = 300
    """ms after it has spoken in which the box does not listen either, where it cannot be interrupted: what is in
    the device's buffers (35 ms measured) and in the room (half of a reverberation of 0.6 s)."""


class Utterance:
    """The sound of one utterance while it grows, from its pre-roll to the endpoint."""

    def __init__(self, preroll: list[Samples]) -> None:
        self.number = next(_numbers)
        self.length = 0
        self.ended = False
        self.resumed = 0
        """Pauses in which its speaker seemed done, and went on."""
        self.speech_start = 0
        self.speech_end = 0
        self.moments: dict[str, float] = {}
        """Seconds of the audio clock at which this and that happened to it, by the names of stamps. Set by others."""
        self._sound = np.empty(CAPACITY, np.float32)
        self._probabilities: list[float] = []
        self._window_s = 0.0
        self._grown = asyncio.Event()
        for block in preroll:
            self._append(block)

    def extend(self, block: Samples, speech_probability: float) -> None:
        """Add the next window."""
        self._append(block)
        self._probabilities.append(speech_probability)
        self._window_s = len(block) / CAPTURE_RATE
        self._grown.set()

    def end(self, speech_start: int, speech_end: int) -> None:
        """Nothing more will come. The arguments are samples on the audio clock."""
        self.speech_start, self.speech_end = speech_start, speech_end
        self.ended = True
        self._grown.set()

    def last(self, seconds: float) -> Samples:
        """The newest sound, at most so much of it."""
        return self._sound[max(0, self.length - round(seconds * CAPTURE_RATE)) : self.length].copy()

    async def beyond(self, position: int, at_least: int) -> Samples:
        """What lies beyond `position` (samples), once that is `at_least` samples or all there will be."""
        while self.length - position < at_least and not self.ended:
            self._grown.clear()
            await self._grown.wait()
        return self._sound[position : self.length].copy()

    def speech(self) -> tuple[float, float]:
        """Seconds of speech without its pauses, and the mean probability of speech over them."""
        voiced = [p for p in self._probabilities if p >= VOICED]
        return len(voiced) * self._window_s, float(np.mean(voiced)) if voiced else 0.0

    def _append(self, block: Samples) -> None:
        block = block[: CAPACITY - self.length]
        self._sound[self.length : self.length + len(block)] = block
        self.length += len(block)


class _Window:
    """The window of the detector that is being filled: the sound, and the tracks beside it."""

    def __init__(self, length: int) -> None:
        self._tracks = np.zeros((4, length), np.float32)
        self._filled = 0
        self.end = 0
        """Sample on the audio clock up to which sound has been taken."""

    def empty(self) -> None:
        """Begin again: what comes does not continue what is there."""
        self._filled = 0

    def fill(self, frame: AudioFrame) -> Iterator[tuple[int, Samples, EchoTracks]]:
        """Take a frame; yield every window that becomes full: where it ends, its sound, its other tracks."""
        sound, echo = frame.samples, frame.echo
        beside = (echo.guard, echo.microphone, echo.reference) if echo else (sound, sound, None)
        self.end, taken, length = frame.end, 0, self._tracks.shape[1]
        while taken < len(sound):
            count = min(length - self._filled, len(sound) - taken)
            for row, track in zip(self._tracks, (sound, *beside), strict=True):
                part = 0.0 if track is None else track[taken : taken + count]
                row[self._filled : self._filled + count] = part
            self._filled += count
            taken += count
            if self._filled == length:
                self._filled = 0
                samples, guard, microphone, reference = self._tracks.copy()
                yield frame.start + taken, samples, EchoTracks(guard, microphone, reference)


def _silent(frame: AudioFrame) -> AudioFrame:
    """In the place of a frame of samples that are no numbers: they would spread through every filter and network."""
    return replace(frame, samples=np.zeros_like(frame.samples), echo=None)


class Listener:
    """One microphone's ear: detector, endpointer, pre-roll."""

    def __init__(
        self,
        vad: VoiceActivityDetector,
        endpoint: EndpointSettings,
        settings: ListenSettings,
        conditioner: Conditioner | None = None,
        guard: Callable[[], VoiceActivityDetector] | None = None,
    ) -> None:
        """Listen.

        Args:
            vad: what is speech.
            endpoint: where utterances begin and end.
            settings: what is kept.
            conditioner: corrects microphones that are not as they should be.
            guard: makes a second detector, for ports whose echo is removed by software.
        """
        self._vad = vad
        self._guard = guard
        self._gate: EchoGate | None = None
        self._conditioner = conditioner
        self._endpointer = Endpointer(endpoint, vad.window)
        self._window = _Window(vad.window)
        self._residue = Residue(vad.window / CAPTURE_RATE)
        windows = -(-settings.preroll_ms * CAPTURE_RATE // (1000 * vad.window))
        self._recent: deque[Samples] = deque(maxlen=windows)
        self.utterance: Utterance | None = None
        """What is being heard; replaced when the next utterance begins."""

    def feed(self, frame: AudioFrame, *, guarded: bool) -> Iterator[SpeechEvent]:
        """Take the next frame (16 kHz mono, any length); yield events as they happen.

        While an event is being handled, `utterance` is the one that it is about.

        Args:
            frame: a jump of its `start` means lost sound; hearing goes on behind the gap.
            guarded: the box itself is being heard; speech must be clearer.
        """
        frame = frame if np.isfinite(frame.samples).all() else _silent(frame)
        frame = self._conditioner.process(frame, guarded=guarded) if self._conditioner else frame
        if frame.echo and self._guard and not self._gate:
            self._gate = EchoGate(self._vad, self._guard(), EchoGateSettings())
        if frame.start != self._window.end or (frame.echo and frame.echo.begun):
            self._window.empty()
            self._forget_sound()
        for end, samples, echo in self._window.fill(frame):
            probability = (
                self._gate.probability(samples, echo) if self._gate else self._vad.probability(samples)
            )
            yield from self._hear(samples, probability, end, guarded=guarded)

    @property
    def onset(self) -> int:
        """Sample at which the speech that is being heard began."""
        return self._endpointer.onset

    @property
    def voiced_end(self) -> int:
        """Sample at which its last voiced window so far ended."""
        return self._endpointer.voiced_end

    @property
    def silence_ms(self) -> float:
        """ms since the last voiced window."""
        return self._endpointer.silence_ms

    def release(self, silence_ms: float) -> None:
        """Let the present pause end the utterance after so much silence."""
        self._endpointer.release(silence_ms)

    def reset(self) -> None:
        """Drop what is being heard."""
        self.utterance = None
        self._recent.clear()
        self._endpointer.reset()

    def _forget_sound(self) -> None:
        """What the detectors hear next does not continue what they heard."""
        if self._gate:
            self._gate.reset()
        else:
            self._vad.reset()

    def _hear(self, sound: Samples, probability: float, end: int, *, guarded: bool) -> Iterator[SpeechEvent]:
        follows_level = guarded and not self._gate
        if follows_level and not self._residue.believes(sound):
            probability = 0.0
        events = self._endpointer.feed(probability, end, guarded=guarded)
        if events and isinstance(events[0], SpeechStarted):
            self._residue.begin(sound)
            self.utterance = Utterance(list(self._recent))
        self._recent.append(sound)
        if self.utterance and not self.utterance.ended:
            self.utterance.extend(sound, probability)
        for event in events:
            if isinstance(event, UtteranceEnded) and self.utterance:
                self.utterance.end(event.start, event.end)
            elif isinstance(event, SpeechDropped):
                self.utterance = None
                if follows_level:
                    self._residue.learn()
            yield event
