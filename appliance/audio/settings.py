"""What a person may set about sound."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from annotated_types import Interval


class EchoMode(StrEnum):
    """Who keeps the appliance from hearing itself."""

    NONE = "none"
    """Nobody: headphones, a far loudspeaker, or no need."""
    HARDWARE = "hardware"
    """The device: it hands out a channel from which its own loudspeaker has been removed."""


@dataclass(frozen=True, slots=True)
class AudioSettings:
    """Which devices, and how."""

    microphone: str = "default"
    """A device's id or part of its name, as `appliance devices` lists them; "default" is the system's."""
    loudspeaker: str = "default"
    """The same for playback. In echo mode `hardware` it is always the microphone's own device."""
    echo: EchoMode = EchoMode.NONE
    """Who removes the echo."""
    capture_channel: Annotated[int, Interval(ge=0, le=31)] | None = None
    """Channel of the microphone to use, counted from 0; absent: the known one of the device, or 0."""
    latency_s: Annotated[float, Interval(ge=0.005, le=0.2)] = 0.02
    """Seconds of buffer asked of the device, each way. Less is closer to the ear, and to underruns."""
    priority: Annotated[int, Interval(ge=1, le=80)] = 60
    """SCHED_FIFO priority of the audio threads. Below 88, where PipeWire's own are."""
