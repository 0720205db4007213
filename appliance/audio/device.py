"""Sound devices: what there is, which one is meant, and what rate and channels it takes."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from appliance.core.errors import DeviceError

RATES: Final = (48_000, 16_000, 44_100)
"""Hz, in the order tried: what PipeWire runs at, what we want in the end, and what is left."""
CARDS: Final = Path("/proc/asound")
"""Where the kernel describes its sound cards."""


class Way(StrEnum):
    """Which way sound goes, in PortAudio's words."""

    IN = "input"
    OUT = "output"

    @property
    def other(self) -> "Way":
        """The opposite one."""
        return Way.OUT if self is Way.IN else Way.IN


@dataclass(frozen=True, slots=True)
class Device:
    """One device as PortAudio shows it, with an id that survives a reboot."""

    index: int
    """PortAudio's number. Changes with every plug pulled: never stored, never shown as a name."""
    name: str
    """PortAudio's name."""
    inputs: int
    """Capture channels, 0 for none."""
    outputs: int
    """Playback channels, 0 for none."""
    default: tuple[Way, ...] = ()
    """For which ways it is the system's default."""
    card: int | None = None
    """ALSA card number, for devices that are a card."""
    usb: str = ""
    """vendor:product in hexadecimal, for devices on USB."""
    rates: dict[Way, tuple[int, ...]] = field(default_factory=dict)
    """Hz that it accepted when asked, where it was asked."""
    node: str = ""
    """The sound server's name for it, for devices of a sound server."""
    plugged: int = 0
    """Changes with every re-plug, for devices of a sound server."""
    by_name: bool = False
    """Never taken unless it is named in the settings: behind it is whatever the sound server chooses."""

    @property
    def id(self) -> str:
        """What to write into the settings, and what tells it from others: never its place in a list."""
        return self.node or (f"usb:{self.usb}" if self.usb else self.name)

    @property
    def names(self) -> tuple[str, ...]:
        """All that it may be called in the settings."""
        return (self.id, self.name, *([f"usb:{self.usb}"] if self.usb else []))

    def channels(self, way: Way) -> int:
        """Channels one way."""
        return self.inputs if way is Way.IN else self.outputs

    def to_json(self) -> str:
        """For another process, without the rates."""
        return json.dumps(asdict(replace(self, rates={})))

    @staticmethod
    def from_json(text: str) -> "Device":
        """From another process."""
        values = json.loads(text)
        return Device(**values | {"default": tuple(map(Way, values["default"]))})


@dataclass(frozen=True, slots=True)
class Format:
    """What a device agreed to."""

    rate: int
    """Hz."""
    channels: int
    """Channels to open it with."""


def portaudio() -> Any:
    """The sounddevice module, with PortAudio loaded.

    Raises:
        DeviceError: PortAudio is not installed, or does not start.
    """
    try:
        import sounddevice
    except OSError as error:
        raise DeviceError(f"Sound is unavailable: {error}", "apt-get install libportaudio2") from error
    return sounddevice


def forget_devices() -> None:
    """Have PortAudio look for devices anew: it does so once. Only while no stream is open."""
    sound = portaudio()
    sound._terminate()  # noqa: SLF001 - sounddevice's documentation offers no other way
    sound._initialize()  # noqa: SLF001


def list_devices(*, probe: bool = False) -> tuple[Device, ...]:
    """All devices there are; `probe` asks each for the rates it takes, which opens it for a moment.

    PortAudio looks once: a fresh list needs a fresh process, or `forget_devices`.
    """
    sound = portaudio()
    defaults = {way: _default(sound, way) for way in Way}
    return tuple(
        _describe(sound, index, entry, defaults, probe=probe)
        for index, entry in enumerate(sound.query_devices())
    )


def with_held(devices: Sequence[Device], held: Device, way: Way) -> tuple[Device, ...]:
    """All devices, and one that another process of ours has open one way: PortAudio lists none that are busy."""
    if any(device.id == held.id and device.channels(way) for device in devices):
        return tuple(devices)
    outputs, inputs = (held.outputs, 0) if way is Way.OUT else (0, held.inputs)
    return (*devices, replace(held, index=-1, outputs=outputs, inputs=inputs))


def choose(devices: Sequence[Device], wanted: str, way: Way) -> Device:
    """The device meant by an id, a part of a name, or "default".

    Raises:
        DeviceError: there is none. It lists those there are.
    """
    able = [device for device in devices if device.channels(way)]
    if wanted == "default":
        able = [device for device in able if not device.by_name]
        match = [device for device in able if way in device.default] or able
    else:
        match = [device for device in able if wanted in device.names]
        match = match or [device for device in able if wanted.lower() in device.name.lower()]
    if match:
        return match[0]
    listed = ", ".join(f"'{device.id}'" for device in able if not device.by_name)
    if not listed:
        raise DeviceError(f"No {way} device is there", "connect one; it will be noticed")
    raise DeviceError(f"No {way} device called '{wanted}'", f"connect it, or choose one of {listed}")


def negotiate(device: Device, way: Way, channels: int) -> Format:
    """The first rate and number of channels, at least `channels`, that the device takes.

    Raises:
        DeviceError: it takes none of them, or somebody else has it.
    """
    sound = portaudio()
    most = device.channels(way)
    widths = sorted({width for width in (channels, 2, min(most, 32)) if channels <= width <= most})
    if device.card is not None and way is Way.IN:
        widths.reverse()  # a real card knows its own width; its channels keep their places
    refusal = f"it has {most} channels and {channels} are needed"
    for rate in RATES:
        for width in widths:
            refusal = _refusal(sound, device, way, rate, width)
            if not refusal:
                return Format(rate, width)
    raise DeviceError(
        f"{device.name} cannot be used for {way}: {refusal}", "see 'appliance devices', or free it"
    )


def _describe(
    sound: Any, index: int, entry: dict[str, Any], defaults: dict[Way, int], *, probe: bool
) -> Device:
    name = entry["name"]
    inputs, outputs = entry["max_input_channels"], entry["max_output_channels"]
    card = re.search(r"\(hw:(\d+),\d+\)", name)
    number = int(card[1]) if card else None
    default = tuple(way for way in Way if defaults[way] == index)
    device = Device(index, name, inputs, outputs, default, number, _usb(number))
    if not probe:
        return device
    rates = {
        way: tuple(
            rate for rate in RATES if not _refusal(sound, device, way, rate, min(device.channels(way), 2))
        )
        for way in Way
        if device.channels(way)
    }
    return replace(device, rates=rates)


def _usb(card: int | None) -> str:
    try:
        return (CARDS / f"card{card}" / "usbid").read_text().strip()
    except OSError:
        return ""


def _default(sound: Any, way: Way) -> int:
    try:
        return int(sound.query_devices(kind=way.value)["index"])
    except (sound.PortAudioError, ValueError):
        return -1


def _refusal(sound: Any, device: Device, way: Way, rate: int, channels: int) -> str:
    check = sound.check_input_settings if way is Way.IN else sound.check_output_settings
    try:
        check(device=device.index, channels=channels, dtype="float32", samplerate=rate)
    except (sound.PortAudioError, ValueError) as error:
        return str(error)
    return ""
