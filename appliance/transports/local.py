"""The microphone and the loudspeaker of this machine."""

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final, Protocol

from appliance.audio.echo_memory import Chosen, EchoPath
from appliance.audio.echo_remover import CancellerFactory, EchoRemover
from appliance.audio.memory import (
    BATCH,
    OVERRUNS,
    PLAYBACK_CAPACITY,
    PLAYBACK_RATE,
    PROMPT,
    RELAXED,
    UNDERRUNS,
    AudioMemory,
)
from appliance.audio.reference import PlayedReference, WiredReference
from appliance.audio.ring import CaptureReader, PlaybackWriter
from appliance.audio.settings import EchoMode
from appliance.audio.side import AudioStatus
from appliance.core.audio import CAPTURE_RATE, PERIOD, AudioFrame
from appliance.core.clock import monotonic
from appliance.core.errors import DeviceError
from appliance.core.interfaces import Heard
from appliance.transports.loudness import Loudness

log = logging.getLogger(__name__)

LONGEST: Final = CAPTURE_RATE // 10
"""Samples per frame at most: a listener that fell behind catches up in steps of 100 ms."""


LATE_S: Final = 0.1
"""s by which silence in the place of a microphone is late: what is captured when it returns lies behind it."""


class AudioLink(Protocol):
    """Shared memory with a device at its other end: the bridge, or a test."""

    memory: AudioMemory
    status: AudioStatus

    async def open(self) -> None:
        """Connect the device, and keep it connected."""

    async def close(self) -> None:
        """Let it go."""

    async def news(self) -> bool:
        """Wait until there may be sound, room or a new status, without a microphone as often as with one.

        False: closed.
        """


class LocalPort:
    """An `AudioPort`. Between `open` and `close` it stays up, with a device or without.

    While the microphone is gone its frames are silent; while the loudspeaker is gone, what is played is dropped:
    whoever it was meant for must not hear it when the device returns. Where a device is only opened anew, sound waits.
    """

    playback_rate = PLAYBACK_RATE

    def __init__(self, link: AudioLink, canceller: CancellerFactory | None = None) -> None:
        """Prepare a port.

        Args:
            link: the device.
            canceller: makes what removes the echo in mode `software`; without it the port is half-duplex then.
        """
        self._link = link
        self._microphone = CaptureReader(link.memory)
        self._loudspeaker = PlaybackWriter(link.memory)
        self._canceller = canceller
        self._chosen: Chosen | None = None
        self._remover: EchoRemover | None = None
        self._stops = 0
        self._loudness = Loudness(self.playback_rate)

    @property
    def status(self) -> AudioStatus:
        """Whether there is sound; if not, why."""
        return self._link.status

    @property
    def half_duplex(self) -> bool:
        """Nobody removes the echo: what is heard while the box speaks, and shortly after, may be itself."""
        self._follow()
        if self._chosen is None or self._chosen.mode is EchoMode.HALF_DUPLEX:
            return True
        return self._chosen.mode is EchoMode.SOFTWARE and self._remover is None

    @property
    def echo_path(self) -> EchoPath | None:
        """What `appliance check --echo` measured with the devices in use."""
        self._follow()
        return self._chosen.path if self._chosen else None

    async def open(self) -> None:
        """Connect to the devices. A missing one is no error: see `status`."""
        await self._link.open()

    async def close(self) -> None:
        """Let the devices go. Ends `frames`."""
        await self._link.close()

    async def frames(self) -> AsyncIterator[AudioFrame]:
        """See `AudioPort`."""
        while await self._link.news():
            while frame := self._microphone.read(LONGEST, PERIOD):
                self._follow()
                self._loudness.captured(frame.samples)
                yield self._remover.clean(frame) if self._remover else frame
            while self.deaf and (frame := self._microphone.silence(monotonic() - LATE_S, LONGEST, PERIOD)):
                self._loudness.captured(frame.samples)
                yield frame

    async def play(self, frame: AudioFrame) -> None:
        """See `AudioPort`."""
        if frame.rate != self.playback_rate:
            raise ValueError(f"frames of {self.playback_rate} Hz are played here, not of {frame.rate}")
        if len(frame.samples) > PLAYBACK_CAPACITY:
            raise ValueError(f"a frame of {frame.seconds:.1f} s never fits into the playback ring")
        stops = self._stops
        while self._loudspeaker.free < len(frame.samples) and stops == self._stops and not self.speechless:
            await self._link.news()
        if stops == self._stops and not self.speechless:
            self._loudspeaker.write(frame.samples)
            self._loudness.queue(frame.samples)

    @property
    def away(self) -> bool:
        """See `AudioPort`."""
        return False

    @property
    def deaf(self) -> bool:
        """See `AudioPort`."""
        return self.status.microphone.gone

    @property
    def speechless(self) -> bool:
        """See `AudioPort`."""
        return self.status.loudspeaker.gone

    def levels(self) -> tuple[float, float]:
        """How loud the room and the box are now: root mean squares from 0 to 1."""
        return self._loudness.at(self.heard().samples)

    def set_gain(self, gain: float) -> None:
        """See `AudioPort`."""
        self._loudspeaker.set_gain(gain)

    def hold(self, at: int | None) -> None:
        """See `AudioPort`. A new audio process begins without a hold, and with an empty queue."""
        self._loudspeaker.hold(at)

    def be_prompt(self, prompt: bool) -> None:
        """See `AudioPort`."""
        self._link.memory.whole[BATCH] = PROMPT if prompt else RELAXED

    def stop(self) -> None:
        """See `AudioPort`."""
        self._stops += 1
        self._loudspeaker.flush()
        self._loudness.stop(self.heard().samples)

    def heard(self) -> Heard:
        """See `AudioPort`."""
        heard = self._loudspeaker.heard(monotonic())
        if not heard.samples:
            return replace(heard, started=0.0, ended=0.0)
        position = self._microphone.position
        return replace(heard, started=position(heard.started), ended=position(heard.ended))

    def now(self) -> float:
        """See `AudioPort`."""
        return self._microphone.position(monotonic())

    def _follow(self) -> None:
        """Deal with the echo of the devices that are in use now."""
        chosen = self._link.status.chosen
        if chosen == self._chosen:
            return
        self._chosen, self._remover = chosen, None
        if chosen and chosen.mode is EchoMode.SOFTWARE and self._canceller:
            self._remover = self._removal(chosen, self._canceller)

    def _removal(self, chosen: Chosen, canceller: CancellerFactory) -> EchoRemover | None:
        memory = self._link.memory
        try:
            made = canceller(chosen.path.delay_ms if chosen.path else None)
        except DeviceError as error:
            log.warning("%s. Until then the box does not listen while it speaks.", error)
            return None
        return EchoRemover(made, WiredReference(memory) if chosen.wired else PlayedReference(memory))

    def counters(self) -> dict[str, int]:
        """See `AudioPort`."""
        whole = self._link.memory.whole
        return {
            "overruns": whole[OVERRUNS],
            "underruns": whole[UNDERRUNS],
            "dropped": self._microphone.dropped,
        }
