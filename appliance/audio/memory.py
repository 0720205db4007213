"""The memory that the audio process and the main process share: what lies where, and who writes it."""

import mmap
import threading
from typing import Final

import numpy as np

from appliance.audio.desk import TEXT, Desk
from appliance.audio.device import Way
from appliance.core.audio import CAPTURE_RATE, PERIOD_MS, Samples
from appliance.core.gate import OPEN

PLAYBACK_RATE: Final = 48_000
"""Hz of the playback ring, whatever the device wants: converted once, in the audio process."""
CAPTURE_CAPACITY: Final = 4 * CAPTURE_RATE
"""Samples of the capture ring: 4 s at 16 kHz, whole periods."""
PLAYBACK_CAPACITY: Final = PLAYBACK_RATE * 3 // 2
"""Samples of the playback ring: 1.5 s at 48 kHz, whole periods."""
PLAYBACK_PERIOD: Final = PLAYBACK_RATE * PERIOD_MS // 1000
"""Samples per period of playback."""
REFERENCE_PERIODS: Final = 400
"""Periods of the reference ring: 4 s, for a reader that lags as far behind as the capture ring allows."""
LOG: Final = 64
"""Entries of each log of time stamps: 640 ms, many times the buffer of any device we would accept."""

# The words of the header: eight bytes each, each with one writer, so that a plain store publishes it.
# Written by the capture callback:
CAPTURE_WRITTEN: Final = 0
"""Samples: one past the last captured sample, at 16 kHz since the port opened."""
CAPTURE_BASE: Final = 1
"""Samples: nothing before this index can be read; it follows jumps of the index."""
CAPTURE_LOGGED: Final = 2
"""Entries written to the capture log so far."""
OVERRUNS: Final = 3
"""Stretches of sound that the device lost before we saw them."""
LOST: Final = 4
"""Samples of silence, at 16 kHz, put in the place of those stretches."""
# Written by the playback callback:
PLAYBACK_READ: Final = 8
"""Samples: one past the last taken from the playback ring or dropped from it, at 48 kHz."""
PLAYBACK_LOGGED: Final = 9
"""Entries written to the playback log so far."""
PLAYBACK_PERIODS: Final = 10
"""Callbacks so far: with CAPTURE_WRITTEN, the pulse that the bridge feels for. Times the samples of a
period, it is the index of what the device is given, silence included: the clock of the reference."""
UNDERRUNS: Final = 11
"""Holes in what was played."""
# Written by the main thread of each audio process, the microphone's and the loudspeaker's (see `Desk`):
_DESKS: Final = {Way.IN: 16, Way.OUT: 20}
# Written by the main process:
PLAYBACK_WRITTEN: Final = 24
"""Samples: one past the last queued, at 48 kHz since the port opened."""
PLAYBACK_FLUSH: Final = 25
"""Samples: everything before this index that has not been taken is dropped."""
GAIN: Final = 26
"""A real number: what to scale the sound by, from the next period on."""
BATCH: Final = 27
"""Periods of captured sound that are handed over at once."""
PLAYBACK_HOLD: Final = 28
"""Samples of all that was played, as `Heard.samples` counts them: nothing from this one on leaves."""
EPOCH: Final = 29
"""A real number: the moment of sample 0 where time began without a microphone; 0.0: it begins with the first one."""

PROMPT: Final = 2
"""Periods per batch while somebody may be waiting. The processor goes cold between periods, so that the
first conversion costs 50 µs and a second right behind it 6; and waking the main process costs more."""
RELAXED: Final = 8
"""Periods per batch while nobody speaks: 80 ms late is soon enough to notice that somebody begins."""

_HEADER: Final = 64 * 8
_STAMP: Final = 2 * 8
_PLAYED: Final = 4 * 8
_GIVEN: Final = 2 * 8
_CAPTURE_LOG: Final = _HEADER
_PLAYBACK_LOG: Final = _CAPTURE_LOG + LOG * _STAMP
_TEXT: Final = _PLAYBACK_LOG + LOG * _PLAYED
_CAPTURE: Final = _TEXT + 6 * TEXT
_WIRED: Final = _CAPTURE + CAPTURE_CAPACITY * 4
_PLAYBACK: Final = _WIRED + CAPTURE_CAPACITY * 4
_REFERENCE: Final = _PLAYBACK + PLAYBACK_CAPACITY * 4
_REFERENCE_LOG: Final = _REFERENCE + REFERENCE_PERIODS * PLAYBACK_PERIOD * 4
SIZE: Final = _REFERENCE_LOG + REFERENCE_PERIODS * _GIVEN
"""Bytes of the whole."""


class AudioMemory:
    """Views on the shared memory. Fresh memory is all zeros; call `clear` once before using it."""

    def __init__(self, memory: mmap.mmap) -> None:
        view = memoryview(memory)
        self.whole = view[:_HEADER].cast("Q")
        """The header as whole numbers."""
        self.real = view[:_HEADER].cast("d")
        """The same words as real numbers."""
        self.capture_log = view[_CAPTURE_LOG:_PLAYBACK_LOG].cast("d")
        """Pairs: index of a sample, its moment (s on CLOCK_MONOTONIC)."""
        self.playback_log = view[_PLAYBACK_LOG:_TEXT].cast("d")
        """Fours: moment of a period's first sample, samples played before it, samples of sound in it,
        moment at which this stretch of sound began."""
        self.reference_log = view[_REFERENCE_LOG:SIZE].cast("d")
        """Pairs, one per place in the reference ring: moment of a period's first sample, and one more than
        the number of the period whose sound lies there (0: none, that period was silent)."""
        self.capture: Samples = np.frombuffer(view[_CAPTURE:_WIRED], np.float32)
        """The capture ring, 16 kHz mono."""
        self.wired: Samples = np.frombuffer(view[_WIRED:_PLAYBACK], np.float32)
        """The microphone's own reference channel, sample by sample beside the capture ring."""
        self.playback: Samples = np.frombuffer(view[_PLAYBACK:_REFERENCE], np.float32)
        """The playback ring, 48 kHz mono."""
        self.reference: Samples = np.frombuffer(view[_REFERENCE:_REFERENCE_LOG], np.float32)
        """What the device was really given, 48 kHz mono, period by period."""
        texts = [view[at : at + TEXT] for at in range(_TEXT, _CAPTURE, TEXT)]
        self.desks = {
            Way.IN: Desk(self.whole, _DESKS[Way.IN], texts[:3]),
            Way.OUT: Desk(self.whole, _DESKS[Way.OUT], texts[3:]),
        }
        """Where the audio processes say how they are."""

    def clear(self) -> None:
        """What the main process does once, before anybody else looks."""
        self.real[GAIN] = 1.0
        self.whole[BATCH] = PROMPT
        self.whole[PLAYBACK_HOLD] = OPEN


def anonymous() -> AudioMemory:
    """Memory that nobody else sees, for tests and for ports without a process."""
    memory = AudioMemory(mmap.mmap(-1, SIZE))
    memory.clear()
    return memory


class Fence:
    """Keeps stores before `order` before those after it, as other cores see them.

    Weakly ordered processors (arm64) may publish an index before the samples it promises. Python
    has no barrier of its own, but giving back a lock orders what came before and taking it orders
    what follows; uncontended, both together cost a tenth of a microsecond.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def order(self) -> None:
        """Order everything before against everything after."""
        self._lock.release()
        self._lock.acquire()
