"""The last seconds of sound, for reports: only where the owner has said that everybody agrees."""

from pathlib import Path
from typing import Final

import numpy as np

from appliance.core.audio import Samples

KEPT_S: Final = 30.0
"""s of sound that are kept: a question, its answer, and what came before."""


class Track:
    """Owns the last `KEPT_S` of one microphone or loudspeaker, as 16 bits; older sound is overwritten."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        """Hz."""
        self._samples = np.zeros(round(KEPT_S * rate), np.int16)
        self._place = 0
        self._full = False

    def add(self, samples: Samples) -> None:
        """Sound goes on."""
        news = np.clip(samples[-len(self._samples) :] * 32767.0, -32768, 32767).astype(np.int16)
        end = self._place + len(news)
        first = min(len(news), len(self._samples) - self._place)
        self._samples[self._place : self._place + first] = news[:first]
        self._samples[: len(news) - first] = news[first:]
        self._full = self._full or end >= len(self._samples)
        self._place = end % len(self._samples)

    def sound(self) -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
        """What is kept, oldest first."""
        older = self._samples[self._place :] if self._full else self._samples[:0]
        return np.concatenate([older, self._samples[: self._place]])


class Tape:
    """Owns the tracks of one port."""

    def __init__(self, capture_rate: int, playback_rate: int) -> None:
        self.microphone = Track(capture_rate)
        self.loudspeaker = Track(playback_rate)

    def keep(self, report: Path) -> None:
        """Put both tracks beside a report, as FLAC. A disk that refuses keeps none."""
        import soundfile

        for name, track in (("microphone", self.microphone), ("loudspeaker", self.loudspeaker)):
            path = report.with_name(f"{report.stem}-{name}.flac")
            try:
                path.touch(mode=0o600)
                soundfile.write(path, track.sound(), track.rate, subtype="PCM_16", format="FLAC")
            except (OSError, soundfile.LibsndfileError):
                path.unlink(missing_ok=True)
