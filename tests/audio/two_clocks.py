"""A loudspeaker and a microphone with clocks of their own, heard through air that adds nothing: no time passes."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from appliance.audio.device import Format
from appliance.audio.memory import PLAYBACK_PERIOD, PLAYBACK_RATE, AudioMemory, anonymous
from appliance.audio.playback import Playback
from appliance.audio.ring import CaptureReader, CaptureWriter, PlaybackWriter
from appliance.core.audio import CAPTURE_RATE, PERIOD, AudioFrame, Samples

START_S = 500.0
"""Where CLOCK_MONOTONIC stands when it begins."""
LEAD_S = 0.035
"""From the playback callback to the air."""


@dataclass
class TwoClocks:
    """Runs both callbacks period by period, in true time, and reads what arrives."""

    loudspeaker_ppm: float = 0.0
    """How much too fast its clock runs."""
    microphone_ppm: float = 0.0
    """How much too fast its clock runs."""
    stamp: Callable[[float], float] = lambda moment: moment
    """What becomes of a true moment in a stamp."""
    memory: AudioMemory = field(default_factory=anonymous)

    def __post_init__(self) -> None:
        self.playback = Playback(self.memory, Format(PLAYBACK_RATE, 1))
        self.capture = CaptureWriter(self.memory)
        self.reader = CaptureReader(self.memory)
        self.given = 0
        """Periods the loudspeaker has taken."""
        self.taken = 0
        """Periods the microphone has given."""
        self.late_s = 0.0
        """By how much the loudspeaker is late: it ran dry, or was closed."""
        self.writer = PlaybackWriter(self.memory)
        self._speech: deque[Samples] = deque()
        self._played: list[Samples] = []

    def frames(self, seconds: float, speech: Samples | None = None) -> Iterator[AudioFrame]:
        """Let time pass, while `speech` (48 kHz) is queued for the loudspeaker; yield what is captured."""
        if speech is not None:
            self._speech.append(speech)
        end = self.taken + round(seconds * 100)
        while self.taken < end:
            while self.leaves(self.given * PLAYBACK_PERIOD) - LEAD_S <= self.captured(
                self.taken * PERIOD + PERIOD
            ):
                self._play()
            moment = self.stamp(self.captured(self.taken * PERIOD))
            self.capture.write(np.zeros(PERIOD, np.float32), moment)
            self.taken += 1
            if frame := self.reader.read(1600, PERIOD):
                yield frame

    def leaves(self, sample: float) -> float:
        """The true moment at which a sample leaves the loudspeaker."""
        return START_S + self.late_s + sample / PLAYBACK_RATE / (1 + self.loudspeaker_ppm * 1e-6)

    def captured(self, sample: float) -> float:
        """The true moment at which a sample is captured."""
        return START_S + sample / CAPTURE_RATE / (1 + self.microphone_ppm * 1e-6)

    def reopen(self, after_s: float) -> None:
        """Both devices go, and come back after so many seconds."""
        self.taken += round(after_s * 100)
        self.late_s += after_s
        self.capture = CaptureWriter(self.memory)
        self.capture.resume(self.captured(self.taken * PERIOD))
        self.playback = Playback(self.memory, Format(PLAYBACK_RATE, 1))

    def heard(self, frame: AudioFrame) -> Samples:
        """What the microphone hears in a frame, by the textbook: an ideal low-pass at 7.2 kHz, slowly."""
        played = np.concatenate(self._played)
        moments = np.array([self.captured(sample) for sample in range(frame.start, frame.end)])
        places = (moments - self.leaves(0)) * PLAYBACK_RATE * (1 + self.loudspeaker_ppm * 1e-6)
        seen = np.floor(places).astype(int)[:, None] + np.arange(-150, 151)[None, :]
        distance = seen - places[:, None]
        kernel = 0.3 * np.sinc(0.3 * distance) * np.cos(np.pi * distance / 303) ** 2
        sound = np.where((seen >= 0) & (seen < len(played)), played[np.clip(seen, 0, len(played) - 1)], 0)
        return np.asarray((sound * kernel).sum(axis=1), np.float32)

    def _play(self) -> None:
        while self._speech and self.writer.free >= PLAYBACK_PERIOD:
            speech = self._speech.popleft()
            self.writer.write(speech[:PLAYBACK_PERIOD])
            if len(speech) > PLAYBACK_PERIOD:
                self._speech.appendleft(speech[PLAYBACK_PERIOD:])
        out = np.zeros(PLAYBACK_PERIOD, np.float32)
        moment = self.stamp(self.leaves(self.given * PLAYBACK_PERIOD))
        self.playback.period(out.data.cast("B"), moment, starved=False)
        self._played.append(out)
        self.given += 1
