"""The echo seam: which device and channel to use so that the appliance does not hear itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from appliance.audio.device import Device, Way, choose
from appliance.audio.settings import AudioSettings, EchoMode
from appliance.core.errors import DeviceError


@dataclass(frozen=True, slots=True)
class Canceller:
    """A device that removes the echo of what it plays itself."""

    name: str
    """What people call it."""
    processed: int
    """Capture channel without the echo."""
    reference: int | None
    """Capture channel with what it played, if it offers one."""


CANCELLERS: Final = {
    # Channels: Seeed's wiki and firmware notes. From firmware 2.1.0 the reference can be routed to a
    # raw channel, but is not there by default.
    "2886:001a": Canceller("reSpeaker XVF3800", processed=0, reference=None),
    # Six-channel firmware: 0 processed, 1-4 raw, 5 playback. With one-channel firmware, 0 is all there is.
    "2886:0018": Canceller("ReSpeaker Mic Array v2.0", processed=0, reference=5),
    # Conference speakerphones give one channel, already processed.
    "0b0e:0420": Canceller("Jabra Speak 510", processed=0, reference=None),
}
"""Known echo-cancelling speakerphones by USB id (vendor:product)."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where sound comes from and where it goes."""

    microphone: Device
    loudspeaker: Device
    channel: int
    """Capture channel to use, counted from 0."""


def route(devices: Sequence[Device], settings: AudioSettings) -> Route:
    """Choose devices and channel.

    Raises:
        DeviceError: what is wanted is not there, or cannot cancel its own echo.
    """
    if settings.echo is EchoMode.NONE:
        microphone = choose(devices, settings.microphone, Way.IN)
        loudspeaker = choose(devices, settings.loudspeaker, Way.OUT)
        return Route(microphone, loudspeaker, settings.capture_channel or 0)
    microphone = _cancelling(devices, settings)
    known = CANCELLERS.get(microphone.usb)
    channel = settings.capture_channel
    if channel is None:
        channel = known.processed if known else 0
    return Route(microphone, _same_card(devices, microphone), channel)


def _cancelling(devices: Sequence[Device], settings: AudioSettings) -> Device:
    """The microphone that is named, else a known canceller that is plugged in, else the default."""
    if settings.microphone == "default":
        for device in devices:
            if device.usb in CANCELLERS and device.inputs:
                return device
    return choose(devices, settings.microphone, Way.IN)


def _same_card(devices: Sequence[Device], microphone: Device) -> Device:
    """The loudspeaker of the same device: anything played elsewhere is echo to it."""
    if microphone.outputs:
        return microphone
    for device in devices:
        if device.outputs and device.card is not None and device.card == microphone.card:
            return device
    raise DeviceError(
        f"Echo mode 'hardware' must play through {microphone.name} itself, which has no loudspeaker",
        "connect the loudspeaker to that device, or set audio.echo to 'none'",
    )
