"""Sound, seen from the main process: keeps both audio processes alive, and wakes those who wait for their sound."""

import asyncio
import contextlib
import json
import logging
import mmap
import os
from dataclasses import asdict, replace

from appliance.audio.device import Way
from appliance.audio.keeper import Keeper, Place
from appliance.audio.memory import BATCH, CAPTURE_LOGGED, EPOCH, SIZE, AudioMemory
from appliance.audio.presence import Nodes, Presence
from appliance.audio.rights import Right, remedies
from appliance.audio.ring import PlaybackWriter
from appliance.audio.settings import AudioSettings
from appliance.audio.side import STARTING, AudioStatus
from appliance.core import clock
from appliance.core.audio import PERIOD_MS

log = logging.getLogger(__name__)


class Bridge:
    """Owns the shared memory, which outlives every audio process, and the keepers of both processes."""

    def __init__(self, settings: AudioSettings) -> None:
        self.status = AudioStatus(STARTING, STARTING)
        """How sound is at this moment."""
        self._memory_fd = os.memfd_create("appliance-audio")
        os.ftruncate(self._memory_fd, SIZE)
        self.memory = AudioMemory(mmap.mmap(self._memory_fd, SIZE))
        """Counters in it survive restarts, and so does the index of captured sound."""
        self.memory.clear()
        self._doorbell = os.eventfd(0, os.EFD_NONBLOCK)
        told = json.dumps(asdict(replace(settings, folder=str(settings.state_folder()))))
        place = Place(self._memory_fd, self._doorbell, told)
        self._keepers = {way: Keeper(way, place, self.memory, self._look) for way in Way}
        self._news = asyncio.Event()
        self._refused = Right.NONE
        self._beating: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start the audio processes and keep them running. Returns when `status` knows how that went."""
        asyncio.get_running_loop().add_reader(self._doorbell, self._answer)
        self._task = asyncio.create_task(self._run(), name="audio bridge")
        while STARTING in {self.status.microphone, self.status.loudspeaker}:
            await self._news.wait()

    async def close(self) -> None:
        """End the audio processes for good."""
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        if self._beating:
            self._beating.cancel()
        asyncio.get_running_loop().remove_reader(self._doorbell)
        os.close(self._doorbell)
        os.close(self._memory_fd)
        self._wake()

    async def news(self) -> bool:
        """Wait until there may be sound to fetch, room to fill, or a new status. False: closed.

        Without a microphone it returns as often as with one.
        """
        if not self._closed:
            await self._news.wait()
        return not self._closed

    @property
    def _closed(self) -> bool:
        return self._task is not None and self._task.done()

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            for keeper in self._keepers.values():
                tasks.create_task(keeper.run())
            tasks.create_task(Presence(self._tell).run())

    def _tell(self, nodes: Nodes) -> None:
        for keeper in self._keepers.values():
            keeper.look(nodes)

    def _answer(self) -> None:
        os.eventfd_read(self._doorbell)
        for keeper in self._keepers.values():
            keeper.glance()
        self._wake()

    def _wake(self) -> None:
        self._news.set()  # wakes all who are waiting now,
        self._news.clear()  # and nobody who comes later

    def _look(self) -> None:
        """One of the sides is not what it was."""
        before = self.status
        ears, mouth = self._keepers[Way.IN], self._keepers[Way.OUT]
        self.status = AudioStatus(ears.side, mouth.side)
        if self.status.alive and ears.side.chosen != mouth.side.chosen:
            for keeper in (ears, mouth):  # who was opened first did not know of the other
                keeper.look_again()
        if mouth.side.gone and not before.loudspeaker.gone:
            PlaybackWriter(self.memory).abandon()
        if ears.side.gone and not self._beating:
            self._begin_without_microphone()
        self._complain(ears.side.refused | mouth.side.refused)
        self._wake()

    def _complain(self, refused: Right) -> None:
        for remedy in remedies(refused & ~self._refused):
            log.warning("%s", remedy)
        self._refused |= refused

    def _begin_without_microphone(self) -> None:
        """Time goes on without a microphone, and whoever waits for its sound hears nothing in time."""
        if not (self.memory.whole[CAPTURE_LOGGED] or self.memory.real[EPOCH]):
            self.memory.real[EPOCH] = clock.monotonic()
        self._beat()

    def _beat(self) -> None:
        self._beating = None
        if self.status.microphone.gone:
            self._beating = clock.after(self.memory.whole[BATCH] * PERIOD_MS / 1000, self._beat)
            self._wake()
