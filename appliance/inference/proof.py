"""Proof that a model file is the one that was obtained, before anything parses it."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from appliance.core.errors import EngineError, Failure
from appliance.core.speech import Stage

Stamp = tuple[int, ...]


class Proof:
    """Owns what the files of one engine were when they were read in full.

    Whoever swaps a file between this and the engine's own look at it gains nothing: under Landlock only the file that
    was there when the process began can be opened, and one that was written to meanwhile has another time of change.
    """

    def __init__(self, stage: Stage, files: Mapping[Path, str]) -> None:
        """Read all files, which are named with their sha256.

        Raises:
            EngineError: one is absent, or another than it should be.
        """
        self._stage = stage
        self._stamps = {path: self._read(path, sha256) for path, sha256 in files.items()}

    def confirm(self) -> None:
        """The engine has read its files: see that they were still the same.

        Raises:
            EngineError: one was changed.
        """
        for path, stamp in self._stamps.items():
            if stamp != _stamp(path.stat()):
                raise self._error(f"the file {path.name} was changed while it was being loaded")

    def _read(self, path: Path, sha256: str) -> Stamp:
        try:
            with path.open("rb", buffering=0) as file:
                stamp = _stamp(os.fstat(file.fileno()))  # before reading: what is changed meanwhile shows
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise self._error(f"the file {path.name} cannot be read: {error.strerror}") from None
        if found != sha256:
            problem = f"the file {path.name} is damaged or another one: its sha256 is {found}, not {sha256}"
            raise self._error(problem)
        return stamp

    def _error(self, problem: str) -> EngineError:
        remedy = "Run: appliance models verify, then: appliance models pull"
        return EngineError(self._stage, problem, retryable=False, remedy=remedy, failure=Failure.MODEL)


def _stamp(stat: os.stat_result) -> Stamp:
    return (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
