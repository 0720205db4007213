"""What a box does once in its life: it measures the echo of its room, and says hello. A program that somebody starts
on a machine of theirs does neither."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from appliance.device.memory import Status

FILE: Final = "firsts.json"
"""In the folder for what must outlive a restart."""
ATTEMPTS: Final = 3
"""Starts at which the echo is to be measured, and cannot be: a box without a microphone must not try for ever."""
MOST_BYTES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Done:
    """What has been done."""

    welcomed: bool = False
    """It has said hello."""
    measured: bool = False
    """It has measured the echo."""
    attempts: int = 0
    """How often it has tried to."""
    wanted: bool = False
    """The owner wants it measured at the next start, whatever was measured before."""


_DONE: Final = TypeAdapter(Done)


class Firsts:
    """Owns a small file. One that is missing or broken is an empty one."""

    def __init__(self, folder: Path, status: Status | None) -> None:
        """Read it.

        Args:
            folder: for what must outlive a restart.
            status: what became of settings files; None where this machine was not set up as a box.
        """
        self._file = folder / FILE
        self._new = status is not None and status.welcome
        self._done = self._read()

    @property
    def owes_welcome(self) -> bool:
        """Whether it has yet to say hello."""
        return self._new and not self._done.welcomed

    @property
    def a_box(self) -> bool:
        """Whether it speaks of its own accord at all."""
        return self._new

    @property
    def owes_echo(self) -> bool:
        """Whether the echo is to be measured at this start."""
        untried = not self._done.measured and self._done.attempts < ATTEMPTS
        return self._done.wanted or (self._new and untried)

    def welcomed(self) -> None:
        """It has said hello."""
        self._write(replace(self._done, welcomed=True))

    def measured(self, *, well: bool) -> None:
        """The echo was measured, or could not be."""
        attempts = self._done.attempts + 1
        self._write(
            replace(self._done, measured=well or self._done.measured, attempts=attempts, wanted=False)
        )

    def measure_next(self) -> None:
        """The owner wants the echo measured at the next start."""
        self._write(replace(self._done, wanted=True))

    def _read(self) -> Done:
        try:
            with self._file.open("rb") as opened:
                return _DONE.validate_json(opened.read(MOST_BYTES))
        except (OSError, ValidationError):
            return Done()

    def _write(self, done: Done) -> None:
        self._done = done
        with suppress(OSError):  # a full disk: it says hello once more
            self._file.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._file.with_suffix(".new")
            fresh.write_text(json.dumps(asdict(done)) + "\n")
            fresh.replace(self._file)
