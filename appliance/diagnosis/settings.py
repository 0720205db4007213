"""What a person may set about logs and the flight recorder."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import Interval


@dataclass(frozen=True, slots=True)
class DiagnosisSettings:
    """What is kept for whoever has to find out what went wrong."""

    log: bool = True
    """Whether `appliance run` writes a log of its own, as JSON lines in the folder `log` beside what it learnt
    (audio.folder), and the timelines of turns beside it: five files of a megabyte each at most. Under systemd the
    journal has the log in any case."""
    flight: bool = True
    """Whether the last minutes are kept in a file that survives even a crash, and written down after a failure."""
    flight_minutes: Annotated[int, Interval(ge=1, le=120)] = 10
    """Minutes that a report covers."""
    flight_kb: Annotated[int, Interval(ge=64, le=16_384)] = 1024
    """Kilobytes for them: some 5000 events."""
    reports: Annotated[int, Interval(ge=1, le=100)] = 10
    """Reports that are kept; the oldest is deleted."""
    audio: bool = False
    """Whether a report also holds the last 30 s of the microphone and the loudspeaker. That is a recording of
    whoever speaks: switch it on only with their consent. The appliance says at its start that it is on."""
