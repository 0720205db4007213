"""Records a few seconds with every channel of a microphone, in a process of its own: PortAudio may hang."""

import os
import subprocess
import sys
from typing import Final

import numpy as np
from numpy.typing import NDArray

from appliance.audio.device import Device, Format, Way, portaudio
from appliance.audio.server import leading_to
from appliance.core.errors import DeviceError

PATIENCE_S: Final = 10.0
"""s beyond the recording's own length for opening and closing the device; both take tenths."""


def record(device: Device, agreed: Format, seconds: float) -> NDArray[np.float32]:
    """What the microphone hears now, shape (n, channels), at the agreed rate.

    Raises:
        DeviceError: it does not open, or does not deliver.
    """
    count = round(seconds * agreed.rate)
    arguments = (device.index, agreed.rate, agreed.channels, count)
    command = [sys.executable, "-m", "appliance.audio.record", *map(str, arguments)]
    led = os.environ | leading_to(device, Way.IN)
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=seconds + PATIENCE_S, check=False, env=led
        )
    except subprocess.TimeoutExpired:
        raise DeviceError(f"{device.name} does not deliver sound", "unplug it and plug it in again") from None
    if done.returncode or len(done.stdout) != 4 * count * agreed.channels:
        reason = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise DeviceError(
            f"{device.name} cannot be recorded from: {reason}", "see 'appliance devices', or free it"
        )
    return np.frombuffer(done.stdout, np.float32).reshape(count, agreed.channels)


def main() -> None:
    """Record by the numbers on the command line (device, Hz, channels, samples) to standard output."""
    device, rate, channels, count = map(int, sys.argv[1:])
    sound = portaudio().rec(
        count, samplerate=rate, channels=channels, dtype="float32", device=device, blocking=True
    )
    sys.stdout.buffer.write(sound.tobytes())


if __name__ == "__main__":
    main()
