"""What a person may set about sound."""

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from annotated_types import Interval

SYSTEM_FOLDER: Final = Path("/var/lib/appliance")
"""Where a service keeps what it learnt (systemd: StateDirectory=appliance)."""


class EchoMode(StrEnum):
    """Who keeps the appliance from hearing itself."""

    AUTO = "auto"
    """Whatever `appliance check --echo` found to work with these devices. Before it was run: `hardware`
    when the microphone is one that is known to cancel, `software` otherwise; never `none`."""
    HARDWARE = "hardware"
    """The device: it hands out a channel from which its own loudspeaker has been removed."""
    SOFTWARE = "software"
    """The appliance: it knows what it played, learns how that arrives at the microphone, and takes it away."""
    HALF_DUPLEX = "half-duplex"
    """Nobody: the appliance does not listen while it speaks, so it cannot be interrupted by voice."""
    NONE = "none"
    """Nobody needs to: headphones, or a loudspeaker in another room."""


@dataclass(frozen=True, slots=True)
class AudioSettings:
    """Which devices, and how."""

    microphone: str = "default"
    """A device's id or part of its name, as `appliance devices` lists them; "default" is the system's."""
    loudspeaker: str = "default"
    """The same for playback. In echo mode `hardware` it is always the microphone's own device."""
    echo: EchoMode = EchoMode.AUTO
    """Who removes the echo: auto, hardware, software, half-duplex, or none."""
    capture_channel: Annotated[int, Interval(ge=0, le=31)] | None = None
    """Channel of the microphone to use, counted from 0; absent: the known one of the device, or 0."""
    reference_channel: Annotated[int, Interval(ge=0, le=31)] | None = None
    """Channel on which the microphone hands out what its own loudspeaker plays, for echo mode `software`;
    absent: the known one of the device, or none, and what the appliance itself remembers is used."""
    latency_s: Annotated[float, Interval(ge=0.005, le=0.2)] = 0.02
    """Seconds of buffer asked of the device, each way. Less is closer to the ear, and to underruns."""
    priority: Annotated[int, Interval(ge=1, le=80)] = 60
    """SCHED_FIFO priority of the audio threads. Below 88, where PipeWire's own are."""
    folder: str = ""
    """What must outlive a restart: what was learnt about the echo, certificates, paired devices. Empty:
    /var/lib/appliance if the service may write there, otherwise the user's own folder for such things."""

    def state_folder(self) -> Path:
        """The folder that `folder` means."""
        if self.folder:
            return Path(self.folder).expanduser()
        if os.access(SYSTEM_FOLDER if SYSTEM_FOLDER.exists() else SYSTEM_FOLDER.parent, os.W_OK):
            return SYSTEM_FOLDER
        from platformdirs import user_state_path

        return user_state_path("voice-appliance")
