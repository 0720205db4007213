"""Keeps one audio process alive: the microphone's, or the loudspeaker's."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from appliance.audio.desk import Progress
from appliance.audio.device import Way
from appliance.audio.echo_memory import Chosen
from appliance.audio.memory import CAPTURE_WRITTEN, PLAYBACK_PERIODS, AudioMemory
from appliance.audio.presence import Nodes
from appliance.audio.rights import Right
from appliance.audio.server import to_json
from appliance.audio.side import STARTING, Side
from appliance.core import clock
from appliance.diagnosis.events import note

log = logging.getLogger(__name__)

BACKOFF_S: Final = (0.0, 0.2, 0.5, 1.0, 2.0, 30.0)
"""s between lives of a process that ends again and again. An order ends the wait."""
LOOKS: Final = frozenset({1, 3, 7, 15})
"""Pulses after which a process that waits for its device looks again: servers and drivers take their time."""
BLIND_PULSES: Final = 120
"""Pulses between its later looks, 30 s, for devices that nobody tells of (Bluetooth without a server). Each costs
0.15 s of one core; what is plugged is told at once (`presence`)."""
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
GONE_S: Final = 1.5
"""s without a device from which it counts as gone. To open another one, or the same anew, takes 0.5 to 1 s."""
PULSES: Final = {Way.IN: CAPTURE_WRITTEN, Way.OUT: PLAYBACK_PERIODS}
"""What moves in the shared memory while callbacks come."""
NAMES: Final = {Way.IN: "Microphone", Way.OUT: "Loudspeaker"}
"""What people call them."""
FROZEN: Final = "The sound device stopped calling for sound"
NEWS, FELL = "audio.side", "audio.fell"
"""Events: a device comes or goes; its process froze or was killed, which no device does."""
STOPPED: Final = frozenset({signal.SIGINT, signal.SIGTERM})
"""Signals with which a terminal and systemd stop all processes of the appliance at once."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where audio processes meet the main process."""

    memory_fd: int
    """The shared memory."""
    doorbell_fd: int
    """The eventfd by which they wake it."""
    settings: str
    """All `AudioSettings` in JSON."""


