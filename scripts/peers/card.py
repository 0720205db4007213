"""The judge's sound card: a clock, a microphone that plays recordings, a loudspeaker that records.

It runs in the judge's own process and knows no pipeline. What counts as played is what it has played, period by
period, by its own clock; a pipeline that gives its sound late is heard late.
"""

import contextlib
import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from scripts.peers.wire import (
    DROP,
    HANG_UP,
    HEAD,
    HELLO,
    MIC_RATE,
    MICROPHONE,
    NOTE,
    PERIOD_S,
    PLAY,
    READY,
    TAKEN,
)

Sound = NDArray[np.int16]

POLL_S: Final = 0.1
"""s between two looks at a pipeline that is not ready yet."""

MIC_PERIOD: Final = round(MIC_RATE * PERIOD_S)
"""Samples."""


AUDIBLE: Final = round(32768 * 10 ** (-50 / 20))
"""−50 dBFS, some 30 dB below the level of speech. What is fainter is not heard in a room."""


class GoneError(Exception):
    """The pipeline is not there any more."""


class Card:
    """Owns the socket, the clock, and both recordings. One pipeline at a time, one conversation per card."""

    def __init__(self, path: Path) -> None:
        self.rate = 0
        """Hz of the loudspeaker; the pipeline says it."""
        self.about: dict[str, Any] = {}
        """What the pipeline says of itself."""
        self.notes: list[dict[str, Any]] = []
        """What it noted for the report."""
        self._path = path
        self._lock = threading.Lock()
        self._ready, self._gone = threading.Event(), threading.Event()
        self._says: list[tuple[int, Sound]] = []
        self._microphone: list[Sound] = []
        self._loudspeaker: list[Sound] = []
        self._queue: deque[bytes] = deque()
        self._taken = 0
        self._sounded = -1e9
        self._line: socket.socket | None = None
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        self._socket.listen(1)

    def wait_for_pipeline(self, limit_s: float, alive: Callable[[], bool] = lambda: True) -> bool:
        """Let it plug in, and wait until it is ready; then the clock starts.

        Args:
            limit_s: s in which it must be.
            alive: whether its program still runs.

        Returns:
            Whether it was ready in time.
        """
        end = time.monotonic() + limit_s
        self._socket.settimeout(POLL_S)
        while not self._ready.is_set():
            if self._gone.is_set() or not alive() or time.monotonic() > end:
                return False
            if self._line is None:
                self._accept()
            else:
                self._ready.wait(POLL_S)
        self._opened = time.monotonic()
        threading.Thread(target=self._run, daemon=True).start()
        return True

    @property
    def now(self) -> float:
        """s since the clock started, in whole periods that have been played."""
        return len(self._loudspeaker) * PERIOD_S

    def say(self, samples: Sound) -> float:
        """Speak into the microphone from the next period on. Returns the second of its first sample."""
        with self._lock:
            first = len(self._microphone)
            self._says.append((first * MIC_PERIOD, samples))
        return first * PERIOD_S

    def wait(self, seconds: float) -> None:
        """Let time pass.

        Raises:
            GoneError: the pipeline has left.
        """
        if self._gone.wait(seconds):
            raise GoneError

    def silent_s(self) -> float:
        """s since something was heard from the loudspeaker."""
        return max(0.0, self.now - self._sounded)

    def played(self) -> Sound:
        """All that the loudspeaker has played since the clock started."""
        return np.concatenate([np.empty(0, np.int16), *self._loudspeaker])

    def heard(self) -> Sound:
        """All that the microphone has given since."""
        return np.concatenate([np.empty(0, np.int16), *self._microphone])

    def hang_up(self) -> None:
        """Send the pipeline home."""
        with contextlib.suppress(OSError):
            self._send(HANG_UP, b"")
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """End the clock."""
        self._gone.set()
        if self._line:
            self._line.close()

    def _accept(self) -> None:
        with contextlib.suppress(TimeoutError):
            self._line, _ = self._socket.accept()
            self._line.settimeout(None)
            threading.Thread(target=self._listen, daemon=True).start()

    def _run(self) -> None:
        """Beat. A beat that comes late is made up for at once, as by a card, whose clock never waits."""
        number = 0
        while not self._gone.is_set():
            number += 1
            time.sleep(max(0.0, self._opened + number * PERIOD_S - time.monotonic()))
            try:
                self._send(MICROPHONE, self._beat())
            except OSError:
                self._gone.set()

    def _beat(self) -> bytes:
        with self._lock:
            sound = self._spoken(len(self._microphone) * MIC_PERIOD)
            self._microphone.append(sound)
            self._loudspeaker.append(self._take(round(self.rate * PERIOD_S)))
            if np.abs(self._loudspeaker[-1]).max() > AUDIBLE:
                self._sounded = self.now
            return TAKEN.pack(self._taken) + sound.tobytes()

    def _spoken(self, position: int) -> Sound:
        """What is said in the period at `position` (samples); one word at a time, nobody says two things at once."""
        period = np.zeros(MIC_PERIOD, np.int16)
        for start, samples in self._says:
            first, last = max(position, start), min(position + MIC_PERIOD, start + len(samples))
            if first < last:
                period[first - position : last - position] = samples[first - start : last - start]
        return period

    def _take(self, samples: int) -> Sound:
        """The next period for the loudspeaker: what is there, then silence."""
        wanted, blocks = 2 * samples, []
        while self._queue and wanted:
            block = self._queue.popleft()
            if len(block) > wanted:
                self._queue.appendleft(block[wanted:])
            blocks.append(block[:wanted])
            wanted -= len(blocks[-1])
        self._taken += 2 * samples - wanted
        return np.frombuffer(b"".join(blocks) + bytes(wanted), np.int16)

    def _listen(self) -> None:
        with contextlib.suppress(OSError, EOFError):
            while True:
                kind, size = HEAD.unpack(self._receive(HEAD.size))
                self._understand(kind, self._receive(size))
        self._gone.set()

    def _understand(self, kind: bytes, body: bytes) -> None:
        match kind:
            case _ if kind == HELLO:
                self.rate = json.loads(body)["rate"]
            case _ if kind == READY:
                self.about = json.loads(body)
                self._ready.set()
            case _ if kind == NOTE:
                self.notes.append({"s": round(self.now, 2)} | json.loads(body))
            case _ if kind == PLAY:
                with self._lock:
                    self._queue.append(body)
            case _ if kind == DROP:
                with self._lock:
                    self._taken += sum(map(len, self._queue))
                    self._queue.clear()

    def _receive(self, size: int) -> bytes:
        body = bytearray()
        while len(body) < size:
            part = self._line.recv(size - len(body)) if self._line else b""
            if not part:
                raise EOFError
            body += part
        return bytes(body)

    def _send(self, kind: bytes, body: bytes) -> None:
        if self._line:
            self._line.sendall(HEAD.pack(kind, len(body)) + body)
