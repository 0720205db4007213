"""What has been sent to a loudspeaker far away, and what of it has been heard there."""

from collections import deque
from dataclasses import dataclass

from appliance.core.audio import Samples


@dataclass(frozen=True, slots=True)
class _Sent:
    """A stretch of sound on its way."""

    moment: float
    start: int
    count: int


class Journey:
    """Owns the count of heard samples. Sound is heard a delay after it was sent."""

    def __init__(self, rate: int, delay_s: float) -> None:
        self.delay_s = delay_s
        """From here to the loudspeaker."""
        self.heard = 0
        """Samples, of all that was ever played."""
        self.started = 0.0
        """When the first sample after the last idle moment was heard."""
        self.ended = 0.0
        """When the last sample that was heard had been."""
        self.onset = 0
        """Which sample that was, or will be."""
        self._rate = rate
        self._sent: deque[_Sent] = deque()

    def send(self, moment: float, start: int, count: int) -> None:
        """So many samples from `start` on leave here at `moment`."""
        if count:
            self._sent.append(_Sent(moment, start, count))

    def follow(self, moment: float) -> int:
        """Count what had been heard at `moment`, if everything sent before arrived."""
        while self._sent:
            sent = self._sent[0]
            began = sent.moment + self.delay_s
            count = min(int((moment - began) * self._rate + 1e-3), sent.count) if moment > began else 0
            if count and sent.start <= self.onset < sent.start + count:
                self.started = began + (self.onset - sent.start) / self._rate
            if sent.start + count > self.heard:
                self.heard, self.ended = sent.start + count, began + count / self._rate
            if count < sent.count:
                break
            self._sent.popleft()
        return self.heard

    def abandon(self) -> None:
        """What is on its way will not be heard."""
        self._sent.clear()


class Tape:
    """Sound by its place: appended at the end, kept from `base` on."""

    def __init__(self) -> None:
        self.base = self.end = 0
        self._blocks: deque[Samples] = deque()

    def append(self, samples: Samples) -> None:
        """Put sound behind what there is."""
        self._blocks.append(samples)
        self.end += len(samples)

    def read(self, start: int, out: Samples) -> int:
        """Copy what lies from `start` on. Returns how many samples there were."""
        place, filled = self.base, 0
        for block in self._blocks:
            skip = start + filled - place
            if skip < len(block):
                part = block[skip : skip + len(out) - filled]
                out[filled : filled + len(part)] = part
                filled += len(part)
            if filled == len(out):
                break
            place += len(block)
        return filled

    def forget(self, before: int) -> None:
        """Whole blocks that lie before a place are needed no more."""
        while self._blocks and self.base + len(self._blocks[0]) <= before:
            self.base += len(self._blocks.popleft())

    def cut(self, at: int) -> None:
        """Throw everything away. What is appended next is at `at`."""
        self._blocks.clear()
        self.base = self.end = at

    def renumber(self, base: int) -> None:
        """What is kept begins at `base` from now on."""
        self.base, self.end = base, base + self.end - self.base
