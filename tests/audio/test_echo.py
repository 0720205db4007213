from dataclasses import replace
from pathlib import Path

import pytest

from appliance.audio.device import Device, Way
from appliance.audio.echo import CANCELLERS, Leg, Route, half_route, route
from appliance.audio.echo_memory import EchoMemory, EchoPath
from appliance.audio.settings import AudioSettings, EchoMode
from appliance.core.errors import DeviceError

SYSTEM = Device(0, "default", 64, 64, default=(Way.IN, Way.OUT))
SPEAKERPHONE = Device(1, "reSpeaker (hw:1,0)", 6, 2, card=1, usb="2886:001a")
WEBCAM = Device(2, "Webcam (hw:2,0)", 1, 0, card=2, usb="046d:0825")
SPLIT_IN = Device(3, "Jabra (hw:3,0)", 1, 0, card=3, usb="0b0e:0420")
SPLIT_OUT = Device(4, "Jabra (hw:3,1)", 0, 2, card=3, usb="0b0e:0420")
ARRAY = Device(5, "ReSpeaker 4 Mic Array (hw:5,0)", 6, 2, card=5, usb="2886:0018")
HARDWARE = AudioSettings(echo=EchoMode.HARDWARE)
SOFTWARE = AudioSettings(echo=EchoMode.SOFTWARE)


def test_without_echo_cancelling_devices_are_free() -> None:
    settings = AudioSettings(microphone="Webcam", loudspeaker="reSpeaker", echo=EchoMode.NONE)
    chosen = route([SYSTEM, SPEAKERPHONE, WEBCAM], settings)
    assert (chosen.microphone, chosen.loudspeaker, chosen.channel) == (WEBCAM, SPEAKERPHONE, 0)


def test_a_known_speakerphone_is_preferred_to_the_default() -> None:
    chosen = route([SYSTEM, SPEAKERPHONE], HARDWARE)
    assert (chosen.microphone, chosen.loudspeaker) == (SPEAKERPHONE, SPEAKERPHONE)
    assert chosen.channel == CANCELLERS["2886:001a"].processed


def test_the_loudspeaker_of_the_same_card_is_forced() -> None:
    settings = AudioSettings(echo=EchoMode.HARDWARE, loudspeaker="default")
    chosen = route([SYSTEM, SPLIT_IN, SPLIT_OUT], settings)
    assert (chosen.microphone, chosen.loudspeaker) == (SPLIT_IN, SPLIT_OUT)


def test_a_set_channel_overrides_the_known_one() -> None:
    settings = AudioSettings(echo=EchoMode.HARDWARE, capture_channel=1)
    assert route([SPEAKERPHONE], settings).channel == 1


def test_an_unknown_device_is_taken_at_its_word() -> None:
    chosen = route([SYSTEM], HARDWARE)
    assert (chosen.microphone, chosen.loudspeaker, chosen.channel) == (SYSTEM, SYSTEM, 0)


def test_a_microphone_without_loudspeaker_cannot_cancel() -> None:
    with pytest.raises(DeviceError, match="must play through Webcam"):
        route([SYSTEM, WEBCAM], AudioSettings(echo=EchoMode.HARDWARE, microphone="Webcam"))


def test_software_takes_a_raw_channel_and_the_reference_that_a_device_offers() -> None:
    chosen = route(
        [SYSTEM, ARRAY], AudioSettings(echo=EchoMode.SOFTWARE, microphone="Array", loudspeaker="Array")
    )
    assert (chosen.channel, chosen.reference) == (1, 5)


def test_a_reference_is_of_no_use_when_another_loudspeaker_plays() -> None:
    chosen = route([SYSTEM, ARRAY], AudioSettings(echo=EchoMode.SOFTWARE, microphone="Array"))
    assert (chosen.channel, chosen.reference) == (1, None)


def test_channels_that_a_device_does_not_have_are_not_asked_for() -> None:
    single = Device(5, "ReSpeaker 4 Mic Array (hw:5,0)", 1, 2, card=5, usb="2886:0018")
    chosen = route([single], SOFTWARE)
    assert (chosen.channel, chosen.reference) == (0, None)


