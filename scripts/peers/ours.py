"""Our own pipeline at the judge's sound card: `python -m scripts.peers.ours SOCKET OUTFIT`."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from importlib.metadata import version

import numpy as np

from appliance.app import Appliance, open_appliance
from appliance.core import clock
from appliance.core.audio import CAPTURE_RATE, PERIOD, PERIOD_MS, AudioFrame
from appliance.core.speech import Stage, Turn
from appliance.inference.job import LOCAL
from appliance.sessions.observer import Observer
from appliance.sessions.trace import Stamps
from appliance.settings import Settings, load_settings
from appliance.transports.simulated import SimulatedLoudspeaker
from appliance.transports.wavfile import WavPort
from appliance.warm import warm_turn
from scripts.peers.engines import as_pcm, as_samples
from scripts.peers.wire import Wire

RATE = 48_000
"""Hz, as on most sound cards."""


class WiredLoudspeaker(SimulatedLoudspeaker):
    """Gives every period that sounds to the card, at the moment at which it would leave."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire.rate)
        self._wire = wire

    def advance(self) -> None:
        """See `SimulatedLoudspeaker`."""
        super().advance()
        if (period := self.track[-1]).any():
            self._wire.push(as_pcm(period))


class WiredPort(WavPort):
    """The card's microphone and loudspeaker as a port of ours."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire.rate, WiredLoudspeaker(wire))
        self._wire = wire

    async def frames(self) -> AsyncIterator[AudioFrame]:
        """See `AudioPort`."""
        position = 0
        async for sound in self._wire.microphone():
            if self._opened is None:
                self._opened = clock.now() - PERIOD_MS / 1000
            self._advance()
            yield AudioFrame(as_samples(np.frombuffer(sound, np.int16)), CAPTURE_RATE, position)
            position += PERIOD


class Noter(Observer):
    """Tells the report what was said."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def understood(self, turn: int, text: str) -> None:  # noqa: ARG002 - the observer's words
        """See `Observer`."""
        self._wire.note(heard=text)

    def turn(self, turn: Turn, stamps: Stamps) -> None:  # noqa: ARG002 - nobody measures themselves
        """See `Observer`."""
        self._wire.note(said=turn.said, listened_to=turn.heard, outcome=turn.outcome)


async def run(socket: str) -> None:
    """Talk until the card hangs up."""
    settings = load_settings(None)
    # “One moment” is no answer. The peers would have nothing of the kind; the wait for the answer is what is measured.
    settings = replace(settings, reply=replace(settings.reply, bridge_s=60.0))
    wire = await Wire.connect(socket, RATE)
    async with open_appliance(settings) as appliance:
        await warm_turn(appliance)
        port = WiredPort(wire)
        session = appliance.session(LOCAL, port, Noter(wire))
        before = _busy_s(appliance)
        wire.ready(**about(settings))
        await session.run()
        wire.note(busy_s={stage: seconds - before[stage] for stage, seconds in _busy_s(appliance).items()})


def about(settings: Settings) -> dict[str, str]:
    """For the report."""
    release = settings.release
    return {
        "name": "voice-appliance",
        "version": version("voice-appliance"),
        "processes": "one for each engine",
        "changed": "reply.bridge_s=60: “one moment” is no answer",
        "turn end": f"Smart Turn v3.2 from {release.look_ms} ms of silence on; "
        f"{release.fast_ms}, {release.middle_ms} or {release.slow_ms} ms",
        "interruption": f"held at the first voice, over with {settings.floor.longest_ms} ms of it or by its words",
    }


def _busy_s(appliance: Appliance) -> dict[Stage, float]:
    return {lane.stage: lane.busy_s for lane in appliance.scheduler.health().lanes}


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1]))
