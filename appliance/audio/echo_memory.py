"""What was learnt about the way from a loudspeaker to a microphone, kept for every pair of devices."""

import json
from dataclasses import asdict, dataclass
from math import isfinite
from pathlib import Path
from typing import Any, Final

from appliance.audio.settings import EchoMode

FILE: Final = "echo.json"
KEPT: Final = 16
"""Pairs of devices that are remembered; the oldest gives way."""


@dataclass(frozen=True, slots=True)
class EchoPath:
    """What `appliance check --echo` measured, and what it chose."""

    microphone: str
    """Its id."""
    loudspeaker: str
    """Its id."""
    mode: EchoMode
    """What to do about the echo: never `auto`."""
    delay_ms: float | None
    """ms from a sample's turn in the reference to its capture; None: no echo was found."""
    return_loss_db: float | None
    """dB by which the echo in the microphone is below what was played, both digital; None: no echo was found."""
    residual_db: float | None
    """dB by which what a canceller left is below the echo; None: there was nothing to cancel."""
    when: str
    """Wall time of the measurement, ISO 8601."""


class EchoMemory:
    """Owns a small JSON file. One that is missing or broken is an empty memory: measuring again mends it."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE

    def recall(self, microphone: str, loudspeaker: str) -> EchoPath | None:
        """What is known about a pair of devices, by their ids."""
        known = (
            path for path in self._read() if (path.microphone, path.loudspeaker) == (microphone, loudspeaker)
        )
        return next(known, None)

    def remember(self, path: EchoPath) -> None:
        """Keep what was found about a pair of devices, in place of what was known before.

        Raises:
            OSError: the folder cannot be written to.
        """
        pair = (path.microphone, path.loudspeaker)
        others = [known for known in self._read() if (known.microphone, known.loudspeaker) != pair]
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps([asdict(known) for known in [path, *others][:KEPT]], indent=1) + "\n")
        fresh.replace(self._file)  # whole or not at all, whenever the power goes

    def _read(self) -> list[EchoPath]:
        try:
            return [echo_path(entry) for entry in json.loads(self._file.read_text())]
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return []


def echo_path(values: Any) -> EchoPath:
    """From what JSON makes of one.

    Raises:
        ValueError, TypeError, KeyError: it is none.
    """
    path = EchoPath(**values | {"mode": EchoMode(values["mode"])})
    measured = path.delay_ms, path.return_loss_db, path.residual_db
    if not all(value is None or isfinite(value) for value in measured):
        raise ValueError("a measurement is no number")
    return path


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the audio process tells the main process about the devices it opened."""

    microphone: str
    """Its id."""
    loudspeaker: str
    """Its id."""
    mode: EchoMode
    """What is to be done about the echo: never `auto`."""
    wired: bool
    """The microphone hands out what its loudspeaker plays, on a channel of its own."""
    path: EchoPath | None
    """What was measured with these devices."""

    def to_json(self) -> str:
        """For the shared memory."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> "Chosen":
        """From the shared memory."""
        values = json.loads(text)
        path = echo_path(values["path"]) if values["path"] else None
        return Chosen(**values | {"mode": EchoMode(values["mode"]), "path": path})
