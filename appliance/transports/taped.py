"""A port whose sound is kept for reports while it passes: with the owner's consent, and not otherwise."""

from collections.abc import AsyncIterator

from appliance.core.audio import AudioFrame
from appliance.core.interfaces import AudioPort, Heard
from appliance.diagnosis.tape import Tape


class TapedPort:
    """An `AudioPort` in front of another one. What it keeps of the loudspeaker is what it was given to play."""

    def __init__(self, port: AudioPort, tape: Tape) -> None:
        self.playback_rate = port.playback_rate
        self._port = port
        self._tape = tape

    @property
    def half_duplex(self) -> bool:
        """See `AudioPort`."""
        return self._port.half_duplex

    @property
    def away(self) -> bool:
        """See `AudioPort`."""
        return self._port.away

    @property
    def deaf(self) -> bool:
        """See `AudioPort`."""
        return self._port.deaf

    @property
    def speechless(self) -> bool:
        """See `AudioPort`."""
        return self._port.speechless

    async def frames(self) -> AsyncIterator[AudioFrame]:
        """See `AudioPort`."""
        async for frame in self._port.frames():
            self._tape.microphone.add(frame.samples)
            yield frame

    async def play(self, frame: AudioFrame) -> None:
        """See `AudioPort`."""
        await self._port.play(frame)
        self._tape.loudspeaker.add(frame.samples)

    def set_gain(self, gain: float) -> None:
        """See `AudioPort`."""
        self._port.set_gain(gain)

    def hold(self, at: int | None) -> None:
        """See `AudioPort`."""
        self._port.hold(at)

    def stop(self) -> None:
        """See `AudioPort`."""
        self._port.stop()

    def be_prompt(self, prompt: bool) -> None:
        """See `AudioPort`."""
        self._port.be_prompt(prompt)

    def heard(self) -> Heard:
        """See `AudioPort`."""
        return self._port.heard()

    def now(self) -> float:
        """See `AudioPort`."""
        return self._port.now()

    def counters(self) -> dict[str, int]:
        """See `AudioPort`."""
        return self._port.counters()
