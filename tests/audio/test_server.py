from typing import Any

import pytest

from appliance.audio.device import Device, Way, choose
from appliance.audio.server import from_json, leading_to, read, through_server, to_json
from appliance.core.errors import DeviceError

JABRA = "usb-GN_Netcom_A_S_Jabra_SPEAK_510_USB_501AA5DD-00.mono-fallback"
USB = {"device.bus": "usb", "device.vendor.id": "0x0b0e", "device.product.id": "0x0420", "alsa.card": "3"}
DOOR = Device(7, "default", 64, 64, default=(Way.IN, Way.OUT))
CARD = Device(2, "Jabra: USB Audio (hw:3,0)", 1, 2, card=3, usb="0b0e:0420")


def entry(name: str, index: int = 40, label: str = "", **properties: str) -> dict[str, Any]:
    """What pactl lists of a device, as far as it is read."""
    named = {name.replace("_", "."): value for name, value in properties.items()}
    return {
        "index": index,
        "name": name,
        "description": label or name,
        "sample_specification": "s16le 1ch 48000Hz",
        "properties": named,
    }


def jabra(direction: str, index: int) -> dict[str, Any]:
    return entry(f"alsa_{direction}.{JABRA}", index, "Jabra SPEAK 510") | {"properties": USB}


def listed(
    *sources: dict[str, Any], sinks: tuple[dict[str, Any], ...] = ()
) -> dict[Way, list[dict[str, Any]]]:
    return {Way.IN: list(sources), Way.OUT: list(sinks)}


def test_devices_have_names_that_survive_and_ids_of_their_makers() -> None:
    nodes = read(listed(jabra("input", 41), sinks=(jabra("output", 42),)), {f"alsa_output.{JABRA}"})
    assert [(node.way, node.plugged, node.default) for node in nodes] == [
        (Way.IN, 41, False),
        (Way.OUT, 42, True),
    ]
    assert {node.name for node in nodes} == {f"alsa_input.{JABRA}", f"alsa_output.{JABRA}"}
    assert {(node.label, node.usb, node.card, node.channels) for node in nodes} == {
        ("Jabra SPEAK 510", "0b0e:0420", 3, 1)
    }


def test_the_dummy_of_a_server_without_devices_is_none() -> None:
    dummy = entry("auto_null")
    assert read(listed(entry("auto_null.monitor"), sinks=(dummy,)), {"auto_null", "auto_null.monitor"}) == ()


def test_a_monitor_counts_only_beside_a_microphone() -> None:
    speaker, monitor = entry("speaker"), entry("speaker.monitor")
    alone = read(listed(monitor, sinks=(speaker,)), {"speaker", "speaker.monitor"})
    assert [node.name for node in alone] == ["speaker"]
    beside = read(listed(monitor, entry("microphone"), sinks=(speaker,)), {"speaker", "speaker.monitor"})
    assert [node.name for node in beside] == ["speaker.monitor", "microphone", "speaker"]


def test_nodes_travel_between_processes() -> None:
    nodes = read(listed(jabra("input", 41)), set())
    assert from_json(to_json(nodes)) == nodes
    assert from_json(to_json(None)) is None


def test_without_a_server_devices_are_as_portaudio_has_them() -> None:
    assert through_server([DOOR, CARD], None) == (DOOR, CARD)


def test_devices_of_a_server_come_first_and_are_reached_through_its_door() -> None:
    nodes = read(listed(entry("one"), entry("two")), {"two"})
    devices = through_server([CARD, DOOR], nodes)
    assert [(device.id, device.index) for device in devices[:2]] == [("one", 7), ("two", 7)]
    assert choose(devices, "default", Way.IN).id == "two"
    assert choose(devices, "one", Way.IN).node == "one"
    assert choose(devices, "usb:0b0e:0420", Way.IN).index == 2, "by name everything can be had"


def test_what_is_not_there_is_not_replaced_by_whatever_the_server_offers() -> None:
    devices = through_server([CARD, DOOR], ())
    with pytest.raises(DeviceError, match="No input device is there"):
        choose(devices, "default", Way.IN)


def test_a_monitor_is_only_taken_when_it_is_named_or_the_default() -> None:
    for default, chosen in {"": "b", "a.monitor": "a.monitor"}.items():
        devices = through_server([DOOR], read(listed(entry("a.monitor"), entry("b")), {default}))
        assert choose(devices, "default", Way.IN).id == chosen


def test_a_device_is_found_by_its_makers_ids_too() -> None:
    devices = through_server([DOOR], read(listed(jabra("input", 41)), set()))
    assert choose(devices, "usb:0b0e:0420", Way.IN).id == f"alsa_input.{JABRA}"
    assert choose(devices, "jabra", Way.IN).card == 3


def test_streams_are_led_to_one_device_and_end_with_it() -> None:
    microphone, speaker = Device(0, "A", 1, 0, node="mic"), Device(0, "B", 0, 1, node="spk")
    assert leading_to(microphone, Way.IN) == {
        "PIPEWIRE_NODE": "mic",
        "PIPEWIRE_PROPS": "{ node.dont-reconnect = true }",
        "PULSE_SOURCE": "mic",
    }
    assert leading_to(speaker, Way.OUT)["PULSE_SINK"] == "spk"
    monitor = leading_to(Device(0, "C", 1, 0, node="spk.monitor"), Way.IN)
    assert (monitor["PIPEWIRE_NODE"], monitor["PULSE_SOURCE"]) == ("spk", "spk.monitor")
    assert "stream.capture.sink = true" in monitor["PIPEWIRE_PROPS"]
    assert leading_to(CARD, Way.IN) == {}
