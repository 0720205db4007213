"""The echo seam: which devices and channels to use, and who keeps the appliance from hearing itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from appliance.audio.device import Device, Way, choose
from appliance.audio.echo_memory import EchoMemory, EchoPath
from appliance.audio.settings import AudioSettings, EchoMode
from appliance.core.errors import DeviceError


@dataclass(frozen=True, slots=True)
class Canceller:
    """A device that removes the echo of what it plays itself."""

    name: str
    """What people call it."""
    processed: int
    """Capture channel without the echo."""
    raw: int | None = None
    """A capture channel with it, if there is one."""
    reference: int | None = None
    """Capture channel with what it played, if it offers one."""


CANCELLERS: Final = {
    # Channels: Seeed's wiki and firmware notes. Six-channel firmware: 0-1 processed, 2-5 raw. From firmware
    # 2.1.0 the reference can be routed to a raw channel, but is not there by default.
    "2886:001a": Canceller("reSpeaker XVF3800", processed=0, raw=2),
    # Six-channel firmware: 0 processed, 1-4 raw, 5 playback. With one-channel firmware, 0 is all there is.
    "2886:0018": Canceller("ReSpeaker Mic Array v2.0", processed=0, raw=1, reference=5),
    # Conference speakerphones give one channel, already processed.
    "0b0e:0420": Canceller("Jabra Speak 510", processed=0),
}
"""Known echo-cancelling speakerphones by USB id (vendor:product)."""
STRANGER: Final = Canceller("any other device", processed=0)
"""What is assumed of one that is not in the table."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where sound comes from and where it goes, and who keeps one out of the other."""

    microphone: Device
    loudspeaker: Device
    channel: int
    """Capture channel to use, counted from 0."""
    mode: EchoMode
    """What is done about the echo: never `auto`."""
    reference: int | None = None
    """Capture channel with what was played, for `software`; None: the appliance remembers it itself."""
    path: EchoPath | None = None
    """What was measured with these devices."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One way of a route: what one audio process opens."""

    device: Device
    """The microphone, or the loudspeaker."""
    channel: int = 0
    """Capture channel to use, counted from 0."""
    reference: int | None = None
    """Capture channel with what was played."""


def route(devices: Sequence[Device], settings: AudioSettings, memory: EchoMemory | None = None) -> Route:
    """Choose devices, channels, and who removes the echo.

    Raises:
        DeviceError: what is wanted is not there, or cannot cancel its own echo.
    """
    match settings.echo:
        case EchoMode.AUTO:
            return _best(devices, settings, memory)
        case EchoMode.HARDWARE:
            microphone = _cancelling(devices, settings)
            return _through(microphone, _only_loudspeaker(devices, microphone), settings, memory)
        case _:
            microphone = choose(devices, settings.microphone, Way.IN)
            return _through(microphone, choose(devices, settings.loudspeaker, Way.OUT), settings, memory)


def half_route(
    way: Way, devices: Sequence[Device], settings: AudioSettings, memory: EchoMemory
) -> tuple[Leg, Route | None]:
    """What one way needs, and the whole route. None: the other way is not there, and this one goes on alone.

    Raises:
        DeviceError: this way is not there.
    """
    try:
        whole = route(devices, settings, memory)
    except DeviceError:
        return _alone(way, devices, settings), None
    if way is Way.OUT:
        return Leg(whole.loudspeaker), whole
    return Leg(whole.microphone, whole.channel, whole.reference), whole


def _alone(way: Way, devices: Sequence[Device], settings: AudioSettings) -> Leg:
    """Without a loudspeaker there is no echo, and without a microphone nobody hears it."""
    if way is Way.OUT:
        return Leg(choose(devices, settings.loudspeaker, Way.OUT))
    microphone = choose(devices, settings.microphone, Way.IN)
    if settings.echo in {EchoMode.AUTO, EchoMode.HARDWARE}:
        microphone = _cancelling(devices, settings)
    known = CANCELLERS.get(microphone.usb, STRANGER)
    channel = known.processed if settings.capture_channel is None else settings.capture_channel
    return Leg(microphone, channel)


def _best(devices: Sequence[Device], settings: AudioSettings, memory: EchoMemory | None) -> Route:
    """What was measured with these devices, else what is known about them, else software."""
    microphone = _cancelling(devices, settings)
    loudspeaker, mode = choose(devices, settings.loudspeaker, Way.OUT), EchoMode.SOFTWARE
    if microphone.usb in CANCELLERS and settings.loudspeaker == "default":
        loudspeaker = _own_loudspeaker(devices, microphone) or loudspeaker
    if microphone.usb in CANCELLERS and _same_device(microphone, loudspeaker):
        mode = EchoMode.HARDWARE
    if known := memory and memory.recall(microphone.id, loudspeaker.id):
        mode = known.mode
    return _through(microphone, loudspeaker, replace(settings, echo=mode), memory)


def _through(
    microphone: Device, loudspeaker: Device, settings: AudioSettings, memory: EchoMemory | None
) -> Route:
    """The channels of chosen devices, in a mode that is settled."""
    known = CANCELLERS.get(microphone.usb, STRANGER)
    channel, reference = known.processed, None
    if settings.echo is EchoMode.SOFTWARE:
        # Never behind a canceller that works: what it leaves is not linear, and its delay moves.
        channel = _within(microphone, known.raw) or channel
        reference = settings.reference_channel
        if reference is None and _same_device(microphone, loudspeaker):
            reference = _within(microphone, known.reference)
    if settings.capture_channel is not None:
        channel = settings.capture_channel
    path = memory.recall(microphone.id, loudspeaker.id) if memory else None
    return Route(microphone, loudspeaker, channel, settings.echo, reference, path)


def _within(microphone: Device, channel: int | None) -> int | None:
    return channel if channel is not None and channel < microphone.inputs else None


def _cancelling(devices: Sequence[Device], settings: AudioSettings) -> Device:
    """The microphone that is named, else a known canceller that is plugged in, else the default."""
    if settings.microphone == "default":
        for device in devices:
            if device.usb in CANCELLERS and device.inputs and not device.by_name:
                return device
    return choose(devices, settings.microphone, Way.IN)


def _only_loudspeaker(devices: Sequence[Device], microphone: Device) -> Device:
    """The loudspeaker of the same device: anything played elsewhere is echo to it."""
    if own := _own_loudspeaker(devices, microphone):
        return own
    raise DeviceError(
        f"Echo mode 'hardware' must play through {microphone.name} itself, which has no loudspeaker",
        "connect the loudspeaker to that device, or set audio.echo to 'software'",
    )


def _own_loudspeaker(devices: Sequence[Device], microphone: Device) -> Device | None:
    own = (d for d in (microphone, *devices) if d.outputs and _same_device(microphone, d))
    return next(own, None)


def _same_device(microphone: Device, loudspeaker: Device) -> bool:
    return microphone == loudspeaker or (microphone.card is not None and microphone.card == loudspeaker.card)
