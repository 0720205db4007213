"""The audio process: opens the devices and serves their callbacks until its parent is gone.

    python -m appliance.audio.realtime MEMORY_FD DOORBELL_FD SETTINGS

It loads no asyncio, no logging and no engine, collects no garbage, and speaks only through the
shared memory. Standard input carries no words: its end means that it is time to leave.
"""

import gc
import json
import mmap
import os
import select
import sys
from functools import partial
from typing import Any, Final

from appliance.audio.capture import Capture
from appliance.audio.device import Device, Format, Way, list_devices, negotiate, portaudio
from appliance.audio.echo import Route, route
from appliance.audio.echo_memory import Chosen, EchoMemory
from appliance.audio.memory import REFUSED, SIZE, AudioMemory
from appliance.audio.playback import Playback
from appliance.audio.rights import claim, die_with_parent
from appliance.audio.settings import AudioSettings, EchoMode
from appliance.core.audio import PERIOD_MS
from appliance.core.errors import DeviceError
from appliance.core.monotonic import monotonic

WATCH_MS: Final = 100
"""ms between two looks at whether the streams are alive."""
GONE: Final = 75
"""Exit status when the device stopped by itself."""
SAME_CLOCK_S: Final = 1.0
"""s: a stream whose time is closer to CLOCK_MONOTONIC than this runs on it. The others (PulseAudio's
plugin) run on wall time, decades away."""


def main(arguments: list[str]) -> int:
    """Run the audio process. Returns its exit status."""
    die_with_parent()
    memory_fd, doorbell_fd = int(arguments[0]), int(arguments[1])
    memory = AudioMemory(mmap.mmap(memory_fd, SIZE))
    try:
        settings = _settings(arguments[2])
        gc.disable()
        memory.whole[REFUSED] = claim(settings.priority)
        return _serve(memory, doorbell_fd, settings)
    except DeviceError as error:
        memory.notice = str(error)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - whatever it was, the bridge must hear of it
        memory.notice = f"The audio process failed: {type(error).__name__}: {error}"
        return 1


def _serve(memory: AudioMemory, doorbell_fd: int, settings: AudioSettings) -> int:
    chosen = route(list_devices(), settings, EchoMemory(settings.state_folder()))
    heard = negotiate(chosen.microphone, Way.IN, max(chosen.channel, chosen.reference or 0) + 1)
    played = negotiate(chosen.loudspeaker, Way.OUT, 1)
    ring_doorbell = partial(os.eventfd_write, doorbell_fd, 1)
    capture = Capture(memory, heard, chosen.channel, ring_doorbell, chosen.reference)
    playback = Playback(memory, played)
    streams = _open(capture, playback, chosen, (heard, played), settings.latency_s)
    memory.route = _chosen(chosen).to_json()
    memory.notice = _introduce(chosen, heard, played)
    leave = select.poll()
    leave.register(sys.stdin.fileno(), select.POLLIN)
    while not leave.poll(WATCH_MS):
        if not all(stream.active for stream in streams):
            memory.notice = "The sound device or server went away"
            return GONE
    return 0


def _open(
    capture: Capture,
    playback: Playback,
    chosen: Route,
    formats: tuple[Format, Format],
    latency_s: float,
) -> list[Any]:
    """Two streams, never one for both ways: PortAudio's duplex spins and hangs on plugin devices."""
    sound = portaudio()
    heard, played = formats
    incoming, outgoing = _Incoming(capture), _Outgoing(playback)
    try:
        microphone = sound.RawInputStream(
            callback=incoming.called, **_options(chosen.microphone, heard, latency_s)
        )
        loudspeaker = sound.RawOutputStream(
            callback=outgoing.called, **_options(chosen.loudspeaker, played, latency_s)
        )
        incoming.offset_s, outgoing.offset_s = _offset_s(microphone), _offset_s(loudspeaker)
        loudspeaker.start()
        microphone.start()
    except sound.PortAudioError as error:
        raise DeviceError(
            f"{chosen.microphone.name} and {chosen.loudspeaker.name} do not open: {error}",
            "see 'appliance devices'; another program may hold them",
        ) from error
    return [microphone, loudspeaker]


def _offset_s(stream: Any) -> float:
    """What to add to a stream's stamps to get CLOCK_MONOTONIC, which most already are."""
    offset = monotonic() - float(stream.time)
    return offset if abs(offset) > SAME_CLOCK_S else 0.0


def _options(device: Device, agreed: Format, latency_s: float) -> dict[str, Any]:
    return {
        "device": device.index,
        "channels": agreed.channels,
        "samplerate": agreed.rate,
        "blocksize": agreed.rate * PERIOD_MS // 1000,
        "dtype": "float32",
        "latency": latency_s,
    }


class _Incoming:
    """PortAudio's capture callback, and the offset of its stream's clock to CLOCK_MONOTONIC."""

    def __init__(self, capture: Capture) -> None:
        self._period = capture.period
        self.offset_s = 0.0

    def called(self, block: Any, _frames: int, times: Any, _status: Any) -> None:
        self._period(block, times.inputBufferAdcTime + self.offset_s)


class _Outgoing:
    """PortAudio's playback callback, and the offset of its stream's clock to CLOCK_MONOTONIC."""

    def __init__(self, playback: Playback) -> None:
        self._period = playback.period
        self.offset_s = 0.0

    def called(self, block: Any, _frames: int, times: Any, status: Any) -> None:
        starved = bool(status) and status.output_underflow
        self._period(block, times.outputBufferDacTime + self.offset_s, starved=starved)


def _introduce(chosen: Route, heard: Format, played: Format) -> str:
    return (
        f"Listening to '{chosen.microphone.name}' ({heard.rate} Hz, channel {chosen.channel} of"
        f" {heard.channels}), playing to '{chosen.loudspeaker.name}' ({played.rate} Hz), echo: {chosen.mode}"
    )


def _chosen(chosen: Route) -> Chosen:
    wired = chosen.reference is not None
    return Chosen(chosen.microphone.id, chosen.loudspeaker.id, chosen.mode, wired, chosen.path)


def _settings(text: str) -> AudioSettings:
    values = json.loads(text)
    return AudioSettings(**values | {"echo": EchoMode(values["echo"])})


if __name__ == "__main__":
    # Not sys.exit: PortAudio's own farewell may hang, and there is nothing left to save.
    os._exit(main(sys.argv[1:]))
