"""What the sound server has: its microphones and loudspeakers, by names that survive being unplugged."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from appliance.audio.device import Device, Way

DUMMY: Final = "auto_null"
"""What PulseAudio and PipeWire put up when there is no loudspeaker at all."""
MONITOR: Final = ".monitor"
"""Ends the name of a source that hands out what a loudspeaker plays."""


@dataclass(frozen=True, slots=True)
class Node:
    """A microphone or a loudspeaker of the server."""

    name: str
    """Made by the server of the bus, the maker and the serial number: the same after every re-plug."""
    way: Way
    """Which of both it is."""
    label: str
    """What people call it."""
    channels: int
    """How many it has."""
    plugged: int = 0
    """Changes with every re-plug."""
    card: int | None = None
    """ALSA card number, by which the microphone and the loudspeaker of one device know each other."""
    usb: str = ""
    """vendor:product in hexadecimal, for devices on USB."""
    default: bool = False
    """Whether it is what the server would choose."""


def read(listed: dict[Way, list[dict[str, Any]]], defaults: set[str]) -> tuple[Node, ...]:
    """What `pactl` listed, without what is no device.

    The monitor of a loudspeaker counts only beside a real microphone: then somebody has chosen it. Without one it is
    the server's stopgap, and a box that took it for a microphone would talk to itself.
    """
    nodes = [
        _node(way, entry, defaults)
        for way, entries in listed.items()
        for entry in entries
        if not entry["name"].startswith(DUMMY)
    ]
    ears = any(node.way is Way.IN and not node.name.endswith(MONITOR) for node in nodes)
    return tuple(node for node in nodes if ears or not node.name.endswith(MONITOR))


def through_server(devices: Sequence[Device], nodes: Iterable[Node] | None) -> tuple[Device, ...]:
    """The devices of a machine with a sound server: first the server's own, then PortAudio's, by name only.

    All of the server's are reached through the same device of PortAudio (see `leading_to`).
    """
    if nodes is None:
        return tuple(devices)
    doors = {way: _door(devices, way) for way in Way}
    real = [_device(node, door) for node in nodes if (door := doors[node.way])]
    return (*real, *(replace(device, default=(), by_name=True) for device in devices))


def leading_to(device: Device, way: Way) -> dict[str, str]:
    """Variables with which a process opens just this device of the server, in a stream that ends with the device.

    Otherwise the server would choose, and quietly move the stream to another device when this one is unplugged.
    """
    if not device.node:
        return {}
    sink = device.node.removesuffix(MONITOR)
    captured = "" if sink == device.node else " stream.capture.sink = true"
    return {
        "PIPEWIRE_NODE": sink,
        "PIPEWIRE_PROPS": f"{{ node.dont-reconnect = true{captured} }}",
        "PULSE_SOURCE" if way is Way.IN else "PULSE_SINK": device.node,
    }


def to_json(nodes: Iterable[Node] | None) -> str:
    """One line, for the audio processes."""
    return json.dumps(None if nodes is None else [asdict(node) for node in nodes])


def from_json(text: str) -> tuple[Node, ...] | None:
    """From such a line."""
    entries = json.loads(text)
    return None if entries is None else tuple(Node(**entry | {"way": Way(entry["way"])}) for entry in entries)


def _node(way: Way, entry: dict[str, Any], defaults: set[str]) -> Node:
    properties = entry.get("properties", {})
    ids = [_hexadecimal(properties.get(f"device.{part}.id", "")) for part in ("vendor", "product")]
    channels = entry.get("sample_specification", "").split()
    count = int(channels[1].removesuffix("ch")) if len(channels) > 1 else 1
    usb = ":".join(ids) if all(ids) and properties.get("device.bus", "usb") == "usb" else ""
    label = entry.get("description") or entry["name"]
    card = str(properties.get("alsa.card", ""))
    number = int(card) if card.isdecimal() else None
    return Node(entry["name"], way, label, count, int(entry["index"]), number, usb, entry["name"] in defaults)


def _hexadecimal(text: str) -> str:
    """An id as the kernel writes it: PipeWire has 0x2886, PulseAudio 2886."""
    return text.lower().removeprefix("0x").rjust(4, "0") if text else ""


def _door(devices: Sequence[Device], way: Way) -> Device | None:
    """PortAudio's way into the server."""
    able = [device for device in devices if device.channels(way) and device.card is None]
    return next((device for device in able if way in device.default), able[0] if able else None)


def _device(node: Node, door: Device) -> Device:
    return Device(
        index=door.index,
        name=node.label,
        inputs=node.channels if node.way is Way.IN else 0,
        outputs=node.channels if node.way is Way.OUT else 0,
        default=(node.way,) if node.default else (),
        card=node.card,
        usb=node.usb,
        rates={node.way: door.rates[node.way]} if node.way in door.rates else {},
        node=node.name,
        plugged=node.plugged,
        by_name=node.name.endswith(MONITOR) and not node.default,
    )
