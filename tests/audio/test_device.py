from pathlib import Path
from typing import Any

import pytest

from appliance.audio import device as module
from appliance.audio.device import Device, Format, Way, choose, list_devices, negotiate, portaudio, with_held
from appliance.core.errors import DeviceError

DEVICES = (
    Device(0, "HDA Intel: ALC257 (hw:0,0)", 2, 2, card=0),
    Device(1, "reSpeaker: USB Audio (hw:1,0)", 6, 2, card=1, usb="2886:001a"),
    Device(2, "HDMI", 0, 8),
    Device(3, "default", 64, 64, default=(Way.IN, Way.OUT)),
)


class PortAudioError(Exception):
    pass


class FakePortAudio:
    """PortAudio with three devices, of which the first takes 44.1 kHz in stereo and nothing else."""

    PortAudioError = PortAudioError

    def __init__(self, *names: str) -> None:
        self.names = names
        self.accepted = (2, 44_100)
        self.refused: list[tuple[int, int]] = []

    def query_devices(self, kind: str | None = None) -> Any:
        if kind == "output":
            raise PortAudioError("no default")
        devices = [
            {"index": index, "name": name, "max_input_channels": 2, "max_output_channels": 0}
            for index, name in enumerate(self.names)
        ]
        return devices[0] if kind else devices

    def check_input_settings(self, device: int, channels: int, dtype: str, samplerate: int) -> None:
        if (channels, samplerate) != self.accepted:
            self.refused.append((samplerate, channels))
            raise PortAudioError("Invalid sample rate")

    check_output_settings = check_input_settings


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakePortAudio:
    fake = FakePortAudio("USB: Audio (hw:7,0)", "pipewire")
    (tmp_path / "card7").mkdir()
    (tmp_path / "card7" / "usbid").write_text("0b0e:0420\n")
    monkeypatch.setattr(module, "CARDS", tmp_path)
    monkeypatch.setattr(module, "portaudio", lambda: fake)
    return fake


@pytest.mark.parametrize(
    ("wanted", "way", "index"),
    [
        ("default", Way.IN, 3),
        ("usb:2886:001a", Way.IN, 1),
        ("alc257", Way.OUT, 0),
        ("HDMI", Way.OUT, 2),
        ("respeaker", Way.OUT, 1),
    ],
)
def test_devices_are_chosen_by_what_does_not_change(wanted: str, way: Way, index: int) -> None:
    assert choose(DEVICES, wanted, way).index == index


def test_without_a_default_the_first_able_device_is_it() -> None:
    assert choose(DEVICES[:3], "default", Way.OUT).index == 0


def test_a_device_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(DeviceError, match="No input device called 'HDMI'") as raised:
        choose(DEVICES, "HDMI", Way.IN)
    assert "'usb:2886:001a'" in raised.value.remedy
    assert "HDMI" not in raised.value.remedy


def test_no_device_at_all_is_said_plainly() -> None:
    with pytest.raises(DeviceError, match="No output device is there"):
        choose((), "default", Way.OUT)


def test_devices_are_listed_with_their_usb_ids_and_defaults(sound: FakePortAudio) -> None:
    usb, pipewire = list_devices()
    assert (usb.id, usb.card, usb.default) == ("usb:0b0e:0420", 7, (Way.IN,))
    assert (pipewire.id, pipewire.card, pipewire.default) == ("pipewire", None, ())
    assert usb.rates == {}


def test_rates_are_probed_on_demand(sound: FakePortAudio) -> None:
    assert list_devices(probe=True)[0].rates == {Way.IN: (44_100,)}


def test_negotiation_tries_rates_then_channels(sound: FakePortAudio) -> None:
    pipewire = list_devices()[1]
    assert negotiate(pipewire, Way.IN, 1) == Format(44_100, 2)
    assert sound.refused == [(48_000, 1), (48_000, 2), (16_000, 1), (16_000, 2), (44_100, 1)]


def test_a_card_is_opened_with_all_its_channels_first(sound: FakePortAudio) -> None:
    negotiate(list_devices()[0], Way.IN, 1)
    assert sound.refused == [(48_000, 2), (48_000, 1), (16_000, 2), (16_000, 1)]


def test_too_few_channels_are_an_error_that_says_so(sound: FakePortAudio) -> None:
    with pytest.raises(DeviceError, match="it has 2 channels and 6 are needed"):
        negotiate(list_devices()[0], Way.IN, 6)


def test_a_refusal_is_passed_on(sound: FakePortAudio) -> None:
    sound.accepted = (8, 8_000)
    with pytest.raises(DeviceError, match="Invalid sample rate"):
        negotiate(list_devices()[0], Way.IN, 1)


def test_a_missing_portaudio_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str, *rest: Any) -> Any:
        raise OSError("PortAudio library not found")

    monkeypatch.setattr("builtins.__import__", broken)
    with pytest.raises(DeviceError) as raised:
        portaudio()
    monkeypatch.undo()
    assert raised.value.remedy == "apt-get install libportaudio2"


def test_what_another_process_holds_open_is_still_there() -> None:
    busy = Device(1, "Jabra (hw:3,0)", 1, 2, card=3, usb="0b0e:0420")
    seen = Device(5, "Jabra (hw:3,0)", 1, 0, card=3, usb="0b0e:0420")  # PortAudio cannot probe what is open
    told = Device.from_json(busy.to_json())
    assert told == busy
    devices = with_held([seen], told, Way.OUT)
    assert choose(devices, "default", Way.OUT).card == 3
    assert choose(devices, "default", Way.IN).index == 5
    assert with_held([busy], told, Way.OUT) == (busy,)


def test_a_device_that_is_only_had_by_name_is_never_the_default_nor_listed() -> None:
    devices = [Device(0, "pulse", 64, 64, by_name=True)]
    assert choose(devices, "pulse", Way.IN) == devices[0]
    with pytest.raises(DeviceError, match="No input device is there"):
        choose(devices, "default", Way.IN)
    with pytest.raises(DeviceError, match="No input device is there"):
        choose(devices, "Jabra", Way.IN)


def test_the_opposite_way() -> None:
    assert (Way.IN.other, Way.OUT.other) == (Way.OUT, Way.IN)
