"""Keeps the audio process alive, from the main process, and wakes those who wait for its sound."""

import asyncio
import contextlib
import json
import logging
import mmap
import os
import sys
from dataclasses import asdict, dataclass, replace
from typing import Final

from appliance.audio.echo_memory import Chosen
from appliance.audio.memory import (
    CAPTURE_WRITTEN,
    PLAYBACK_PERIODS,
    REFUSED,
    SIZE,
    AudioMemory,
)
from appliance.audio.presence import fingerprint
from appliance.audio.rights import Right, remedies
from appliance.audio.ring import PlaybackWriter
from appliance.audio.settings import AudioSettings

log = logging.getLogger(__name__)

BACKOFF_S: Final = (0.2, 0.5, 1.0, 2.0)
"""s between attempts to get sound back. After these, only a change of hardware or server is worth
another attempt at once, since each starts an interpreter."""
LOOK_S: Final = 2.0
"""s between two looks for such a change."""
BLIND_LOOKS: Final = 15
"""Looks without a change after which we try all the same (Bluetooth, a changed default)."""
STEADY_PULSES: Final = 40
"""Pulses that make a life a success: 10 s. One that ends earlier counts as a failed attempt."""
PULSE_S: Final = 0.25
"""s between two looks at whether the callbacks are still coming."""
FROZEN_PULSES: Final = 2
"""Looks without a callback after which the process counts as frozen: 500 ms."""
OPENING_PULSES: Final = 32
"""Looks without a first callback after which opening counts as frozen: 8 s."""
LEAVE_S: Final = 1.0
"""s the process gets to leave by itself: stopping a PortAudio stream may hang for ever."""


@dataclass(frozen=True, slots=True)
class AudioStatus:
    """How sound is, for people and health checks."""

    alive: bool
    """Both callbacks are coming."""
    line: str
    """The devices in use, or what is wrong."""
    refused: Right = Right.NONE
    """Rights that the system did not grant."""
    chosen: Chosen | None = None
    """The devices in use and what is to be done about their echo; None while there is no sound."""


STARTING: Final = AudioStatus(alive=False, line="Sound is starting")


class Bridge:
    """Owns the shared memory, which outlives every audio process, and one audio process at a time."""

    def __init__(self, settings: AudioSettings) -> None:
        self.status = STARTING
        """How sound is at this moment."""
        self._settings = json.dumps(asdict(replace(settings, folder=str(settings.state_folder()))))
        self._memory_fd = os.memfd_create("appliance-audio")
        os.ftruncate(self._memory_fd, SIZE)
        self.memory = AudioMemory(mmap.mmap(self._memory_fd, SIZE))
        """Counters in it survive restarts, and so does the index of captured sound."""
        self.memory.clear()
        self._doorbell = os.eventfd(0, os.EFD_NONBLOCK)
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start the audio process and keep it running. Returns when `status` knows how that went."""
        asyncio.get_running_loop().add_reader(self._doorbell, self._answer)
        self._task = asyncio.create_task(self._supervise(), name="audio bridge")
        while self.status is STARTING:
            await self._news.wait()

    async def close(self) -> None:
        """End the audio process for good."""
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        asyncio.get_running_loop().remove_reader(self._doorbell)
        os.close(self._doorbell)
        os.close(self._memory_fd)
        self._wake()

    async def news(self) -> bool:
        """Wait until there may be sound to fetch, room to fill, or a new status. False: closed."""
        if not self._closed:
            await self._news.wait()
        return not self._closed

    @property
    def _closed(self) -> bool:
        return self._task is not None and self._task.done()

    def _answer(self) -> None:
        os.eventfd_read(self._doorbell)
        self._wake()

    def _wake(self) -> None:
        self._news.set()  # wakes all who are waiting now,
        self._news.clear()  # and nobody who comes later

    def _report(self, status: AudioStatus) -> None:
        """Log what is new: one line per change, however often an attempt fails the same way."""
        if status.line != self.status.line:
            log.log(logging.INFO if status.alive else logging.WARNING, "%s", status.line)
        for remedy in remedies(status.refused & ~self.status.refused):
            log.warning("%s", remedy)
        self.status = status
        self._wake()

    async def _supervise(self) -> None:
        attempts = 0
        while True:
            before = fingerprint()
            try:
                if await self._live() >= STEADY_PULSES:
                    attempts = 0
            except OSError as error:
                self._report(AudioStatus(False, f"The audio process does not start: {error}"))
            attempts = await _rest(attempts, before)

    async def _live(self) -> int:
        """One life of the audio process. Returns for how many pulses it served."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "appliance.audio.realtime"),
            *(str(self._memory_fd), str(self._doorbell), self._settings),
            pass_fds=(self._memory_fd, self._doorbell),
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"},
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # ALSA's chatter; what matters comes as a notice
        )
        ended = asyncio.ensure_future(process.wait())
        try:
            return await self._watch(ended)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            if not (await asyncio.wait({ended}, timeout=LEAVE_S))[0]:
                process.kill()
            await ended
            PlaybackWriter(self.memory).abandon()

    async def _watch(self, ended: asyncio.Future[int]) -> int:
        """Feel the pulse of the process until it ends or its callbacks stop coming."""
        served = still = 0
        pulse = self._pulse()
        while not (await asyncio.wait({ended}, timeout=PULSE_S))[0]:
            last, pulse = pulse, self._pulse()
            still = 0 if pulse[0] != last[0] and pulse[1] != last[1] else still + 1
            served += not still
            if served == 1 and not still:
                self._report(self._introduction())
            if still >= (FROZEN_PULSES if served else OPENING_PULSES):
                self._report(AudioStatus(False, "The sound device stopped calling for sound"))
                return served
        self._report(AudioStatus(False, _epitaph(ended.result(), self.memory.notice)))
        return served

    def _introduction(self) -> AudioStatus:
        memory = self.memory
        return AudioStatus(True, memory.notice, Right(memory.whole[REFUSED]), Chosen.from_json(memory.route))

    def _pulse(self) -> tuple[int, int]:
        return self.memory.whole[CAPTURE_WRITTEN], self.memory.whole[PLAYBACK_PERIODS]


def _epitaph(status: int, notice: str) -> str:
    """Why the process ended. A killed one could not say, and its notice is of better days."""
    if status < 0:
        return f"The audio process was killed by signal {-status}"
    return notice.replace("\n  →", " →")  # an error with its remedy, in one line


async def _rest(attempts: int, before: tuple[int, ...]) -> int:
    """Wait until another attempt is worth it. Returns how many failed in a row by then."""
    if attempts < len(BACKOFF_S):
        await asyncio.sleep(BACKOFF_S[attempts])
        return attempts + 1
    for _ in range(BLIND_LOOKS):
        if fingerprint() != before:
            return 0
        await asyncio.sleep(LOOK_S)
    return attempts
