"""When the box listens: always, but for when it is muted or would take itself for somebody. And how well."""

from collections.abc import Iterator

from appliance.core.audio import CAPTURE_RATE, AudioFrame
from appliance.core.interfaces import AudioPort
from appliance.pipeline.listen import Listener, ListenSettings
from appliance.pipeline.sound_check import SoundCheck, SoundFault
from appliance.turns.events import SpeechEvent
from appliance.turns.machine import AUDIBLE, State


class Ears:
    """A listener, and the moment until which it must not listen."""

    def __init__(self, port: AudioPort, listener: Listener, settings: ListenSettings) -> None:
        self.listener = listener
        self._check = SoundCheck()
        self._port = port
        self._barge_in = settings.barge_in
        self._tail = settings.tail_ms * CAPTURE_RATE // 1000
        self._deaf_until = 0
        self._voiced = 0
        """`Listener.voiced_end` when it was last looked at."""
        self.position = 0
        """Where the last frame ended."""

    @property
    def faults(self) -> tuple[SoundFault, ...]:
        """What is wrong with the sound of the microphone."""
        return self._check.findings

    def deafen(self, seconds: float) -> None:
        """Do not listen for so long: something will be heard of which the conversation knows nothing."""
        self._deaf_until = self.position + round(seconds * CAPTURE_RATE) + self._tail

    def listen(self, frame: AudioFrame, state: State) -> Iterator[SpeechEvent]:
        """Speech events in `frame`; none while the box may not listen, and nothing is kept then."""
        self.position = frame.end
        if state is not State.MUTED and not self._port.deaf:
            self._check.feed(frame)
        if state in AUDIBLE and (self._port.half_duplex or not self._barge_in):
            self._deaf_until = frame.end + self._tail
        if state is State.MUTED or frame.start < self._deaf_until:
            self.listener.reset()
            return
        for event in self.listener.feed(frame, guarded=state in AUDIBLE):
            self._stamp()
            yield event
        self._stamp()

    def _stamp(self) -> None:
        """Note when sound that is a voice has come."""
        utterance, voiced = self.listener.utterance, self.listener.voiced_end
        if utterance and voiced != self._voiced:
            self._voiced, utterance.moments["arrived"] = voiced, self._port.now()