class Keeper:
    """Owns one audio process at a time, and knows how it is."""

    def __init__(self, way: Way, place: Place, memory: AudioMemory, changed: Callable[[], None]) -> None:
        """`changed` is called with every new `side`."""
        self.side = STARTING
        """How this way of sound is."""
        self._way = way
        self._place = place
        self._memory = memory
        self._desk = memory.desks[way]
        self._changed = changed
        self._orders: asyncio.StreamWriter | None = None
        self._order = b""
        """The newest one: what a process is told first."""
        self._ordered = asyncio.Event()
        self._losing: asyncio.TimerHandle | None = None
        self._pulses = 0
        """Pulses for which the process has waited since something came or went."""
        self._edition = 0
        """Of what the process says: the newest that we have taken note of."""

    def look(self, nodes: Nodes) -> None:
        """Something was plugged or pulled: have the process look again."""
        self._order = to_json(nodes).encode() + b"\n"
        self._ordered.set()
        self.look_again()

    def look_again(self) -> None:
        """Have the process look again: its counterpart may have opened another device."""
        self._pulses = 0
        self._tell()

    def _tell(self) -> None:
        if self._orders and self._order and not self._orders.is_closing():
            self._orders.write(self._order)  # a few KB at a time, to a process that reads them or is killed

    async def run(self) -> None:
        """Serve for ever, from the first order on."""
        await self._ordered.wait()
        attempts = 0
        try:
            while True:
                self._ordered.clear()
                served = await self._live()
                if served >= STEADY_PULSES:
                    attempts = 0
                await self._rest(BACKOFF_S[attempts])
                attempts = min(attempts + 1, len(BACKOFF_S) - 1)
        finally:
            if self._losing:
                self._losing.cancel()

    async def _rest(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._ordered.wait()

    async def _live(self) -> int:
        """One life of the process. Returns for how many pulses it served."""
        self._desk.clear()
        try:
            process = await self._start()
        except OSError as error:
            self._report(Side(False, f"The audio process does not start: {error}"))
            return 0
        self._orders = process.stdin
        self.look_again()
        ended = asyncio.ensure_future(process.wait())
        try:
            served = await self._watch(ended)
            if not ended.done():
                process.kill()
            return served
        finally:
            await self._dismiss(process, ended)

    async def _start(self) -> asyncio.subprocess.Process:
        place = self._place
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "appliance.audio.realtime"),
            *(str(place.memory_fd), str(place.doorbell_fd), self._way, place.settings),
            pass_fds=(place.memory_fd, place.doorbell_fd),
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"},
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # ALSA's chatter; what matters comes as a notice
        )

    async def _dismiss(self, process: asyncio.subprocess.Process, ended: asyncio.Future[int]) -> None:
        self._orders = None
        assert process.stdin is not None
        process.stdin.close()
        if not (await asyncio.wait({ended}, timeout=LEAVE_S))[0]:
            process.kill()
        await ended

    async def _watch(self, ended: asyncio.Future[int]) -> int:
        """Feel the pulse of the process until it ends or gets stuck. Returns for how many pulses it served."""
        served = still = 0
        pulse, progress = self._pulse(), Progress.STARTING
        while not (await asyncio.wait({ended}, timeout=PULSE_S))[0]:
            self.glance()
            (before, last), (progress, pulse) = (progress, pulse), (self._desk.progress, self._pulse())
            beats = progress is Progress.OPEN and pulse != last
            served += beats
            still = 0 if beats or progress is not before else still + 1
            if beats:
                self._introduce()
            elif progress is Progress.WAITING:
                self._wait()
            elif still >= self._most_still(progress):
                self._report(Side(False, FROZEN))
                return served
        self._report(Side(False, _epitaph(ended.result(), self._desk.notice)))
        return served

    def glance(self) -> None:
        """Take note of what the process says, if that is news. To be called when it may have said something."""
        if self._desk.edition != self._edition and self._desk.progress is not Progress.OPEN:
            self._edition = self._desk.edition
            if self._desk.notice:
                self._report(Side(False, _in_one_line(self._desk.notice)))

    def _introduce(self) -> None:
        """Its callbacks come: tell what it has open, if that is news."""
        desk = self._desk
        if desk.edition != self._edition:
            self._edition = desk.edition
            chosen = Chosen.from_json(desk.route) if desk.route else None
            self._report(Side(True, desk.notice, refused=Right(desk.refused), chosen=chosen))

    def _pulse(self) -> int:
        return int(self._memory.whole[PULSES[self._way]])

    def _wait(self) -> None:
        """Its device is not there: have it look again every now and then."""
        self._pulses += 1
        if self._pulses in LOOKS or self._pulses % BLIND_PULSES == 0:
            self._tell()

    def _most_still(self, progress: Progress) -> int:
        """Pulses for which nothing may happen."""
        stalls = progress is Progress.CLOSING or (progress is Progress.OPEN and self.side.alive)
        return FROZEN_PULSES if stalls else OPENING_PULSES

    def _report(self, side: Side, event: str = NEWS) -> None:
        """Log what is new, one line per change, however often an attempt fails the same way; and tell."""
        if side.line != self.side.line:
            level, name = logging.INFO if side.alive else logging.WARNING, NAMES[self._way]
            note(log, level, event, f"{name}: {side.line}", side=name.lower(), alive=side.alive)
        if side.alive:
            self._forgive()
        elif self.side is STARTING or self.side.gone:
            side = replace(side, gone=True)
        elif not self._losing:
            self._losing = clock.after(GONE_S, self._give_up)
        if side != self.side:
            self.side = side
            self._changed()

    def _forgive(self) -> None:
        if self._losing:
            self._losing.cancel()
        self._losing = None

    def _give_up(self) -> None:
        self._losing = None
        self.side = replace(self.side, gone=True)
        self._changed()


def _epitaph(status: int, notice: str) -> str:
    """Why the process ended. A killed one could not say, and its notice is of better days."""
    if status < 0:
        return f"The audio process was killed by signal {-status}"
    return _in_one_line(notice)


def _in_one_line(error: str) -> str:
    return error.replace("\n  →", " →")
