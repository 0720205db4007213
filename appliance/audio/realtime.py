"""An audio process: opens a microphone or a loudspeaker, and serves its callbacks until its parent is gone.

    python -m appliance.audio.realtime MEMORY_FD DOORBELL_FD input|output SETTINGS

One process for each way: what happens to one device, or hangs in its driver, never reaches the other. It loads no
asyncio, no logging and no engine, collects no garbage, and speaks only through the shared memory (`desk`). What it is
told comes on standard input (`orders`), the end of which means that it is time to leave.
"""

import gc
import json
import mmap
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Final, Never

from appliance.audio.capture import Capture
from appliance.audio.desk import Progress
from appliance.audio.device import (
    Device,
    Format,
    Way,
    forget_devices,
    list_devices,
    negotiate,
    portaudio,
    with_held,
)
from appliance.audio.echo import Leg, Route, half_route
from appliance.audio.echo_memory import Chosen, EchoMemory
from appliance.audio.memory import PROMPT, SIZE, AudioMemory
from appliance.audio.orders import Leave, Look, Orders
from appliance.audio.playback import Playback
from appliance.audio.rights import claim, die_with_parent, renounce
from appliance.audio.server import leading_to, through_server
from appliance.audio.settings import AudioSettings, EchoMode
from appliance.core.audio import PERIOD_MS
from appliance.core.errors import DeviceError
from appliance.core.monotonic import monotonic

WATCH_MS: Final = 1000
"""ms between two looks at whether the stream is alive, for streams that stop without a word. The others say so."""
NEWS_MS: Final = 300
"""ms for which a device that has stopped may be missing without our knowing: the server tells within 100."""
STEADY_S: Final = 2.0
"""s; a device that stops sooner is not opened again at once."""
SAME_CLOCK_S: Final = 1.0
"""s: a stream whose time is closer to CLOCK_MONOTONIC than this runs on it. The others (PulseAudio's
plugin) run on wall time, decades away."""


def main(arguments: list[str]) -> int:
    """Run an audio process. Returns its exit status."""
    die_with_parent()
    renounce()
    memory_fd, doorbell_fd, way = int(arguments[0]), int(arguments[1]), Way(arguments[2])
    memory = AudioMemory(mmap.mmap(memory_fd, SIZE))
    desk = memory.desks[way]
    try:
        settings = _settings(arguments[3])
        gc.disable()
        desk.refused = claim(settings.priority)
        _Life(way, memory, settings, partial(os.eventfd_write, doorbell_fd, 1)).run()
    except Leave:
        return 0
    except Exception as error:  # noqa: BLE001 - whatever it was, the bridge must hear of it
        desk.say(Progress.STARTING, f"The audio process failed: {type(error).__name__}: {error}")
        return 1