def test_set_channels_are_taken() -> None:
    settings = AudioSettings(echo=EchoMode.SOFTWARE, capture_channel=3, reference_channel=4)
    chosen = route([SYSTEM], settings)
    assert (chosen.channel, chosen.reference) == (3, 4)


def test_before_anything_was_measured_known_devices_cancel_and_software_does_elsewhere() -> None:
    known = route([SYSTEM, SPEAKERPHONE], AudioSettings())
    assert (known.mode, known.microphone, known.loudspeaker) == (
        EchoMode.HARDWARE,
        SPEAKERPHONE,
        SPEAKERPHONE,
    )
    assert route([SYSTEM, WEBCAM], AudioSettings()).mode is EchoMode.SOFTWARE


def test_a_known_device_cannot_cancel_what_another_loudspeaker_plays() -> None:
    chosen = route([SYSTEM, SPEAKERPHONE], AudioSettings(loudspeaker="default", microphone="reSpeaker"))
    assert chosen.mode is EchoMode.HARDWARE
    elsewhere = Device(6, "Hi-Fi (hw:6,0)", 0, 2, card=6)
    chosen = route([SYSTEM, SPEAKERPHONE, elsewhere], AudioSettings(loudspeaker="Hi-Fi"))
    assert (chosen.mode, chosen.channel) == (EchoMode.SOFTWARE, 2)


def test_what_was_measured_decides(tmp_path: Path) -> None:
    memory = EchoMemory(tmp_path)
    path = EchoPath(SPEAKERPHONE.id, SPEAKERPHONE.id, EchoMode.SOFTWARE, 8.0, 12.0, 30.0, "2026-11-21")
    memory.remember(path)
    chosen = route([SYSTEM, SPEAKERPHONE], AudioSettings(), memory)
    assert (chosen.mode, chosen.path, chosen.channel) == (EchoMode.SOFTWARE, path, 2)
    assert route([SYSTEM], AudioSettings(), memory).path is None


def test_a_mode_that_is_set_is_not_overruled_by_what_was_measured(tmp_path: Path) -> None:
    memory = EchoMemory(tmp_path)
    memory.remember(EchoPath("default", "default", EchoMode.NONE, None, None, None, "2026-11-21"))
    chosen = route([SYSTEM], AudioSettings(echo=EchoMode.HALF_DUPLEX), memory)
    assert chosen.mode is EchoMode.HALF_DUPLEX
    assert chosen.path is not None


def half(way: Way, devices: list[Device], settings: AudioSettings, folder: Path) -> tuple[Leg, Route | None]:
    return half_route(way, devices, settings, EchoMemory(folder))


def test_each_way_gets_its_half_of_the_route(tmp_path: Path) -> None:
    devices = [SYSTEM, SPEAKERPHONE]
    ears, whole = half(Way.IN, devices, AudioSettings(), tmp_path)
    mouth, same = half(Way.OUT, devices, AudioSettings(), tmp_path)
    assert whole == same == route(devices, AudioSettings())
    assert (ears.device, ears.channel, mouth.device) == (SPEAKERPHONE, 0, SPEAKERPHONE)


@pytest.mark.parametrize("mode", list(EchoMode))
def test_one_way_goes_on_without_the_other(mode: EchoMode, tmp_path: Path) -> None:
    settings = AudioSettings(echo=mode)
    ears, whole = half(Way.IN, [WEBCAM], settings, tmp_path)
    assert (ears, whole) == (Leg(WEBCAM), None)
    mouth, whole = half(Way.OUT, [SPLIT_OUT], settings, tmp_path)
    assert (mouth, whole) == (Leg(SPLIT_OUT), None)
    with pytest.raises(DeviceError, match="No output device"):
        half(Way.OUT, [WEBCAM], settings, tmp_path)


def test_a_known_microphone_without_loudspeaker_keeps_its_best_channel(tmp_path: Path) -> None:
    ears, _ = half(Way.IN, [WEBCAM, replace(ARRAY, outputs=0)], AudioSettings(), tmp_path)
    assert (ears.device.name, ears.channel) == (ARRAY.name, CANCELLERS["2886:0018"].processed)
    ears, _ = half(Way.IN, [replace(ARRAY, outputs=0)], AudioSettings(capture_channel=3), tmp_path)
    assert ears.channel == 3
