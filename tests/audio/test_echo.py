import pytest

from appliance.audio.device import Device, Way
from appliance.audio.echo import CANCELLERS, route
from appliance.audio.settings import AudioSettings, EchoMode
from appliance.core.errors import DeviceError

SYSTEM = Device(0, "default", 64, 64, default=(Way.IN, Way.OUT))
SPEAKERPHONE = Device(1, "reSpeaker (hw:1,0)", 6, 2, card=1, usb="2886:001a")
WEBCAM = Device(2, "Webcam (hw:2,0)", 1, 0, card=2, usb="046d:0825")
SPLIT_IN = Device(3, "Jabra (hw:3,0)", 1, 0, card=3, usb="0b0e:0420")
SPLIT_OUT = Device(4, "Jabra (hw:3,1)", 0, 2, card=3, usb="0b0e:0420")
HARDWARE = AudioSettings(echo=EchoMode.HARDWARE)


def test_without_echo_cancelling_devices_are_free() -> None:
    settings = AudioSettings(microphone="Webcam", loudspeaker="reSpeaker", capture_channel=None)
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