class _Life:
    """Looks for the device, waits for it where need be, and serves it until it goes."""

    def __init__(
        self, way: Way, memory: AudioMemory, settings: AudioSettings, ring_doorbell: Callable[[], None]
    ) -> None:
        self._way = way
        self._memory = memory
        self._desk = memory.desks[way]
        self._settings = settings
        self._echoes = EchoMemory(settings.state_folder())
        self._ring_doorbell = ring_doorbell
        self._ended = os.eventfd(0, os.EFD_NONBLOCK)
        """Tells that a stream has stopped."""
        self._orders = Orders(sys.stdin.fileno(), self._ended)

    def run(self) -> Never:
        """Live until it is told to leave."""
        look = self._orders.wait()
        while True:
            try:
                look = self._serve(look)
            except DeviceError as error:
                self._desk.say(Progress.WAITING, str(error))
                self._ring_doorbell()
                look = self._orders.wait()
            self._desk.say(Progress.STARTING, self._desk.notice)
            forget_devices()

    def _serve(self, look: Look) -> Look:
        """Open the device, and serve it until it stops or another one is to be used. Returns what there is then."""
        leg, route = self._choose(look)
        os.environ.update(leading_to(leg.device, self._way))
        agreed = negotiate(leg.device, self._way, max(leg.channel, leg.reference or 0) + 1)
        stream = self._open(leg, agreed)
        opened = monotonic()
        while True:
            notice = _introduce(leg, agreed)
            self._desk.say(Progress.OPEN, notice, leg.device.to_json(), _chosen(route))
            self._ring_doorbell()
            again = self._tend(stream)
            if again is None:
                self._close(stream, f"'{leg.device.name}' went away")
                return self._after(look, monotonic() - opened)
            look = again
            try:
                wanted, route = self._choose(look)
            except DeviceError:
                wanted = None
            if wanted is None or _place(wanted) != _place(leg):
                self._close(stream, f"'{leg.device.name}' is not to be used any more")
                return look

    def _after(self, look: Look, served_s: float) -> Look:
        """What there is after a device has stopped: without it, or with it again. The server tells soon."""
        for _ in range(2):  # the bell may still ring, for the stream that was closed
            if news := self._orders.next(NEWS_MS):
                return news
        if served_s < STEADY_S:
            raise DeviceError(
                "The device stops as soon as it is opened", "see 'appliance devices'; try another"
            )
        return look

    def _choose(self, look: Look) -> tuple[Leg, Route | None]:
        devices = through_server(list_devices(), look.nodes)
        if held := self._memory.desks[self._way.other].device:
            devices = with_held(devices, Device.from_json(held), self._way.other)
        return half_route(self._way, devices, self._settings, self._echoes)

    def _tend(self, stream: Any) -> Look | None:
        """Watch over the stream until something was plugged or pulled; None: it has stopped."""
        while stream.active:
            if look := self._orders.next(WATCH_MS):
                return look
        return None

    def _close(self, stream: Any, why: str) -> None:
        """Close the stream. That may hang, and is told before: then the main process ends this one."""
        self._desk.say(Progress.CLOSING, why)
        self._ring_doorbell()
        with suppress(portaudio().PortAudioError):
            stream.abort()
        with suppress(portaudio().PortAudioError):
            stream.close()

    def _open(self, leg: Leg, agreed: Format) -> Any:
        """A stream of one way. Never one for both: PortAudio's duplex spins and hangs on plugin devices."""
        sound = portaudio()
        kind = sound.RawInputStream if self._way is Way.IN else sound.RawOutputStream
        serving = (
            self._incoming(leg, agreed) if self._way is Way.IN else _Outgoing(Playback(self._memory, agreed))
        )
        try:
            stream = kind(
                callback=serving.called,
                finished_callback=partial(os.eventfd_write, self._ended, 1),
                **self._options(leg, agreed),
            )
            serving.offset_s = _offset_s(stream)
            stream.start()
        except sound.PortAudioError as error:
            raise DeviceError(
                f"'{leg.device.name}' does not open: {error}",
                "see 'appliance devices'; another program may hold it",
            ) from error
        return stream

    def _incoming(self, leg: Leg, agreed: Format) -> "_Incoming":
        return _Incoming(Capture(self._memory, agreed, leg.channel, self._ring_doorbell, leg.reference))

    def _options(self, leg: Leg, agreed: Format) -> dict[str, Any]:
        return {
            "device": leg.device.index,
            "channels": agreed.channels,
            "samplerate": agreed.rate,
            "blocksize": (PROMPT if self._way is Way.IN else 1) * agreed.rate * PERIOD_MS // 1000,
            "dtype": "float32",
            "latency": self._settings.latency_s,
        }


def _place(leg: Leg) -> tuple[object, ...]:
    """What of a leg cannot change while its stream is open."""
    return leg.device.id, leg.device.plugged, leg.channel, leg.reference


def _offset_s(stream: Any) -> float:
    """What to add to a stream's stamps to get CLOCK_MONOTONIC, which most already are."""
    offset = monotonic() - float(stream.time)
    return offset if abs(offset) > SAME_CLOCK_S else 0.0


class _Incoming:
    """PortAudio's capture callback, and the offset of its stream's clock to CLOCK_MONOTONIC.

    It comes with as many periods as are handed over at once: sooner they would only wait, and waking costs more.
    """

    def __init__(self, capture: Capture) -> None:
        self._period = capture.period
        self.offset_s = 0.0

    def called(self, block: Any, _frames: int, times: Any, _status: Any) -> None:
        sound, moment = memoryview(block), times.inputBufferAdcTime + self.offset_s
        length = len(sound) // PROMPT
        for number in range(PROMPT):
            part = sound[number * length : (number + 1) * length]
            self._period(part, moment + number * PERIOD_MS / 1000)


class _Outgoing:
    """PortAudio's playback callback, and the offset of its stream's clock to CLOCK_MONOTONIC."""

    def __init__(self, playback: Playback) -> None:
        self._period = playback.period
        self.offset_s = 0.0

    def called(self, block: Any, _frames: int, times: Any, status: Any) -> None:
        starved = bool(status) and status.output_underflow
        self._period(block, times.outputBufferDacTime + self.offset_s, starved=starved)


def _introduce(leg: Leg, agreed: Format) -> str:
    channel = f", channel {leg.channel} of {agreed.channels}" if leg.device.inputs else ""
    return f"'{leg.device.name}' ({agreed.rate} Hz{channel})"


def _chosen(route: Route | None) -> str:
    if route is None:
        return ""
    wired = route.reference is not None
    chosen = Chosen(route.microphone.id, route.loudspeaker.id, route.mode, wired, route.path)
    return chosen.to_json()


def _settings(text: str) -> AudioSettings:
    values = json.loads(text)
    return AudioSettings(**values | {"echo": EchoMode(values["echo"])})


if __name__ == "__main__":
    # Not sys.exit: PortAudio's own farewell may hang, and there is nothing left to save.
    os._exit(main(sys.argv[1:]))
