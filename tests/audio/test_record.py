"""Recording in another process, from a private sound server and from devices that are not there."""

import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

from appliance.audio.device import Device, Format, Way, choose, list_devices
from appliance.audio.record import record
from appliance.core.errors import DeviceError
from tests.virtual_sound import VirtualSound, needs_sound


@pytest.mark.sound
@needs_sound
def test_every_channel_is_recorded(virtual_sound: VirtualSound, tmp_path: Path) -> None:
    wav = tmp_path / "tone.wav"
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(48_000 * 6) / 48_000)
    soundfile.write(wav, tone, 48_000)
    speaking = threading.Thread(target=virtual_sound.speak, args=(wav,))
    speaking.start()
    try:
        microphone = choose(list_devices(), "pipewire", Way.IN)
        sound = record(microphone, Format(48_000, 2), 2.0)
    finally:
        speaking.join()
    assert sound.shape == (96_000, 2)
    assert sound.dtype == np.float32
    assert np.abs(sound).max(axis=0) == pytest.approx([0.5, 0.5], abs=0.05)


def test_a_device_that_is_not_there() -> None:
    nothing = Device(9999, "a dream", 1, 0)
    with pytest.raises(DeviceError, match=r"a dream cannot be recorded from: .+"):
        record(nothing, Format(48_000, 1), 0.1)
